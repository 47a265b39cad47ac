//! The engine: what a node does, as a pure state machine.
//!
//! The same inputs at the same times always give the same effects. Nothing here reads a clock, touches a disk
//! or a network, or waits: the runtime feeds [`Input`]s and carries out [`Effect`]s in order. The ledger is
//! the assignment: roles act on what decided blocks say, never on what a peer claims.

#![warn(clippy::wildcard_enum_match_arm)]

mod candidates;
mod chain;
mod commit;
mod coordinator;
mod council;
mod council_input;
mod effect;
mod follow;
mod halt;
mod input;
mod jump;
mod kept;
mod notice;
mod order;
mod outbox;
mod pool;
mod prover;
mod record;
mod reentry;
mod requester;
mod selling;
mod snapshot_order;
mod snapshot_sync;
mod stake_order;
mod step;
mod sweep;
mod sync;
mod validate;
mod work;
mod workforce;

pub use chain::Head;
pub(crate) use chain::{apply, apply_by};
pub use commit::{Commit, Jump};
pub use council_input::CouncilInput;
pub use effect::{Accepted, Answer, BlobAnswer, ConsensusEffect, DiskEffect, Effect, PeerEffect, Rejected, WorkEffect};
pub use halt::{HaltReason, InvalidBlock, Left};
pub use input::{Call, CallError, Check, Command, Done, Input, JobError, Prices, Token};
pub use kept::Kept;
pub use notice::Notice;
pub use order::{AwardTerms, CheckOrder, LocalOrder, ProveOrder};
pub use record::{BidDraft, Disclosure, JobRecord, Paid, PurchaseState, SealRecord, SettledAt, TaskRecord};
pub use requester::Latest;
pub use selling::{Holds, Selling};
pub use snapshot_order::{SnapshotChecked, SnapshotFault, SnapshotOrder};
pub use snapshot_sync::SnapshotProgress;
pub use stake_order::StakeOrder;
pub use validate::{BlockOrder, Valid};
pub use work::Work;
pub use workforce::{Speed, Workforce};

use candidates::Candidates;
use chain::Chain;
use coordinator::Coordinator;
use dpgn_market::{Ledger, Task};
use dpgn_protocol::{
    block::Block,
    checkpoint::Checkpoint,
    ids::{AccountId, BlockHash, TaskId},
    sign::Keypair,
    units::{Millis, Timestamp},
    wire::Request,
};
use kept::Shelf;
use outbox::Outbox;
use prover::Prover;
use reentry::Reentry;
use requester::Requester;
use snapshot_sync::{Origin, SnapshotSync};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use sync::Sync;

/// Blocks between two snapshots of the ledger: twenty seconds of the busiest network, since peers load them from the
/// last few, and few enough to be applied again at a start.
pub const SNAPSHOT_EVERY: u64 = 1_024;
/// The pause between two questions to peers, each in turn, for their height: a lost block is found without the next
/// one.
const POLL: Millis = Millis::from_secs(5);

/// The keys, the ledger and the records that a node starts from.
pub struct Start {
    /// The node's key pair.
    pub keys: Keypair,
    /// The ledger after the last block on disk.
    pub ledger: Ledger,
    /// The last block on disk.
    pub head: Head,
    /// Records of own tasks, open and ended.
    pub tasks: Vec<TaskRecord>,
    /// Own awards with a proof on disk.
    pub jobs: Vec<JobRecord>,
    /// Prices of own sealed asks.
    pub seals: Vec<SealRecord>,
    /// The terms on which this node sells, if it is a prover.
    pub sells: Option<Selling>,
    /// Whether this node pools, proposes and judges when it is in office.
    pub coordinates: bool,
    /// The snapshots that the node makes, serves and takes.
    pub snapshots: Snapshots,
}

/// The snapshots that a node makes, serves and takes.
#[derive(Debug)]
pub struct Snapshots {
    /// Blocks between two snapshots.
    pub every: u64,
    /// Whether the node takes snapshots of others when it is far behind. An archive wants the blocks.
    pub takes: bool,
    /// Whether it does so from a head that is older than stake stays locked, `unlock_time`: members that have left since may
    /// have signed another history.
    pub allow_old_start: bool,
    /// A committee that the owner believes: it stands in for an own head that is too old, and blocks that lead elsewhere halt
    /// the node. Absent if the genesis and the own blocks are all that it believes.
    pub checkpoint: Option<Checkpoint>,
    /// The last one on disk, to be served; absent if there is none.
    pub kept: Option<Arc<Kept>>,
}

