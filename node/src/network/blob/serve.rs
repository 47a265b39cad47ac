//! The owner's side of blobs: one task that takes streams, and one per stream.
//!
//! A stream first asks, within two seconds, and takes no place until the node has said yes. Places are few; half of
//! them are kept for favoured peers, so that strangers who are slow, or silent, or many, hold up no award. Once a
//! peer is not favoured any more, its stream leaves the kept place before the next chunk: it goes on in an open place if
//! one is free, and is cut if not.

use super::{
    CHUNKS_WAITING_MAX,
    disk::Source,
    headers::Headers,
    pace,
    seal::{Seal, Side, StreamKey},
    stream::Paced,
};
use crate::network::{
    command::Command,
    config::{NetworkConfig, NetworkLimits, ms},
    error::FetchError,
    event::{BlobAnswer, BlobToken, Event, Outlet},
    identity::account_of,
    limiter::Limiter,
    metrics::Counters,
    peer_score::Offence,
    streams::Incoming,
};
use dpgn_protocol::{ids::AccountId, wire::Refusal};
use libp2p::{PeerId, Stream};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Instant,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Takes streams, within its limits.
pub(in crate::network) struct Server {
    shared: Arc<Shared>,
    stop: CancellationToken,
    limiter: Limiter<PeerId>,
    streams: JoinSet<PeerId>,
    per_peer: HashMap<PeerId, OfPeer>,
    /// Streams of strangers that ask.
    questions: Arc<Semaphore>,
}

/// The streams of one peer.
struct OfPeer {
    streams: usize,
    shares: Shares,
}

/// The places that are left to one peer.
#[derive(Clone)]
struct Shares {
    /// Places of either kind.
    all: Arc<Semaphore>,
    /// Kept places: a few favoured peers must not hold what others of them need.
    kept: Arc<Semaphore>,
}

impl Shares {
    fn new(limits: &NetworkLimits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.blobs_served_per_peer_max)),
            kept: Arc::new(Semaphore::new(limits.blobs_kept_per_peer_max)),
        }
    }
}

struct Shared {
    config: Arc<NetworkConfig>,
    counters: Arc<Counters>,
    outlet: Outlet,
    commands: mpsc::WeakSender<Command>,
    favoured: watch::Receiver<Arc<HashSet<PeerId>>>,
    headers: Headers,
    /// Places that anybody may take.
    open: Arc<Semaphore>,
    /// Places that only favoured peers may take.
    kept: Arc<Semaphore>,
}

/// The channels of the server to the rest of the network.
pub(in crate::network) struct ServerEnds {
    pub(in crate::network) counters: Arc<Counters>,
    pub(in crate::network) outlet: Outlet,
    pub(in crate::network) commands: mpsc::WeakSender<Command>,
    pub(in crate::network) favoured: watch::Receiver<Arc<HashSet<PeerId>>>,
    pub(in crate::network) stop: CancellationToken,
}

impl Server {
    pub(in crate::network) fn new(config: Arc<NetworkConfig>, ends: ServerEnds) -> Self {
        let limits = &config.limits;
        let kept = limits.blobs_served_kept.min(limits.blobs_served_max);
        let ServerEnds { counters, outlet, commands, favoured, stop } = ends;
        let questions = Arc::new(Semaphore::new(limits.blob_questions_max));
        let limiter = Limiter::new(limits.blob_rate);
        let shared = Shared {
            open: Arc::new(Semaphore::new(limits.blobs_served_max - kept)),
            kept: Arc::new(Semaphore::new(kept)),
            headers: Headers::start(),
            config,
            counters,
            outlet,
            commands,
            favoured,
        };
        Self { shared: Arc::new(shared), stop, limiter, streams: JoinSet::new(), per_peer: HashMap::new(), questions }
    }

