//! The handle: what the rest of a node may ask of the network. Cheap to clone; the last one dropped stops it.

use super::{
    behaviour::Behaviour,
    blob::{BlobInfo, BlobProgress, BlobSink, Fetcher, Server, ServerEnds},
    codec::{HeldAnswer, Reply},
    command::{Command, Ends, Listening},
    config::{NetworkConfig, ms},
    council::{Council, CouncilEnds, Tasks},
    error::{ConnectError, FetchError, NetworkError, PublishError, RequestError, RespondError, SayError},
    event::{Acceptance, BlobAnswer, BlobToken, Events, MessageToken, Outlet, ResponseToken},
    identity::{keypair, peer_of},
    metrics::{Counters, Metrics},
    names::Names,
    peer_info::PeerInfo,
    peer_score::Offence,
    quota::Portion,
    service::Service,
    streams::OpenError,
    topic::Topic,
    transport,
};
use dpgn_protocol::{ids::AccountId, sign, wire::Refusal};
use libp2p::{Multiaddr, Stream, Swarm, swarm};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot, watch},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The most commands of handles that the loop has not yet taken.
const COMMANDS_MAX: usize = 1_024;
/// Peers that may be favoured at once.
const FAVOURED_MAX: usize = 4_096;

/// The handle of a running network.
#[derive(Clone)]
pub struct Network {
    inner: Arc<Inner>,
}

struct Inner {
    local: AccountId,
    config: Arc<NetworkConfig>,
    counters: Arc<Counters>,
    fetcher: Fetcher,
    commands: mpsc::Sender<Command>,
    listening: watch::Receiver<Listening>,
    council: Council,
    tasks: Tasks,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.tasks.stop.cancel();
    }
}

/// Starts a network within the current tokio runtime: its handle, and what comes out of it.
pub fn spawn(key: &sign::Keypair, config: NetworkConfig) -> Result<(Network, Events), NetworkError> {
    config.check()?;
    let names = Names::new(config.network);
    let refused = || NetworkError::Refused { what: "the node's key", reason: "no ed25519 seed".to_owned() };
    let keypair = keypair(key).ok_or_else(refused)?;
    let counters = Arc::new(Counters::default());
    let (favoured, favourites) = watch::channel(Arc::default());
    let behaviour = Behaviour::new(&keypair, &names, &config, Arc::clone(&counters), favourites.clone())?;
    let swarm = Swarm::new(
        transport::transport(&keypair, &config.limits)?,
        behaviour,
        keypair.public().to_peer_id(),
        swarm::Config::with_tokio_executor().with_idle_connection_timeout(ms(config.timing.idle_connection_ms)),
    );

    let config = Arc::new(config);
    let stop = CancellationToken::new();
    let (outlet, events) = Outlet::new(&config.limits);
    let (commands, commands_in) = mpsc::channel(COMMANDS_MAX);
    let (streams, incoming) = mpsc::channel(config.limits.blob_questions_max);
    let (listening, listening_out) = watch::channel(Listening::default());
    let ends = Ends {
        commands: commands_in,
        outlet: outlet.clone(),
        streams,
        listening,
        favoured,
        counters: Arc::clone(&counters),
        stop: stop.clone(),
    };
    let of_council = CouncilEnds {
        counters: Arc::clone(&counters),
        events: outlet.council.downgrade(),
        commands: commands.downgrade(),
    };
    let council = Council::new(key.account(), Arc::clone(&config), of_council);
    let service = Service::new(Arc::clone(&config), names, key.account(), swarm, ends, council.door())?;
    let ends = ServerEnds {
        counters: Arc::clone(&counters),
        outlet,
        commands: commands.downgrade(),
        favoured: favourites,
        stop: stop.clone(),
    };
    let server = Server::new(Arc::clone(&config), ends);
    let tasks = Tasks { runtime: Handle::current(), tracker: TaskTracker::new(), stop };
    tasks.tracker.spawn(service.run());
    tasks.tracker.spawn(server.run(incoming));
    tasks.tracker.close();

    let inner = Inner {
        local: key.account(),
        fetcher: Fetcher::new(Arc::clone(&config), Arc::clone(&counters), tasks.stop.clone()),
        config,
        counters,
        commands,
        listening: listening_out,
        council,
        tasks,
    };
    Ok((Network { inner: Arc::new(inner) }, events))
}

