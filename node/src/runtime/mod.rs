//! The one loop: feeds the engine, carries out its effects, decides nothing.
//!
//! Inputs come from the network, from workers, from handles and from the clock, one at a time; what must be
//! durable is, before the effect behind it is carried out. Long work runs outside and comes back as an input.

#![warn(clippy::wildcard_enum_match_arm)]

pub(crate) mod disk;
mod execute;
mod ingress;
mod query;
mod work;

use crate::{
    consensus::{self, ConsensusError, Solo},
    engine::{Accepted, Call, Engine, HaltReason, Input, Notice, Rejected, Token},
    handle::Ask,
    network::{self, BlobToken, Network, ResponseToken},
    purchase::now,
};
use disk::{Disk, DiskError};
use dpgn_protocol::{
    genesis::Genesis,
    ids::{AccountId, NetworkId, TaskId},
    ops::{OpError, RawOp},
};
use dpgn_prover::Prover;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, broadcast, mpsc, oneshot},
    task::JoinError,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often the engine is told that time has passed.
const TICK: Duration = Duration::from_millis(50);
/// How long ops are collected before they are gossiped as one message: gossip is paid per message.
const GATHER: Duration = Duration::from_millis(20);
/// Inputs that wait for the engine.
pub(crate) const INPUTS_MAX: usize = 4_096;
/// Gossiped messages whose signatures are being checked at once.
const CHECKS_MAX: usize = 64;

/// Why the loop ended by itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RuntimeError {
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error("consensus: {0}")]
    Consensus(#[from] ConsensusError),
    #[error(transparent)]
    Halt(#[from] HaltReason),
    #[error("an op of a block that this node decided: {0}")]
    OwnOp(#[from] OpError),
    #[error("disk work ended early: {0}")]
    Panicked(#[from] JoinError),
    #[error("the network has stopped")]
    Network,
}

/// Where the answer to a question goes.
enum ReplyTo {
    Peer(ResponseToken),
    Blob(BlobToken),
    Owner(oneshot::Sender<Result<Accepted, Rejected>>),
    /// This node asked itself.
    Own(Call),
}

pub(crate) struct Runtime {
    pub(crate) account: AccountId,
    pub(crate) id: NetworkId,
    pub(crate) genesis: Arc<Genesis>,
    pub(crate) engine: Engine,
    pub(crate) consensus: Solo,
    pub(crate) disk: Disk,
    pub(crate) network: Network,
    pub(crate) prover: Prover,
    pub(crate) notices: broadcast::Sender<Notice>,
    pub(crate) inputs: mpsc::Sender<Input>,
    pub(crate) stop: CancellationToken,
    pub(crate) state: State,
}

/// What the loop itself has to remember.
pub(crate) struct State {
    waiting: BTreeMap<Token, ReplyTo>,
    next_token: Token,
    /// What the loop itself has brought about, to be fed before anything else.
    own: VecDeque<Input>,
    gathered: Vec<RawOp>,
    gathered_since: Option<Instant>,
    proving: BTreeMap<TaskId, CancellationToken>,
    checks: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Default for State {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            next_token: 1,
            own: VecDeque::new(),
            gathered: Vec::new(),
            gathered_since: None,
            proving: BTreeMap::new(),
            checks: Arc::new(Semaphore::new(CHECKS_MAX)),
            tasks: TaskTracker::new(),
        }
    }
}

/// Where the loop's inputs come from.
pub(crate) struct Sources {
    pub(crate) events: mpsc::Receiver<network::Event>,
    pub(crate) asks: mpsc::Receiver<Ask>,
    /// What work outside the loop has come to.
    pub(crate) results: mpsc::Receiver<Input>,
}

impl Runtime {
    /// Runs until it is stopped or cannot go on; then everything it started has ended.
    pub(crate) async fn run(mut self, sources: Sources, halted: Arc<OnceLock<String>>) {
        if let Err(error) = self.turn(sources).await {
            tracing::error!(%error, "the node stops");
            let _ = halted.set(error.to_string());
        }
        self.wind_down().await;
    }

    async fn turn(&mut self, sources: Sources) -> Result<(), RuntimeError> {
        let Sources { mut events, mut asks, mut results } = sources;
        let stop = self.stop.clone();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let gathered = self.state.gathered_since.map(|since| since + GATHER);
            tokio::select! {
                // Own work before the network's, so that a flood delays nothing that is under way.
                biased;
                () = stop.cancelled() => return Ok(()),
                _ = tick.tick() => self.feed(Input::Tick).await?,
                Some(input) = results.recv() => self.feed(input).await?,
                () = sleep_until(gathered.unwrap_or_else(Instant::now)), if gathered.is_some() => self.send_gathered(),
                Some(ask) = asks.recv() => self.ask(ask).await?,
                event = events.recv() => match event {
                    Some(event) => self.event(event).await?,
                    None => return Err(RuntimeError::Network),
                },
            }
        }
    }

    /// Feeds one input, and then all that it brings about in the loop itself.
    async fn feed(&mut self, input: Input) -> Result<(), RuntimeError> {
        self.state.own.push_back(input);
        while let Some(input) = self.state.own.pop_front() {
            for effect in self.engine.step(now(), input) {
                Box::pin(self.execute(effect)).await?;
            }
        }
        Ok(())
    }

    /// Feeds consensus, and carries out what it asks for.
    async fn decide(&mut self, input: consensus::Input) -> Result<(), RuntimeError> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for output in self.consensus.step(input)? {
                match output {
                    consensus::Output::GetValue { height, .. } => self.state.own.push_back(Input::Turn(height)),
                    consensus::Output::Store(vote, block) => {
                        let disk = self.disk.clone();
                        on_disk(move || disk.record_vote(vote, &block)).await?;
                        inputs.push_back(consensus::Input::Stored(vote));
                    }
                    consensus::Output::Decided(decided) => {
                        let ops = decided.block.ops.iter().cloned().map(|op| op.verify(self.id)).collect();
                        let ops: Result<Vec<_>, _> = ops;
                        self.state.own.push_back(Input::Decided { from: None, decided, ops: ops? });
                    }
                }
            }
        }
        Ok(())
    }

    fn token(&mut self, reply_to: ReplyTo) -> Token {
        let token = self.state.next_token;
        self.state.next_token += 1;
        self.state.waiting.insert(token, reply_to);
        token
    }

    fn send_gathered(&mut self) {
        self.state.gathered_since = None;
        let ops = std::mem::take(&mut self.state.gathered);
        ingress::publish_ops(&self.network, ops);
    }

    async fn wind_down(&mut self) {
        for cancel in self.state.proving.values() {
            cancel.cancel();
        }
        self.state.tasks.close();
        self.prover.shutdown().await;
        self.network.shutdown().await;
        // What still waits on a peer has nobody to tell.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.state.tasks.wait()).await;
    }
}

/// Starts the wait for more ops, if it isn't under way.
fn publish_later(since: &mut Option<Instant>) {
    since.get_or_insert_with(Instant::now);
}

/// Does disk work off the loop, and waits for it.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DiskError> + Send + 'static,
) -> Result<T, RuntimeError> {
    Ok(tokio::task::spawn_blocking(work).await??)
}
