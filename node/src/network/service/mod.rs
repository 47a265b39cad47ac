//! The loop: one task that owns the swarm.
//!
//! It turns what the swarm says into events, and what the handles and tokens say into calls of the swarm. It
//! never waits for anybody: what finds a queue full is dropped, with a acceptance or a "busy" for its sender.

mod gossip;
mod peers;
mod requests;

use super::{
    behaviour::{Behaviour, BehaviourEvent},
    command::{Command, Ends, Listening},
    config::{NetworkConfig, ms},
    council::Door,
    error::{ConnectError, NetworkError},
    event::{Event, Settled},
    fair_queue::FairQueue,
    gossip::Topics,
    limiter::Limiter,
    listen,
    names::Names,
    peer_lookup::PeerLookup,
    peer_score::PeerScores,
    streams::Incoming,
    topic::Topic,
};
use dpgn_protocol::ids::AccountId;
use futures::StreamExt as _;
use gossip::HeldMessage;
use libp2p::{
    PeerId, Swarm, core::transport::ListenerId, kad, mdns, request_response::OutboundRequestId, swarm::ConnectionId,
    swarm::SwarmEvent,
};
use peers::{Bootstrap, Peer};
use requests::{Asked, PendingRequest};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::MissedTickBehavior,
};

/// The state of the loop.
pub(super) struct Service {
    config: Arc<NetworkConfig>,
    names: Names,
    topics: Topics,
    local: AccountId,
    swarm: Swarm<Behaviour>,
    ends: Ends,
    council: Door,
    settle: mpsc::Sender<Settled>,
    settled: mpsc::Receiver<Settled>,
    /// The number of messages whose decision is awaited.
    open_checks: usize,
    /// Gossip that waits to be emitted, by topic; topics take turns, and so do peers within one.
    gossip: BTreeMap<Topic, FairQueue<PeerId, HeldMessage>>,
    last_topic: Option<Topic>,
    favoured: HashSet<PeerId>,
    open_answers: usize,
    asked: Asked,
    sent: HashMap<OutboundRequestId, PendingRequest>,
    request_limiter: Limiter<PeerId>,
    scores: PeerScores,
    lookup: PeerLookup,
    peers: BTreeMap<PeerId, Peer>,
    dials: HashMap<ConnectionId, oneshot::Sender<Result<AccountId, ConnectError>>>,
    bootstrap: Vec<Bootstrap>,
    redial_at: Instant,
    redial_round: usize,
    unreported_listeners: HashSet<ListenerId>,
    /// Makes repeated votes new. Starts at the time of day, so that a restart doesn't repeat it.
    vote_counter: u64,
}

