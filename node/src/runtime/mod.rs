//! The one loop: takes inputs from everywhere and feeds the driver; decides nothing.
//!
//! Inputs come from the network, from workers, from handles and from the clock, one at a time; what must be
//! durable is, before the effect behind it is carried out. Long work runs outside and comes back as an input.

#![warn(clippy::wildcard_enum_match_arm)]

mod answers;
pub(crate) mod ask;
mod block_query;
mod checkpoint_query;
mod council;
pub(crate) mod deciders;
pub(crate) mod disk;
pub(crate) mod error;
mod gather;
pub(crate) mod host;
mod ingress;
mod job_fault;
mod own_proof;
mod query;
mod receipt_query;
mod receipts;
pub(crate) mod recipe_shelf;
pub(crate) mod turns;
mod words;
mod work;

use crate::{
    clock::now,
    consensus::Consensus,
    driver::{Alarm, DriveError, Driver},
    engine::{Engine, Input},
    handle::Query,
    network::{self, Network},
};
use dpgn_protocol::{
    genesis::Genesis,
    ids::{AccountId, NetworkId},
    units::Height,
};
use error::{DiskError, RuntimeError, Stopped};
use host::NodeHost;
use ingress::{CouncilCheck, GossipCheck, Told};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use turns::Turns;

/// The time between two ticks of the engine.
const TICK: Duration = Duration::from_millis(50);
/// Inputs that wait for the engine.
pub(crate) const INPUTS_MAX: usize = 4_096;
/// Alarms of consensus that have gone off and wait: a height has a few.
pub(crate) const ALARMS_MAX: usize = 64;
/// Inputs from gossip that wait for the engine: what more comes waits in the network, in fair turns.
const HEARD_MAX: usize = 64;
/// What members have said that waits for the loop: what more comes waits in their streams.
const TOLD_MAX: usize = 64;
/// Questions of handles for which the disk is read at once.
const READS_MAX: usize = 4;

pub(crate) struct Runtime {
    pub(crate) account: AccountId,
    pub(crate) id: NetworkId,
    pub(crate) genesis: Arc<Genesis>,
    driver: Driver<NodeHost>,
    host: NodeHost,
    network: Network,
    stop: CancellationToken,
    turns: Arc<Turns>,
    state: State,
}

/// The things that the loop itself has to remember.
struct State {
    peers: ingress::Peers,
    reads: Arc<Semaphore>,
    tasks: TaskTracker,
}

/// The cause of one turn of the loop.
enum Woken {
    Input(Box<Input>),
    /// A member has said something.
    Told(Told),
    /// An alarm of consensus has gone off, which was set at this height.
    Alarm(Height, Alarm),
    /// Ops have been gathered for long enough.
    Gathered,
    Query(Query),
    /// Absent if the network has ended.
    Event(Option<network::Event>),
}

/// The channels that the loop's inputs come from.
pub(crate) struct Sources {
    pub(crate) events: network::Events,
    pub(crate) queries: mpsc::Receiver<Query>,
    /// The results of work outside the loop.
    pub(crate) results: mpsc::Receiver<Input>,
    /// Alarms that have gone off.
    pub(crate) alarms: mpsc::Receiver<(Height, Alarm)>,
}

impl Runtime {
    pub(crate) fn new(
        account: AccountId,
        genesis: Genesis,
        engine: Engine,
        consensus: Consensus,
        host: NodeHost,
        stop: CancellationToken,
        turns: Arc<Turns>,
    ) -> Self {
        let network = host.network.clone();
        let state = State {
            peers: ingress::Peers::default(),
            reads: Arc::new(Semaphore::new(READS_MAX)),
            tasks: host.tasks.clone(),
        };
        let (id, genesis) = (host.network_id, Arc::new(genesis));
        let driver = Driver::new(engine, consensus);
        Self { account, id, genesis, driver, host, network, stop, turns, state }
    }

    /// Runs until it is stopped or cannot go on; then everything it started has ended.
    pub(crate) async fn run(mut self, sources: Sources, halted: Arc<OnceLock<Arc<Stopped>>>) {
        if let Err(error) = self.turn(sources).await {
            tracing::error!(%error, "the node stops");
            let _ = halted.set(Arc::new(error));
        }
        self.wind_down().await;
    }

