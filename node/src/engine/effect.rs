//! What leaves the engine, for the runtime to carry out in this order.

use super::{
    commit::{Commit, Jump},
    halt::HaltReason,
    input::{Call, Token},
    kept::Kept,
    notice::Notice,
    order::{CheckOrder, LocalOrder, ProveOrder},
    record::{JobRecord, SealRecord, TaskRecord},
    snapshot_order::SnapshotOrder,
    validate::BlockOrder,
};
use dpgn_market::{BlockError, Refused};
use dpgn_protocol::{
    block::Decided,
    codec::EncodeError,
    committee::Committee,
    council::Said,
    ids::{AccountId, BlockHash, InputsDigest, ManifestHash, ProofHash, RecipeDigest, TaskId},
    ops::RawOp,
    receipt::Handover,
    sign::{Signed, Unverified},
    units::{Degree, Height, Level, Timestamp},
    wire::{Progress, Refusal, Request, Response},
};
use std::{collections::BTreeSet, sync::Arc};

/// One thing the host must do. Effects are carried out in order: what must be durable is, before the next begins.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Change what is on disk.
    Disk(DiskEffect),
    /// Feed consensus with an input.
    Consensus(ConsensusEffect),
    /// Say something to peers, or ask one.
    Peer(PeerEffect),
    /// Answer the request that this token names.
    Answer(Token, Answer),
    /// Answer the request for a blob that this token names.
    Stream(Token, BlobAnswer),
    /// Start or stop work outside the loop; each piece that is started ends in one input.
    Work(WorkEffect),
    /// Answer the owner's command that this token names.
    Reply(Token, Result<Accepted, Rejected>),
    /// Tell whoever listens what happened.
    Notify(Notice),
    /// The replica cannot go on: stop the node.
    Halt(HaltReason),
}

/// A change on disk, durable before the next effect is carried out. Overwriting what was set aside, and `Sweep`, may
/// come later: the next start, or the next sweep, makes up for them.
#[derive(Clone, Debug, PartialEq)]
pub enum DiskEffect {
    /// Write a decided block and all that belongs to it, in one transaction.
    Commit(Box<Commit>),
    /// Write a block above the last one with its ledger and the trail to it, in one transaction; what lies below is forgotten.
    Jump(Box<Jump>),
    /// Write handovers that lead on towards a snapshot; they are shown to nobody until a `Jump` takes them along.
    SaveTrail(Vec<Handover>),
    /// Write the record of an own task.
    SaveTask(Box<TaskRecord>),
    /// Write the record of an own award.
    SaveJob(Box<JobRecord>),
    /// Delete the record of an own award that is over, and wipe its inputs.
    ForgetJob(TaskId),
    /// Write the price of an own sealed ask.
    SaveSeal(SealRecord),
    /// Delete the price of an own sealed ask whose round is over.
    ForgetSeal(TaskId),
    /// Wipe salt and inputs of an own task that is over.
    ForgetInputs(InputsDigest),
    /// Delete proofs and recipes but these, those of own tasks, and those written within the last hour.
    Sweep {
        /// Proofs that some task needs.
        proofs: BTreeSet<ProofHash>,
        /// Recipes that some task needs.
        recipes: BTreeSet<RecipeDigest>,
    },
}

/// An effect that is an input of consensus.
#[derive(Clone, Debug, PartialEq)]
pub enum ConsensusEffect {
    /// The height below is applied: this committee decides this one.
    StartHeight(Height, Committee),
    /// A block of this node's own, as consensus asked for: the engine has its body, and holds it valid.
    Propose {
        /// The height of the block.
        height: Height,
        /// The round that it is for.
        round: u32,
        /// The hash of its header.
        block: BlockHash,
    },
    /// The verdict on a proposed block, as consensus asked for.
    Judged {
        /// The height of the block.
        height: Height,
        /// The round in which it was proposed.
        round: u32,
        /// The hash of its header.
        block: BlockHash,
        /// The member that has proposed it.
        by: AccountId,
        /// Whether it may follow its parent.
        valid: bool,
    },
    /// There is a reason to decide this height.
    Arm(Height),
}

/// Something to say to peers. Nothing of it is waited for.
#[derive(Clone, Debug, PartialEq)]
pub enum PeerEffect {
    /// Gossip own signed ops.
    GossipOps(Vec<RawOp>),
    /// Gossip a decided block.
    GossipDecided(Box<Decided>),
    /// Gossip how far an own award is.
    GossipProgress(Box<Signed<Progress>>),
    /// Say something to one member of the committee, or to all others if none is named.
    Say(Option<AccountId>, Box<Said>),
    /// Send a member a decided block from disk.
    SendDecided {
        /// The member that lacks the block.
        to: AccountId,
        /// The height of the block.
        height: Height,
    },
    /// Ask a peer; the answer comes as [`Input::Answered`](super::Input::Answered).
    Ask {
        /// The peer that is asked.
        to: AccountId,
        /// The question as the engine remembers it.
        call: Call,
        /// The question, as it is sent.
        request: Request,
    },
    /// Send the bytes of an own proof to a coordinator.
    PushProof {
        /// The coordinator that gets the bytes.
        to: AccountId,
        /// The task that the proof is for.
        task: TaskId,
        /// The proof, by its hash.
        proof: ProofHash,
    },
    /// Lower a peer's score: it did what it could have known to be wrong.
    Penalise(AccountId, &'static str),
}

/// An answer to a peer's request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Answer with this response, as it is.
    Response(Response),
    /// Answer with decided blocks from disk, from this height up, as many as fit, or say from where on they are kept.
    Blocks(Height),
    /// Answer with a proof from disk, or with a refusal if it is not there.
    Proof(ProofHash),
    /// Answer with the head of a snapshot.
    Snapshot(Arc<Kept>),
    /// Answer with handovers from disk, above this height, as many as fit.
    Handovers(Height),
    /// Answer with a chunk that a manifest of one of these states names, or with a refusal if it is of none.
    Chunk {
        /// The states that are kept.
        among: Vec<Arc<Kept>>,
        /// The manifest that names the chunk.
        manifest: ManifestHash,
        /// The number of the chunk in it, from 0.
        index: u32,
    },
}