impl Network {
    /// The account of this node: its peer's name.
    pub fn local_peer(&self) -> AccountId {
        self.inner.local
    }

    /// The addresses that this node listens on, once every listener has one. Without the peer's name at their end.
    pub async fn listen_addrs(&self) -> Vec<Multiaddr> {
        let mut listening = self.inner.listening.clone();
        match listening.wait_for(|listening| listening.ready).await {
            Ok(listening) => listening.addresses.clone(),
            Err(_) => Vec::new(),
        }
    }

    /// Connects to whoever is at an address.
    pub async fn dial(&self, address: Multiaddr) -> Result<AccountId, ConnectError> {
        self.ask(|reply| Command::Dial { address, reply }, ConnectError::Busy, ConnectError::Stopped).await?
    }

    /// Connects to a peer, wherever it is: its known addresses are tried, then the network is asked for others.
    pub async fn connect(&self, account: AccountId) -> Result<(), ConnectError> {
        if account == self.inner.local {
            return Err(ConnectError::Itself);
        }
        let peer = peer_of(&account).map_err(|_| ConnectError::NoPeer)?;
        self.ask(|waiter| Command::Connect { peer, waiter }, ConnectError::Busy, ConnectError::Stopped).await?
    }

    /// Says something to everybody. That nobody is there yet is no error. Except for votes, the same bytes are not
    /// sent again within two minutes.
    pub fn publish(&self, topic: Topic, data: Vec<u8>) -> Result<(), PublishError> {
        let limit = self.inner.config.limits.gossip_bytes_max - topic.frame_bytes();
        if data.len() > limit {
            return Err(PublishError::TooLarge { got: data.len(), limit });
        }
        self.command(Command::Publish { topic, data }, PublishError::Busy, PublishError::Stopped)
    }

    /// Settles what becomes of a message.
    pub fn judge(&self, token: MessageToken, acceptance: Acceptance) {
        token.judge(acceptance);
    }

    /// Asks a peer, which is connected first if need be.
    pub async fn request(&self, account: AccountId, data: Vec<u8>) -> Result<Vec<u8>, RequestError> {
        self.request_held(account, data).await.map(|(answer, _)| answer)
    }

    /// The same; the answer counts among those in memory for as long as what comes with it is held.
    pub(crate) async fn request_held(&self, account: AccountId, data: Vec<u8>) -> Result<HeldAnswer, RequestError> {
        let (got, limit) = (data.len(), self.inner.config.limits.request_bytes_max);
        if got > limit {
            return Err(RequestError::TooLarge { what: "request", got, limit });
        }
        self.connect(account).await?;
        let peer = peer_of(&account).map_err(|_| ConnectError::NoPeer)?;
        self.ask(|reply| Command::Request { peer, data, reply }, RequestError::Busy, RequestError::Stopped).await?
    }

    /// Sends the answer to a peer's request.
    pub fn respond(&self, token: ResponseToken, data: Vec<u8>) -> Result<(), RespondError> {
        let (got, limit) = (data.len(), self.inner.config.limits.response_bytes_max);
        if got > limit {
            return Err(RespondError::TooLarge { got, limit });
        }
        if token.answer(Reply::Answer(data, Portion::default())) { Ok(()) } else { Err(RespondError::Stopped) }
    }

    /// Fetches a blob from a peer, which is connected first if need be, into a file.
    ///
    /// The file appears under its name only when it is whole and its digest is right. Where the digest is
    /// known beforehand, a transfer that breaks is resumed by the next fetch into the same path.
    pub async fn fetch_blob(
        &self,
        account: AccountId,
        request: Vec<u8>,
        sink: BlobSink,
        progress: impl FnMut(BlobProgress) + Send,
    ) -> Result<BlobInfo, FetchError> {
        let open = || self.open_stream(account);
        let fetched = Box::pin(self.inner.fetcher.fetch(&open, request, sink, progress)).await;
        if matches!(fetched, Err(FetchError::Stalled { .. })) {
            self.penalise(account, Offence::Stalled);
        }
        fetched
    }

    /// Serves a file to the peer that asked for it.
    pub fn serve_blob(&self, token: BlobToken, path: PathBuf) {
        token.answer.send(BlobAnswer::Serve(path)).ok();
    }