    async fn turn(&mut self, sources: Sources) -> Result<(), Stopped> {
        let Sources { mut events, mut queries, mut results, mut alarms } = sources;
        let stop = self.stop.clone();
        let (views, view) = watch::channel(self.view());
        let (heard, mut hears) = mpsc::channel(HEARD_MAX);
        let (tells, mut told) = mpsc::channel(TOLD_MAX);
        if let Some(gossip) = events.take_gossip() {
            let check = GossipCheck::new(self.id, self.network.clone(), view.clone(), heard, tells.clone());
            self.state.tasks.spawn_blocking(move || check.run(gossip));
        }
        if let Some(council) = events.take_council() {
            let check = CouncilCheck::new(self.id, self.network.clone(), view, tells);
            self.state.tasks.spawn_blocking(move || check.run(council));
        }
        self.meet();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let gathered = self.host.gathered.due();
            let wakes =
                self.engine().wakes_at().map(|at| Instant::now() + Duration::from_millis(at.since(now()).get()));
            if views.borrow().height != self.engine().head().height {
                views.send_replace(self.view());
                self.host.committee = self.engine().ledger().committee().clone();
                self.host.words.clear();
                self.meet();
            }
            let woken = tokio::select! {
                // Own work before the network's, so that a flood delays nothing that is under way.
                biased;
                () = stop.cancelled() => return Ok(()),
                _ = tick.tick() => Woken::Input(Box::new(Input::Tick)),
                Some((height, alarm)) = alarms.recv() => Woken::Alarm(height, alarm),
                Some(input) = results.recv() => Woken::Input(Box::new(input)),
                // Members have a budget each, so they keep nobody else waiting for long.
                Some(said) = told.recv() => Woken::Told(said),
                () = sleep_until(wakes.unwrap_or_else(Instant::now)), if wakes.is_some() => Woken::Input(Box::new(Input::Tick)),
                () = sleep_until(gathered.unwrap_or_else(Instant::now)), if gathered.is_some() => Woken::Gathered,
                woken = in_turn(&mut queries, events.recv(), &mut hears) => woken,
            };
            let begun = Instant::now();
            match woken {
                Woken::Input(input) => self.feed(*input).await?,
                Woken::Told(Told::Word(word)) => self.driver.heard(&mut self.host, *word).await?,
                Woken::Told(Told::Input(input)) => self.feed(*input).await?,
                Woken::Alarm(height, alarm) => self.driver.alarm(&mut self.host, height, alarm).await?,
                Woken::Gathered => self.send_gathered(),
                Woken::Query(query) => self.query(query).await?,
                Woken::Event(Some(event)) => self.event(event).await?,
                Woken::Event(None) => return Err(DriveError::Host(RuntimeError::Network)),
            }
            self.turns.count(begun.elapsed());
        }
    }

    /// Feeds one input, and then all that it brings about in the node itself.
    async fn feed(&mut self, input: Input) -> Result<(), Stopped> {
        self.driver.feed(&mut self.host, input).await
    }

    fn engine(&self) -> &Engine {
        self.driver.engine()
    }

    fn send_gathered(&mut self) {
        let ops = self.host.gathered.take();
        ingress::publish_ops(&self.network, ops);
    }

    async fn wind_down(&mut self) {
        for cancel in self.host.working.values() {
            cancel.cancel();
        }
        self.host.own_proof.cancel();
        self.state.tasks.close();
        self.host.prover.shutdown().await;
        self.network.shutdown().await;
        // What still waits on a peer has nobody to tell.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.state.tasks.wait()).await;
    }
}

/// The next thing that the owner asks, a peer asks, or gossip brings: each gets its turn while another floods.
async fn in_turn(
    queries: &mut mpsc::Receiver<Query>,
    events: impl Future<Output = Option<network::Event>>,
    hears: &mut mpsc::Receiver<Input>,
) -> Woken {
    tokio::select! {
        Some(query) = queries.recv() => Woken::Query(query),
        event = events => Woken::Event(event),
        Some(input) = hears.recv() => Woken::Input(Box::new(input)),
    }
}

/// Does disk work off the loop, and waits for it.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DiskError> + Send + 'static,
) -> Result<T, RuntimeError> {
    Ok(tokio::task::spawn_blocking(work).await??)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Peers that ask without end, and an owner that does: gossip is heard all the same.
    #[tokio::test]
    async fn a_flood_of_questions_leaves_gossip_its_turns() {
        const HEARD: usize = 50;
        let (_asks, mut queries) = mpsc::channel(1);
        let (heard, mut hears) = mpsc::channel(HEARD);
        for _ in 0..HEARD {
            heard.send(Input::Tick).await.unwrap();
        }
        let peer = AccountId::from_bytes([1; 32]);
        let (mut turns, mut left) = (0, HEARD);
        while left > 0 && turns < 100 * HEARD {
            let question = async { Some(network::Event::PeerDisconnected { peer }) };
            left -= usize::from(matches!(in_turn(&mut queries, question, &mut hears).await, Woken::Input(_)));
            turns += 1;
        }
        println!("a peer that always asks: {} messages of gossip heard in {turns} turns", HEARD - left);
        assert!(left == 0 && turns < 10 * HEARD);
    }
}