impl Default for Snapshots {
    fn default() -> Self {
        Self { every: SNAPSHOT_EVERY, takes: true, allow_old_start: false, checkpoint: None, kept: None }
    }
}

/// The number of things that wait in an engine; all of it is bounded, and 0 when nothing is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Own ops that no block holds yet.
    pub sent: usize,
    /// Ops that wait for a block of this coordinator's.
    pub pooled: usize,
    /// Proofs that wait for this coordinator's verdict or for the block that settles them.
    pub deliveries: usize,
    /// Awards this prover works at.
    pub jobs: usize,
}

/// The engine: all decisions of one node, as a pure state machine.
pub struct Engine {
    core: Core,
    requester: Requester,
    prover: Option<Prover>,
    coordinator: Option<Coordinator>,
    started: bool,
    /// The time of the last step.
    stepped: Timestamp,
    /// The time of the last question to a peer for its height, and the peer.
    polled: (Timestamp, Option<AccountId>),
    /// The time at which each member was last sent a block that it lacked.
    served: BTreeMap<AccountId, Timestamp>,
    /// The time of the last block that a peer has sent, or of the start, while the next height is not started for it.
    caught_up: Option<Timestamp>,
    /// What members say of their heights after a start.
    reentry: Reentry,
    /// Blocks between two snapshots.
    snapshot_every: u64,
    /// The snapshots that this node serves.
    shelf: Shelf,
    /// The snapshot that this node takes.
    snapshots: SnapshotSync,
}

/// The parts of the engine that all roles share.
struct Core {
    chain: Chain,
    candidates: Candidates,
    outbox: Outbox,
    peers: BTreeSet<AccountId>,
    coordinates: bool,
    sync: Sync,
}

impl Core {
    /// The context of one role, for as long as it acts.
    fn context<'a>(&'a mut self, now: Timestamp, effects: &'a mut Vec<Effect>) -> Context<'a> {
        let in_touch = self.coordinates || !self.peers.is_empty();
        let (ledger, head) = (&*self.chain.ledger, &self.chain.head);
        Context { now, ledger, head, outbox: &mut self.outbox, effects, in_touch }
    }
}

/// The context of a role: what it sees and may touch while it acts.
struct Context<'a> {
    now: Timestamp,
    ledger: &'a Ledger,
    head: &'a Head,
    outbox: &'a mut Outbox,
    effects: &'a mut Vec<Effect>,
    /// Whether anybody hears what is said.
    in_touch: bool,
}

impl Context<'_> {
    fn effect(&mut self, effect: impl Into<Effect>) {
        self.effects.push(effect.into());
    }

    fn own(&self) -> AccountId {
        self.outbox.account()
    }

    fn keys(&self) -> &Keypair {
        self.outbox.keys()
    }
}

impl<'a> Context<'a> {
    /// A task as the ledger has it, open or ended not too long ago.
    fn task(&self, id: TaskId) -> Option<&'a Task> {
        self.ledger.task(id).map(|view| view.task)
    }

    /// The prover that holds the live award of a task.
    fn awarded_to(&self, id: TaskId) -> Option<AccountId> {
        self.task(id)?.stage.award().map(|award| award.prover)
    }
}

impl Engine {
    /// An engine at rest: the first [`Input::Tick`] starts it.
    pub fn new(start: Start) -> Self {
        let Snapshots { every, takes, allow_old_start, checkpoint, kept } = start.snapshots;
        let core = Core {
            chain: Chain::new(start.ledger, start.head),
            candidates: Candidates::default(),
            outbox: Outbox::new(start.keys),
            peers: BTreeSet::new(),
            coordinates: start.coordinates,
            sync: Sync::default(),
        };
        Self {
            core,
            requester: Requester::new(start.tasks),
            prover: start.sells.map(|selling| Prover::new(selling, start.jobs, start.seals)),
            coordinator: start.coordinates.then(Coordinator::default),
            started: false,
            stepped: Timestamp::default(),
            polled: (Timestamp::default(), None),
            served: BTreeMap::new(),
            caught_up: None,
            reentry: Reentry::default(),
            snapshot_every: every.max(1),
            shelf: Shelf::new(kept),
            snapshots: SnapshotSync::new(every.max(1), takes, Origin::new(allow_old_start, checkpoint)),
        }
    }

