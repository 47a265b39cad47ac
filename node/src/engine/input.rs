//! What enters the engine. Whatever came from outside has been bounded, decoded and its signatures checked.

use super::{
    council_input::CouncilInput, record::BidDraft, snapshot_order::SnapshotChecked, stake_order::StakeOrder,
    workforce::Workforce,
};
use dpgn_protocol::{
    award::StartStatement,
    block::Decided,
    council::WordKind,
    finding::Finding,
    ids::{AccountId, CircuitId, ManifestHash, ProofHash, RecipeDigest, TaskId},
    ops::{DeclineReason, Offer, SignedOp},
    payout::PayeeAddress,
    sign::{Signed, Unverified},
    units::{Credits, Degree},
    wire::{Progress, ProofStage, Refusal, Request, Response},
};
use serde::{Deserialize, Serialize};

/// Names a question from outside, for its one answer. Made by the runtime.
pub type Token = u64;

/// An input of the engine.
#[derive(Clone, Debug)]
pub enum Input {
    /// Tells the engine that time has passed.
    Tick,
    /// Ops from gossip, their signatures checked.
    Ops(Vec<SignedOp>),
    /// A decided block that a peer has sent, with its ops in order; the certificate is still to be checked.
    Decided {
        /// The peer that sent it.
        from: AccountId,
        /// The block and its certificate.
        decided: Box<Decided>,
        /// The ops of the block, their signatures checked.
        ops: Vec<SignedOp>,
    },
    /// A prover's word on how far it is.
    Progress(Signed<Progress>),
    /// A peer has connected.
    PeerUp(AccountId),
    /// A peer has disconnected.
    PeerDown(AccountId),
    /// A peer sends a request.
    Asked {
        /// The peer that asks.
        from: AccountId,
        /// The token that the answer names.
        token: Token,
        /// The question of the peer.
        request: Request,
    },
    /// A peer asks for a recipe.
    RecipeAsked {
        /// The token that the answer names.
        token: Token,
        /// The recipe that is asked for.
        recipe: RecipeDigest,
    },
    /// A peer asks for the inputs of a task.
    InputsAsked {
        /// The peer that asks.
        from: AccountId,
        /// The token that the answer names.
        token: Token,
        /// The task whose inputs are asked for.
        task: TaskId,
        /// The word that the peer shows: that it begins on its award.
        start: Box<Signed<StartStatement>>,
    },
    /// A peer answered, or did not.
    Answered {
        /// The question that is answered.
        call: Call,
        /// The answer, or why there is none.
        result: Result<Response, CallError>,
    },
    /// Work outside the loop is done.
    Done(Done),
    /// What peers have sent of a snapshot is checked.
    Snapshot(Box<SnapshotChecked>),
    /// Something about the height that is being decided.
    Council(CouncilInput),
    /// Agents prove for this node from now on; none if its own workers do.
    Workforce(Option<Workforce>),
    /// The node's owner wants something.
    Command {
        /// The token that the answer names.
        token: Token,
        /// The command of the owner.
        command: Command,
    },
}

/// A question to a peer, as the engine remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Asks the peer for its height.
    Head(AccountId),
    /// Asks the peer for blocks.
    Blocks(AccountId),
    /// Asks the peer for the head of its newest snapshot.
    Snapshot(AccountId),
    /// Asks the peer for handovers between committees.
    Handovers(AccountId),
    /// Asks a peer for a chunk of a snapshot.
    Chunk {
        /// The peer that was asked.
        from: AccountId,
        /// The manifest that names the chunk.
        manifest: ManifestHash,
        /// The number of the chunk in it, from 0.
        index: u32,
    },
    /// Pushes a proof of ours to this coordinator.
    Push {
        /// The task that the proof is for.
        task: TaskId,
        /// The coordinator it is pushed to.
        to: AccountId,
    },
    /// Asks for a delivered proof, to be judged.
    Judge {
        /// The task that the proof is for.
        task: TaskId,
        /// The proof, by its hash.
        proof: ProofHash,
        /// The peer that was asked.
        from: AccountId,
    },
    /// Asks for the proof of a task of ours.
    Collect {
        /// The task that the proof is for.
        task: TaskId,
        /// The proof, by its hash.
        proof: ProofHash,
        /// The peer that was asked.
        from: AccountId,
    },
}

impl Call {
    /// The task it is about, if it is about one.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::Head(_) | Self::Blocks(_) | Self::Snapshot(_) | Self::Handovers(_) | Self::Chunk { .. } => None,
            Self::Push { task, .. } | Self::Judge { task, .. } | Self::Collect { task, .. } => Some(*task),
        }
    }
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The peer could not be reached, or did not answer in time.
    #[error("no answer")]
    Unreachable,
    /// The peer refused, with this reason.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The answer is malformed, or not one to this question.
    #[error("a malformed answer")]
    Malformed,
}