    /// Runs until the network stops; streams that are open then are cut.
    pub(in crate::network) async fn run(mut self, mut incoming: mpsc::Receiver<Incoming>) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                Some(ended) = self.streams.join_next() => {
                    if let Ok(peer) = ended {
                        self.free(peer);
                    }
                }
                stream = incoming.recv() => match stream {
                    Some(Incoming { peer, stream }) => self.accept(peer, stream),
                    None => break,
                },
            }
        }
        self.streams.shutdown().await;
    }

    /// A stream above a limit is reset: answering it would take what it must not have.
    fn accept(&mut self, peer: PeerId, stream: Stream) {
        let limits = &self.shared.config.limits;
        let Ok(from) = account_of(&peer) else { return };
        let per_peer_max = limits.blobs_served_per_peer_max;
        // Favoured peers are few, and each has few streams: they need no share of the strangers' questions.
        let question = if self.shared.is_favoured(&peer) {
            None
        } else {
            let Ok(permit) = Arc::clone(&self.questions).try_acquire_owned() else {
                return self.shared.counters.overloaded.one();
            };
            Some(permit)
        };
        let own = self.per_peer.entry(peer).or_insert_with(|| OfPeer { streams: 0, shares: Shares::new(limits) });
        if own.streams >= 2 * per_peer_max || !self.limiter.allow(peer, 0, Instant::now()) {
            if own.streams == 0 {
                self.per_peer.remove(&peer);
            }
            return self.shared.counters.overrun.one();
        }
        own.streams += 1;
        let shares = own.shares.clone();
        self.limiter.tidy(Instant::now());
        let shared = Arc::clone(&self.shared);
        let stream = Paced::new(stream, pace(&shared.config));
        self.streams.spawn(async move {
            let asker = Asker { peer, from, shares };
            if let Err(error) = serve(&shared, &asker, question, stream).await {
                tracing::debug!(peer = %from, %error, "a blob was not served");
                if matches!(error, FetchError::Stalled { .. }) {
                    shared.stalled(peer);
                }
            }
            peer
        });
    }

    fn free(&mut self, peer: PeerId) {
        if let Some(open) = self.per_peer.get_mut(&peer) {
            open.streams -= 1;
            if open.streams == 0 {
                self.per_peer.remove(&peer);
            }
        }
    }
}

impl Shared {
    fn is_favoured(&self, peer: &PeerId) -> bool {
        self.favoured.borrow().contains(peer)
    }

    fn stalled(&self, peer: PeerId) {
        if let Some(commands) = self.commands.upgrade() {
            commands.try_send(Command::Penalise { peer, offence: Offence::Stalled }).ok();
        }
    }

    /// A place for a stream whose question was answered with yes; none if there is none for this peer.
    fn place(&self, asker: &Asker) -> Option<Place> {
        let of_peer = Arc::clone(&asker.shares.all).try_acquire_owned().ok()?;
        let at = self.open_seat().or_else(|| self.is_favoured(&asker.peer).then(|| self.kept_seat(asker)).flatten())?;
        Some(Place { at, _of_peer: of_peer })
    }

    fn open_seat(&self) -> Option<Seat> {
        Arc::clone(&self.open).try_acquire_owned().ok().map(Seat::Open)
    }

    fn kept_seat(&self, asker: &Asker) -> Option<Seat> {
        let of_peer = Arc::clone(&asker.shares.kept).try_acquire_owned().ok()?;
        let permit = Arc::clone(&self.kept).try_acquire_owned().ok()?;
        Some(Seat::Kept { _permit: permit, _of_peer: of_peer })
    }

    /// Whether the stream may go on: a kept place is for favoured peers, and one that is none any more goes on only in
    /// an open place, if there is one.
    fn still_holds(&self, place: &mut Place, peer: &PeerId) -> bool {
        match place.at {
            Seat::Open(_) => true,
            Seat::Kept { .. } if self.is_favoured(peer) => true,
            Seat::Kept { .. } => self.open_seat().map(|open| place.at = open).is_some(),
        }
    }
}

/// A place that a stream holds while it is served.
struct Place {
    at: Seat,
    _of_peer: OwnedSemaphorePermit,
}