    /// The replica of the ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.core.chain.ledger
    }

    /// The ledger, to be read elsewhere: it stays as it is while the engine goes on.
    pub fn shared_ledger(&self) -> Arc<Ledger> {
        self.core.chain.ledger.clone()
    }

    /// Whether this node has the role of a coordinator, in office or not.
    pub fn coordinates(&self) -> bool {
        self.core.coordinates
    }

    /// Whether this node sells proofs.
    pub fn sells(&self) -> bool {
        self.prover.is_some()
    }

    /// The last applied block.
    pub fn head(&self) -> &Head {
        &self.core.chain.head
    }

    /// The body of a block that a proposer of this height has signed for, if it is here.
    pub fn candidate(&self, block: BlockHash) -> Option<&Block> {
        self.core.candidates.get(block)
    }

    /// Tasks of this node's own.
    pub fn tasks(&self) -> impl Iterator<Item = &TaskRecord> {
        self.requester.records()
    }

    /// A task of this node's own.
    pub fn task(&self, task: TaskId) -> Option<&TaskRecord> {
        self.requester.record(task)
    }

    /// The newest word of the prover of a task.
    pub fn progress(&self, task: TaskId) -> Option<Latest> {
        self.requester.progress_of(task)
    }

    /// Whether the proof of an own task is being made here, or checked: others wait for it.
    pub fn proves_here(&self, task: TaskId) -> bool {
        self.requester.is_proved_now(task)
    }

    /// Why no standing ask can take an own task that is open; absent if one can.
    pub fn stalled(&self, task: TaskId) -> Option<&str> {
        self.requester.stalled(task)
    }

    /// The number of things that wait here.
    pub fn backlog(&self) -> Backlog {
        let (pooled, deliveries) = self.coordinator.as_ref().map(Coordinator::backlog).unwrap_or_default();
        let jobs = self.prover.as_ref().map(Prover::backlog).unwrap_or_default();
        Backlog { sent: self.core.outbox.len(), pooled, deliveries, jobs }
    }

    /// The accounts of connected peers.
    pub fn peers(&self) -> impl Iterator<Item = AccountId> {
        self.core.peers.iter().copied()
    }

    /// The time at which a tick brings a block nearer, if nothing comes before it: a proposer that waits for the next one of
    /// its regular ticks keeps a whole committee waiting. None if there is no such time.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        // What was due at the last step was tried in it.
        self.coordinator.as_ref()?.wakes_at(&self.core.chain).filter(|at| *at > self.stepped)
    }

    /// Takes one input and says what must be done.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.stepped = now;
        match input {
            Input::Tick => self.tick(now, &mut effects),
            Input::Ops(ops) => self.pool(now, ops, &mut effects),
            Input::Decided { from, decided, ops } => self.decided(now, from, *decided, &ops, &mut effects),
            Input::Progress(progress) => {
                self.requester.progress(&mut self.core.context(now, &mut effects), &progress);
            }
            Input::PeerUp(peer) => {
                self.core.peers.insert(peer);
                effects.push(PeerEffect::Ask { to: peer, call: Call::Head(peer), request: Request::Head }.into());
            }
            Input::PeerDown(peer) => {
                self.core.peers.remove(&peer);
            }
            Input::Asked { from, token, request } => self.asked(now, from, token, request, &mut effects),
            Input::RecipeAsked { token, recipe } => {
                effects.push(Effect::Stream(token, BlobAnswer::Recipe(recipe)));
            }
            Input::InputsAsked { from, token, task, start } => {
                let mut ctx = self.core.context(now, &mut effects);
                self.requester.inputs_asked(&mut ctx, from, token, task, &start);
            }
            Input::Answered { call, result } => self.answered(now, call, result, &mut effects),
            Input::Done(done) => self.done(now, done, &mut effects),
            Input::Snapshot(checked) => self.snapshot_checked(now, *checked, &mut effects),
            Input::Council(input) => self.council(now, input, &mut effects),
            Input::Workforce(agents) => {
                if let Some(prover) = &mut self.prover {
                    prover.lend(agents);
                }
                self.act(now, &mut effects);
            }
            Input::Command { token, command } => self.command(now, token, command, &mut effects),
        }
        self.flush(now, &mut effects);
        effects
    }
}