impl Service {
    pub(super) fn new(
        config: Arc<NetworkConfig>,
        names: Names,
        local: AccountId,
        mut swarm: Swarm<Behaviour>,
        ends: Ends,
        council: Door,
    ) -> Result<Self, NetworkError> {
        listen::check_free(&config.listen)?;
        let mut unreported_listeners = HashSet::new();
        for address in &config.listen {
            let listener = swarm
                .listen_on(address.clone())
                .map_err(|error| NetworkError::Listen { address: address.clone(), source: listen::reason(error) })?;
            unreported_listeners.insert(listener);
        }
        // Room for every token that may be out, so that none is ever refused.
        let (settle, settled) = mpsc::channel(config.limits.gossip_open_max + config.limits.requests_in_max);
        let vote_counter = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64);
        Ok(Self {
            topics: Topics::new(&names),
            request_limiter: Limiter::new(config.limits.request_rate),
            asked: Asked::new(&config.limits),
            bootstrap: config.bootstrap.iter().cloned().map(Bootstrap::new).collect(),
            config,
            names,
            local,
            swarm,
            ends,
            council,
            settle,
            settled,
            open_checks: 0,
            gossip: BTreeMap::new(),
            last_topic: None,
            favoured: HashSet::new(),
            open_answers: 0,
            sent: HashMap::new(),
            scores: PeerScores::default(),
            lookup: PeerLookup::default(),
            peers: BTreeMap::new(),
            dials: HashMap::new(),
            redial_at: Instant::now(),
            redial_round: 0,
            unreported_listeners,
            vote_counter,
        })
    }

    /// Runs until the handles are gone or say stop.
    pub(super) async fn run(mut self) {
        let mut upkeep = tokio::time::interval(ms(self.config.timing.upkeep_ms));
        upkeep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.publish_listening();
        let gossip = self.ends.outlet.gossip.clone();
        loop {
            let may_emit = self.may_emit();
            tokio::select! {
                () = self.ends.stop.cancelled() => break,
                Some(settled) = self.settled.recv() => self.on_settled(settled),
                command = self.ends.commands.recv() => match command {
                    Some(command) => self.on_command(command),
                    None => break,
                },
                Ok(place) = gossip.reserve(), if may_emit => self.emit(place),
                event = self.swarm.select_next_some() => self.on_swarm(event),
                _ = upkeep.tick() => self.on_upkeep(Instant::now()),
            }
        }
        self.ends.stop.cancel();
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Publish { topic, data } => self.publish(topic, data),
            Command::Connect { peer, waiter } => self.seek(peer, waiter),
            Command::Dial { address, reply } => self.dial(address, reply),
            Command::Request { peer, data, reply } => self.send_request(peer, data, reply),
            Command::OpenStream { peer, opened } => self.swarm.behaviour_mut().streams.open(peer, opened),
            Command::OpenCouncil { peer, opened } => self.swarm.behaviour_mut().council.open(peer, opened),
            Command::Favour { peers } => self.favour(peers),
            Command::Penalise { peer, offence } => self.offence(peer, offence),
            Command::Peers { reply } => {
                reply.send(self.peer_infos()).ok();
            }
        }
    }

    fn on_settled(&mut self, settled: Settled) {
        match settled {
            Settled::Gossip { message, acceptance } => {
                self.open_checks -= 1;
                self.decide(&message, acceptance);
            }
            Settled::Response { id, channel, reply } => {
                self.open_answers -= 1;
                self.send_response(id, channel, reply);
            }
        }
    }

    fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, num_established, .. } => {
                self.on_connected(peer_id, connection_id, endpoint, num_established.get() == 1);
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => self.on_disconnected(peer_id),
            SwarmEvent::OutgoingConnectionError { connection_id, peer_id, error } => {
                self.on_dial_failed(connection_id, peer_id, &error);
            }
            SwarmEvent::NewListenAddr { listener_id, address } => {
                tracing::info!(%address, "listening");
                self.unreported_listeners.remove(&listener_id);
                self.publish_listening();
                self.tell(Event::Listening { address });
            }
            SwarmEvent::ExpiredListenAddr { .. } => self.publish_listening(),
            SwarmEvent::ListenerClosed { listener_id, reason, .. } => {
                tracing::warn!(?reason, "a listener has closed");
                self.unreported_listeners.remove(&listener_id);
                self.publish_listening();
            }
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "a listener has failed"),
            _ => {}
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Gossip(event) => self.on_gossip(event),
            BehaviourEvent::Requests(event) => self.on_request_event(event),
            BehaviourEvent::Streams(incoming) => self.pass_on(incoming),
            BehaviourEvent::Council(incoming) => self.council.take(incoming, Instant::now()),
            BehaviourEvent::Identify(event) => self.on_identify(event),
            BehaviourEvent::Kad(kad::Event::OutboundQueryProgressed {
                id,
                result: kad::QueryResult::GetClosestPeers(result),
                step,
                ..
            }) if step.last => self.on_lookup_done(id, result),
            BehaviourEvent::Ping(event) => {
                if let (Ok(rtt), Some(peer)) = (event.result, self.peers.get_mut(&event.peer)) {
                    peer.rtt = Some(rtt);
                }
            }
            BehaviourEvent::Mdns(mdns::Event::Discovered(found)) => self.on_discovered(found),
            _ => {}
        }
    }

    fn on_upkeep(&mut self, now: Instant) {
        for peer in self.lookup.overdue(now) {
            self.end_search(&peer, Err(ConnectError::TimedOut { after_ms: self.config.timing.connect_ms }));
        }
        for peer in self.scores.expire(now) {
            self.swarm.behaviour_mut().banned.unblock_peer(peer);
        }
        self.swarm.behaviour_mut().gossip.tidy(now);
        self.request_limiter.tidy(now);
        self.council.tidy(now);
        let connected: Vec<PeerId> = self.peers.keys().copied().collect();
        for peer in connected {
            self.weigh(peer, now);
        }
        if now >= self.redial_at {
            self.redial_at = now + ms(self.config.timing.redial_ms);
            self.redial();
        }
    }

    fn publish_listening(&mut self) {
        let ready = self.unreported_listeners.is_empty();
        let addresses = self.swarm.listeners().cloned().collect();
        self.ends.listening.send_replace(Listening { ready, addresses });
    }

    /// A stream for the server of blobs; reset if it has no place for it.
    fn pass_on(&mut self, incoming: Incoming) {
        if self.ends.streams.try_send(incoming).is_err() {
            self.ends.counters.overloaded.one();
        }
    }

    /// Places are kept for these peers from now on.
    fn favour(&mut self, peers: HashSet<PeerId>) {
        if peers != self.favoured {
            self.swarm.behaviour_mut().places.favour(peers.clone());
            self.ends.favoured.send_replace(Arc::new(peers.clone()));
            self.favoured = peers;
        }
    }

    /// News of peers, for whoever reads events.
    fn tell(&self, event: Event) {
        if !self.ends.outlet.news(event) {
            self.ends.counters.overloaded.one();
        }
    }
}