/// The kind of a place.
enum Seat {
    Open(#[expect(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit),
    Kept { _permit: OwnedSemaphorePermit, _of_peer: OwnedSemaphorePermit },
}

/// The peer at the other end of a stream.
struct Asker {
    peer: PeerId,
    from: AccountId,
    shares: Shares,
}

async fn refuse(mut stream: Paced<Stream>, refusal: Refusal) -> Result<(), FetchError> {
    stream.write_refusal(refusal).await
}

async fn serve(
    shared: &Shared,
    asker: &Asker,
    question: Option<OwnedSemaphorePermit>,
    mut stream: Paced<Stream>,
) -> Result<(), FetchError> {
    let (limits, timing) = (&shared.config.limits, &shared.config.timing);
    stream.talk_for(ms(timing.blob_question_ms));
    let request = match stream.read_question(limits.blob_request_bytes_max).await {
        Err(FetchError::RequestTooLarge { .. }) => return refuse(stream, Refusal::Malformed).await,
        request => request?,
    };
    let answer = decide(shared, asker.from, request).await;
    stream.talk_for(ms(timing.blob_piece_ms));
    let path = match answer {
        BlobAnswer::Serve(path) => path,
        BlobAnswer::Refuse(refusal) => return refuse(stream, refusal).await,
    };
    let Some(mut place) = shared.place(asker) else { return refuse(stream, Refusal::Busy).await };
    drop(question);
    let source = match shared.headers.open(path).await {
        Ok(source) if source.header.len <= limits.blob_bytes_max => source,
        other => {
            let error = other.err();
            tracing::warn!(peer = %asker.from, ?error, "a blob can't be read, or is too long");
            return refuse(stream, Refusal::NotFound).await;
        }
    };
    let len = source.header.len;
    let key = StreamKey::draw().map_err(|error| FetchError::Broken { done: 0, reason: error.to_string() })?;
    stream.write_header(&source.header, &key.public()).await?;
    let (offset, of_asker) = stream.read_offset().await?;
    if offset > len {
        return Err(FetchError::TooLong { got: offset, limit: len });
    }
    let may_go_on = || shared.still_holds(&mut place, &asker.peer);
    send(shared, &mut stream, source, offset, key.seal(Side::Owner, of_asker), may_go_on).await?;
    stream.close().await?;
    shared.counters.blobs_served.one();
    Ok(())
}

/// The decision of the node; "busy" if it says nothing in time.
async fn decide(shared: &Shared, from: AccountId, request: Vec<u8>) -> BlobAnswer {
    let (answer, decision) = oneshot::channel();
    let event = Event::BlobRequest { from, request, token: BlobToken { answer } };
    if !shared.outlet.blob(event) {
        shared.counters.overloaded.one();
        return BlobAnswer::Refuse(Refusal::Busy);
    }
    match tokio::time::timeout(ms(shared.config.timing.blob_decide_ms), decision).await {
        Ok(Ok(answer)) => answer,
        _ => BlobAnswer::Refuse(Refusal::Busy),
    }
}

/// A thread reads and seals a few chunks ahead; the stream takes them at its own pace, while it may go on.
async fn send(
    shared: &Shared,
    stream: &mut Paced<Stream>,
    source: Source,
    offset: u64,
    mut seal: Seal,
    mut may_go_on: impl FnMut() -> bool,
) -> Result<(), FetchError> {
    let len = source.header.len;
    let (from_disk, mut chunks) = mpsc::channel::<Zeroizing<Vec<u8>>>(CHUNKS_WAITING_MAX);
    let reader = tokio::task::spawn_blocking(move || {
        source.send(offset, |mut chunk| {
            seal.apply(&mut chunk);
            from_disk.blocking_send(chunk).is_ok()
        })
    });
    stream.begin(offset);
    while let Some(chunk) = chunks.recv().await {
        if !may_go_on() {
            let reason = "its peer is favoured no longer".to_owned();
            return Err(FetchError::Broken { done: stream.done, reason });
        }
        stream.write_all(&chunk).await?;
        shared.counters.blob_bytes_sent.add(chunk.len());
    }
    if stream.done < len {
        let reason = match reader.await {
            Ok(Err(error)) => error.to_string(),
            _ => "the file has shrunk".to_owned(),
        };
        return Err(FetchError::Broken { done: stream.done, reason });
    }
    stream.flush().await
}