/// An answer to a peer's request for a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobAnswer {
    /// Stream this recipe, or refuse if it is not on disk.
    Recipe(RecipeDigest),
    /// Stream salt and inputs of an own task.
    Inputs(InputsDigest),
    /// Refuse the request, with this reason.
    Refuse(Refusal),
}

/// Work that the host does outside the loop.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkEffect {
    /// Get an award's recipe: from disk, else from the requester.
    GetRecipe {
        /// The task of the award.
        task: TaskId,
        /// The requester, who serves it.
        from: AccountId,
        /// The recipe, by its digest.
        recipe: RecipeDigest,
        /// The length of the recipe, in bytes.
        len: u64,
        /// The time by which the recipe must be here; then the stream is given up.
        deadline: Timestamp,
        /// The least rate of a stream that is not given up before, bytes per second.
        rate_min: u64,
    },
    /// Build the circuit of an award.
    Build {
        /// The task of the award.
        task: TaskId,
        /// The recipe that the circuit is built from.
        recipe: RecipeDigest,
        /// The privacy level to build at.
        level: Level,
        /// The largest degree the circuit may have.
        degree_max: Degree,
    },
    /// Get an award's inputs: from disk, else from the requester.
    GetInputs {
        /// The task of the award.
        task: TaskId,
        /// The requester, who serves it.
        from: AccountId,
        /// The signed [`StartStatement`](dpgn_protocol::award::StartStatement) that is shown to the requester.
        start: Box<Unverified>,
        /// The bid's commitment to the inputs.
        inputs: InputsDigest,
        /// Bytes of salt and inputs together.
        len: u64,
        /// The time by which the inputs must be here; then the stream is given up.
        deadline: Timestamp,
        /// The least rate of a stream that is not given up before, bytes per second.
        rate_min: u64,
    },
    /// Make the proof of an award.
    Prove(Box<ProveOrder>),
    /// Stop all work for an award: what is fetched, built or proved for it. A simulation stops only the proof.
    StopProving(TaskId),
    /// Make the proof of an own task, by an own worker; ends in [`Done::ProvedLocally`](super::Done::ProvedLocally).
    ProveLocally(Box<LocalOrder>),
    /// Stop the proof that was begun last by `ProveLocally`; it still ends in its one input.
    StopLocal,
    /// Check whether a block may follow its parent; ends in [`CouncilInput::Checked`](super::CouncilInput::Checked).
    CheckBlock(Box<BlockOrder>),
    /// Write a delivered proof, so that it can be checked.
    Keep {
        /// The request that pushed the proof, to be answered afterwards; absent if the proof was asked for.
        token: Option<Token>,
        /// The prover whose proof it is.
        from: AccountId,
        /// The task that the proof is for.
        task: TaskId,
        /// The bytes of the proof.
        proof: Vec<u8>,
    },
    /// Check a delivered proof that is on disk.
    Judge(Box<CheckOrder>),
    /// Check what peers have sent of a snapshot; ends in [`Input::Snapshot`](super::Input::Snapshot).
    Snapshot(Box<SnapshotOrder>),
    /// Write and check the proof of an own task.
    Collect {
        /// The data that the proof is checked against.
        order: Box<CheckOrder>,
        /// The proof's bytes; absent if they are on disk already.
        proof: Option<Vec<u8>>,
    },
}

impl From<DiskEffect> for Effect {
    fn from(effect: DiskEffect) -> Self {
        Self::Disk(effect)
    }
}

impl From<ConsensusEffect> for Effect {
    fn from(effect: ConsensusEffect) -> Self {
        Self::Consensus(effect)
    }
}

impl From<PeerEffect> for Effect {
    fn from(effect: PeerEffect) -> Self {
        Self::Peer(effect)
    }
}

impl From<WorkEffect> for Effect {
    fn from(effect: WorkEffect) -> Self {
        Self::Work(effect)
    }
}

/// The result of an owner's command that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The bid is on its way.
    Submitted(TaskId),
    /// The op is on its way.
    Sent,
}

/// Why the owner's command was refused. Nothing was charged, nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The ledger would refuse the op.
    #[error("the ledger refuses: {0}")]
    Ledger(#[from] Refused),
    /// No block could be made now, with this op or without it.
    #[error("the ledger takes no block: {0}")]
    Block(#[from] BlockError),
    /// Too many own ops are under way.
    #[error("{0} ops of this account are under way: wait for them")]
    Busy(usize),
    /// No such task of this node's.
    #[error("task {0} is not one of this node's")]
    UnknownTask(TaskId),
    /// The op is larger than the protocol allows.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The node sells nothing, so it has no prices.
    #[error("this node is no prover")]
    NotAProver,
    /// The node has never declared a speed for a level that it is to sell.
    #[error("the speed at level {0} is not known: name its rows per second")]
    NoSpeed(Level),
    /// More levels are offered than an ask holds.
    #[error("more offers than an ask holds")]
    TooManyOffers,
}
