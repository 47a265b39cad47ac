//! What leaves the engine, for the runtime to carry out in this order.

use super::{
    input::{Call, Token},
    notice::Notice,
    record::{JobRecord, TaskRecord},
};
use dpgn_protocol::{
    block::{Block, Decided},
    committee::Committee,
    ids::{AccountId, CircuitId, InputsDigest, ProofHash, PublicInputsDigest, RecipeDigest, TaskId},
    ops::{RawOp, SignedOp},
    sign::Signed,
    units::{Degree, Height, Level},
    verdict::Verdict,
    wire::{Progress, Refusal, Request, Response},
};
use std::collections::BTreeSet;

/// What the runtime must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Put a decided block on disk, with a snapshot of the ledger if there is one; durable before what follows.
    Commit {
        /// The block.
        decided: Box<Decided>,
        /// The ledger after it.
        snapshot: Option<Vec<u8>>,
        /// What it did to own tasks.
        tasks: Vec<TaskRecord>,
    },
    /// Keep what is known of a task of ours; durable before what follows.
    SaveTask(Box<TaskRecord>),
    /// Keep what is known of an award of ours; durable before what follows.
    SaveJob(Box<JobRecord>),
    /// An award of ours is over: forget it, and wipe its inputs.
    ForgetJob(TaskId),

    /// Forget proofs and recipes but these, unless they have only just come.
    Sweep {
        /// Proofs that some task needs.
        proofs: BTreeSet<ProofHash>,
        /// Recipes that some task needs.
        recipes: BTreeSet<RecipeDigest>,
    },

    /// The height below is applied: let consensus decide this one.
    StartHeight(Height, Committee),
    /// A block for the height consensus asked for.
    Propose(Box<Block>),

    /// Spread ops.
    GossipOps(Vec<RawOp>),
    /// Spread a decided block.
    GossipDecided(Box<Decided>),
    /// Spread a finding.
    GossipVerdict(Box<Signed<Verdict>>),
    /// Spread how far we are.
    GossipProgress(Box<Signed<Progress>>),
    /// Ask a peer.
    Ask {
        /// Whom.
        to: AccountId,
        /// For the answer.
        call: Call,
        /// What.
        request: Request,
    },
    /// Hand a proof of ours, by its hash, to a coordinator.
    PushProof {
        /// Whom.
        to: AccountId,
        /// For which task.
        task: TaskId,
        /// Which.
        proof: ProofHash,
    },
    /// Answer a peer.
    Answer(Token, Response),
    /// Answer a peer with decided blocks from this height up, as many as fit.
    AnswerBlocks(Token, Height),
    /// Answer a peer with a proof from disk, if it is there.
    AnswerProof(Token, ProofHash),
    /// Keep a proof that a peer pushed, and tell the peer.
    KeepProof {
        /// For the answer.
        token: Token,
        /// Who pushed it.
        from: AccountId,
        /// For which task.
        task: TaskId,
        /// Its bytes.
        proof: Vec<u8>,
    },
    /// Stream a recipe, if it is there.
    ServeRecipe(Token, RecipeDigest),
    /// Stream salt and inputs of a task of ours.
    ServeInputs(Token, InputsDigest),
    /// A task of ours is over: wipe its salt and inputs.
    ForgetInputs(InputsDigest),
    /// Refuse a blob.
    RefuseBlob(Token, Refusal),
    /// A peer broke the rules.
    Penalise(AccountId, &'static str),

    /// Get an award's recipe: from disk, else from the requester.
    GetRecipe {
        /// For which award.
        task: TaskId,
        /// From whom.
        from: AccountId,
        /// Which.
        recipe: RecipeDigest,
        /// Its bytes.
        len: u64,
    },
    /// Build an award's circuit.
    Build {
        /// For which award.
        task: TaskId,
        /// From what.
        recipe: RecipeDigest,
        /// At which level.
        level: Level,
        /// How large it may become.
        degree_max: Degree,
    },
    /// Get an award's inputs: from disk, else from the requester.
    GetInputs {
        /// For which award.
        task: TaskId,
        /// From whom.
        from: AccountId,
        /// The op to show.
        start: Box<SignedOp>,
        /// Which.
        inputs: InputsDigest,
        /// Their bytes, salt included.
        len: u64,
    },
    /// Prove.
    Prove(Box<ProveOrder>),
    /// Stop proving.
    StopProving(TaskId),
    /// Check a delivered proof, by its hash.
    Judge(Box<CheckOrder>),
    /// Keep and check the proof of a task of ours.
    Collect {
        /// What to check it against.
        order: Box<CheckOrder>,
        /// Its bytes; from disk if this node has them already.
        proof: Option<Vec<u8>>,
    },

    /// Answer the owner.
    Reply(Token, Result<Accepted, Rejected>),
    /// Tell whoever listens.
    Notify(Notice),
    /// The replica cannot go on: stop the node and say why.
    Halt(String),
}

/// All there is to know to prove an award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProveOrder {
    /// Which award.
    pub task: TaskId,
    /// Who proves: part of the tag.
    pub prover: AccountId,
    /// Who bought: the inputs are this node's own if it is this node.
    pub requester: AccountId,
    /// What the circuit is built from.
    pub recipe: RecipeDigest,
    /// The circuit.
    pub circuit: CircuitId,
    /// At which level.
    pub level: Level,
    /// How large it is.
    pub degree: Degree,
    /// What the inputs must hash to.
    pub inputs: InputsDigest,
    /// What the public inputs must hash to.
    pub statement: PublicInputsDigest,
}

/// All there is to know to check a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOrder {
    /// For which task.
    pub task: TaskId,
    /// By whom: part of the tag.
    pub prover: AccountId,
    /// Which proof.
    pub proof: ProofHash,
    /// Of which circuit.
    pub circuit: CircuitId,
    /// What checks it.
    pub verifier_data: Vec<u8>,
    /// What the public inputs must hash to.
    pub statement: PublicInputsDigest,
}

/// What the owner's command led to.
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
    /// The ledger would refuse it.
    #[error("the ledger refuses: {0}")]
    Ledger(String),
    /// Too many own ops are under way.
    #[error("{0} ops of this account are under way: wait for them")]
    Busy(usize),
    /// No such task of this node's.
    #[error("task {0} is not one of this node's")]
    UnknownTask(TaskId),
    /// The op is larger than the protocol allows.
    #[error(transparent)]
    Encode(#[from] dpgn_protocol::codec::EncodeError),
}