/// The result of work outside the loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// The recipe of an award is here, or isn't.
    Recipe(TaskId, Result<(), JobError>),
    /// The circuit of an award is built, or isn't.
    Built(TaskId, Result<CircuitId, JobError>),
    /// The inputs of an award are here, or aren't.
    Inputs(TaskId, Result<(), JobError>),
    /// A worker reports how far its proof is.
    Proving {
        /// The task of the award.
        task: TaskId,
        /// The stage that the proof is at.
        proof_stage: ProofStage,
        /// The part of the whole proof that is done, in thousandths.
        permille: u16,
    },
    /// A proof is on disk, or proving failed.
    Proved(TaskId, Result<(ProofHash, u32), JobError>),
    /// A worker reports how far the proof is that is made for this node itself.
    ProvingLocally {
        /// The task, one of this node's own.
        task: TaskId,
        /// The stage that the proof is at.
        proof_stage: ProofStage,
        /// The part of the whole proof that is done, in thousandths.
        permille: u16,
    },
    /// A proof for this node itself is on disk, or proving failed: its worker is gone.
    ProvedLocally(TaskId, Result<ProofHash, JobError>),
    /// A delivered proof is on disk, or could not be written.
    Kept {
        /// The task that the proof is for.
        task: TaskId,
        /// The prover whose proof it is.
        from: AccountId,
        /// The proof, by its hash.
        proof: ProofHash,
        /// The request that pushed the proof and waits for an answer, if one did.
        token: Option<Token>,
        /// Whether the proof is on disk.
        is_on_disk: bool,
    },
    /// A delivered proof was looked for on disk and checked.
    Judged {
        /// The task that the proof is for.
        task: TaskId,
        /// The proof, by its hash.
        proof: ProofHash,
        /// The result of looking and checking.
        check: Check,
    },
    /// The proof of an own task was looked for on disk and checked by this node itself.
    Collected {
        /// The task, one of this node's own.
        task: TaskId,
        /// The result of looking and checking.
        check: Check,
    },
}

/// The result of checking a proof that should be on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The proof was checked, with this finding.
    Found(Finding),
    /// The proof is not on disk.
    Absent,
    /// The check could not be finished, which says nothing about the proof.
    Unfinished,
}

/// Why a step towards a proof failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// The peer could not be reached or broke off: worth another try.
    #[error("the requester cannot be reached")]
    Unreachable,
    /// The peer refuses to serve it.
    #[error("the requester refuses")]
    Refused,
    /// The requester has no place for our stream now. It keeps places for those it has work with: time mends this.
    #[error("the requester is busy")]
    RequesterBusy,
    /// The peer speaks another version than we do: it may well have what we ask for.
    #[error("the requester speaks another version")]
    OtherVersion,
    /// The bytes that came are not those that were promised.
    #[error("what the requester sent is not what it promised")]
    Wrong,
    /// The inputs do not satisfy circuit and statement.
    #[error("the inputs do not satisfy the circuit and the statement")]
    Unsatisfied,
    /// Our own worker died or ran out of memory or time.
    #[error("the worker failed")]
    Worker,
    /// Our disk has no room for what came, or would come, from the requester, or our workers' memory none for its circuit.
    #[error("no room on this node's disk or in its workers' memory")]
    NoRoom,
    /// All our workers have enough to do.
    #[error("all workers are busy")]
    Busy,
    /// This node stopped the work itself.
    #[error("cancelled")]
    Cancelled,
}

impl JobError {
    /// The reason to tell the ledger when this ends a job at getting or building the recipe.
    pub(crate) fn at_recipe(self) -> DeclineReason {
        match self {
            Self::Unreachable | Self::Refused | Self::RequesterBusy => DeclineReason::NoRecipe,
            Self::Wrong | Self::Unsatisfied => DeclineReason::WrongRecipe,
            Self::OtherVersion | Self::Worker | Self::NoRoom | Self::Busy | Self::Cancelled => DeclineReason::Unable,
        }
    }

    /// The reason to tell the ledger when this ends a job at getting or proving the inputs.
    pub(crate) fn at_inputs(self) -> DeclineReason {
        match self {
            Self::Unreachable | Self::Refused | Self::RequesterBusy => DeclineReason::NoInputs,
            Self::Wrong => DeclineReason::WrongInputs,
            Self::Unsatisfied => DeclineReason::Unsatisfied,
            Self::OtherVersion | Self::Worker | Self::NoRoom | Self::Busy | Self::Cancelled => DeclineReason::Unable,
        }
    }
}

/// A command of the node's owner.
#[derive(Clone, Debug)]
pub enum Command {
    /// Buy the proof that this draft describes.
    Submit(Box<BidDraft>),
    /// Take the bid of a task back.
    Cancel(TaskId),
    /// Pay credits to an account.
    Transfer {
        /// The account that is paid.
        to: AccountId,
        /// The amount that is paid, in micro-credits.
        amount: Credits,
    },
    /// Name the address that the account's payouts are for.
    Payee(PayeeAddress),
    /// Sell at these prices from now on.
    Sell(Prices),
    /// Take no new awards until the next start, and finish what is held.
    Drain,
    /// Bond, vote, or take one of them back.
    Stake(StakeOrder),
    /// Bring evidence that somebody has signed two words where one is allowed, which burns its bond.
    Accuse {
        /// The kind of both words.
        kind: WordKind,
        /// One of the words.
        first: Unverified,
        /// The other one.
        second: Unverified,
    },
}

/// The prices of a prover, as its owner changes them while the node runs. Amounts are in micro-credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The part of every price that does not grow with the work.
    pub flat: Credits,
    /// The most collateral for one award.
    pub collateral_max: Credits,
    /// The largest circuit that is taken, as the base-2 logarithm of its padded rows.
    pub degree_max: Degree,
    /// The levels that are sold; a speed of 0 means the one that the node declares now.
    pub offers: Vec<Offer>,
}