    /// Says no to a peer that asked for a blob.
    pub fn refuse(&self, token: BlobToken, refusal: Refusal) {
        token.answer.send(BlobAnswer::Refuse(refusal)).ok();
    }

    /// Counts a fault against a peer: enough of them, and it is sent away for a while.
    pub fn penalise(&self, account: AccountId, offence: Offence) {
        if let Ok(peer) = peer_of(&account) {
            self.command(Command::Penalise { peer, offence }, (), ()).ok();
        }
    }

    /// Names the peers that this node has business with: the committee, and both sides of live awards. Places for
    /// connections, requests and blobs are kept for them. Replaces those that were named before.
    pub fn favour(&self, accounts: impl IntoIterator<Item = AccountId>) {
        let peers = accounts.into_iter().take(FAVOURED_MAX).filter_map(|account| peer_of(&account).ok()).collect();
        self.command(Command::Favour { peers }, (), ()).ok();
    }

    /// Keeps a stream with each of these members, of this committee and the next; this node itself is left out, and so
    /// is whoever is beyond two committees of the largest size. They are looked for and dialled for as long as they are
    /// named. Replaces those that were named before, whose streams are closed.
    pub fn council(&self, members: &BTreeSet<AccountId>) {
        self.inner.council.seat(members, &self.inner.tasks);
    }

    /// Says something to one member, in order with what was said to it before. It never waits: the frame is queued, and
    /// a queue that is full drops its oldest large frames, then its oldest. True if the member's stream is open; else
    /// the frame is said once it is, if that is within seconds.
    pub fn say(&self, to: AccountId, frame: impl Into<Arc<[u8]>>) -> Result<bool, SayError> {
        self.check_running()?;
        self.inner.council.say(to, frame.into())
    }

    /// The same to every member; returns those whose stream is not open.
    pub fn say_all(&self, frame: impl Into<Arc<[u8]>>) -> Result<BTreeSet<AccountId>, SayError> {
        self.check_running()?;
        self.inner.council.say_all(&frame.into())
    }

    /// The members whose stream is open now.
    pub fn council_open(&self) -> BTreeSet<AccountId> {
        self.inner.council.open()
    }

    /// The peers that are connected now.
    pub async fn peers(&self) -> Vec<PeerInfo> {
        self.ask(|reply| Command::Peers { reply }, (), ()).await.unwrap_or_default()
    }

    /// The counters of the network, from the start on.
    pub fn metrics(&self) -> Metrics {
        self.inner.counters.read()
    }

    /// Stops, and returns once every task has ended and every connection is closed.
    pub async fn shutdown(&self) {
        self.inner.tasks.stop.cancel();
        self.inner.tasks.tracker.wait().await;
    }

    /// Opens a blob stream to a peer, which is connected first if need be.
    async fn open_stream(&self, account: AccountId) -> Result<Stream, FetchError> {
        self.connect(account).await?;
        let peer = peer_of(&account).map_err(|_| ConnectError::NoPeer)?;
        let broken = |reason: &str| FetchError::Broken { done: 0, reason: reason.to_owned() };
        let (opened, stream) = oneshot::channel();
        self.command(Command::OpenStream { peer, opened }, FetchError::Busy, FetchError::Stopped)?;
        match stream.await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(OpenError::Unsupported)) => Err(FetchError::Unsupported),
            Ok(Err(error)) => Err(broken(&error.to_string())),
            Err(_) => Err(broken("the connection has ended")),
        }
    }

    fn check_running(&self) -> Result<(), SayError> {
        if self.inner.tasks.stop.is_cancelled() { Err(SayError::Stopped) } else { Ok(()) }
    }

    fn command<E>(&self, command: Command, busy: E, stopped: E) -> Result<(), E> {
        self.inner.commands.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => busy,
            mpsc::error::TrySendError::Closed(_) => stopped,
        })
    }

    async fn ask<T, E: Clone>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
        busy: E,
        stopped: E,
    ) -> Result<T, E> {
        let (reply, answer) = oneshot::channel();
        self.command(command(reply), busy, stopped.clone())?;
        answer.await.map_err(|_| stopped)
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Network({})", self.inner.local.short())
    }
}
