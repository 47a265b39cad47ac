//! What enters the engine. Whatever came from outside has been bounded, decoded and its signatures checked.

use super::record::Draft;
use dpgn_protocol::{
    block::Decided,
    ids::{AccountId, CircuitId, ProofHash, RecipeDigest, TaskId},
    ops::{DeclineReason, SignedOp},
    sign::Signed,
    units::{Credits, Height},
    verdict::{Finding, Verdict},
    wire::{Progress, ProofStage, Refusal, Request, Response},
};

/// Names a question from outside, for its one answer. Made by the runtime.
pub type Token = u64;

/// What enters the engine.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time has passed.
    Tick,
    /// Signed ops from gossip.
    Ops(Vec<SignedOp>),
    /// A decided block, with its ops in order; the certificate is still to be checked.
    Decided {
        /// Who sent it; nobody if it was decided here.
        from: Option<AccountId>,
        /// The block and its certificate.
        decided: Box<Decided>,
        /// Its ops, signatures checked.
        ops: Vec<SignedOp>,
    },
    /// A coordinator's finding.
    Verdict(Signed<Verdict>),
    /// A prover's word on how far it is.
    Progress(Signed<Progress>),
    /// A peer is connected.
    PeerUp(AccountId),
    /// A peer is gone.
    PeerDown(AccountId),
    /// A peer asks something.
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
        /// The op it shows.
        start: Box<SignedOp>,
    },
    /// A peer answered, or did not.
    Answered {
        /// What was asked.
        call: Call,
        /// The answer, or why there is none.
        result: Result<Response, CallError>,
    },
    /// Work outside the loop is done.
    Done(Done),
    /// It is this node's turn to propose at this height.
    Turn(Height),
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
    /// How high is this peer?
    Head(AccountId),
    /// Blocks, from this peer.
    Blocks(AccountId),
    /// A proof of ours, to this coordinator.
    Push {
        /// The task that the proof is for.
        task: TaskId,
        /// The coordinator it is pushed to.
        to: AccountId,
    },
    /// A delivered proof, to be judged.
    Judge {
        /// The task that the proof is for.
        task: TaskId,
        /// The proof, by its hash.
        proof: ProofHash,
        /// The peer that was asked.
        from: AccountId,
    },
    /// The proof of a task of ours.
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
            Self::Head(_) | Self::Blocks(_) => None,
            Self::Push { task, .. } | Self::Judge { task, .. } | Self::Collect { task, .. } => Some(*task),
        }
    }
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The peer could not be reached, or did not answer in time.
    #[error("no answer")]
    Unreachable,
    /// It said no.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// What came makes no sense.
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
    /// Proving goes on.
    Proving {
        /// The task of the award.
        task: TaskId,
        /// What it is at.
        step: ProofStage,
        /// How far the whole is.
        permille: u16,
    },
    /// A proof is on disk, or proving failed.
    Proved(TaskId, Result<(ProofHash, u32), JobError>),
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
        /// What came of it.
        check: Check,
    },
    /// The proof of an own task was looked for on disk and checked by this node itself.
    Collected {
        /// The own task.
        task: TaskId,
        /// What came of it.
        check: Check,
    },
}

/// What came of checking a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The proof was checked.
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
    /// The peer says no.
    #[error("the requester refuses")]
    Refused,
    /// What came is not what was promised.
    #[error("what the requester sent is not what it promised")]
    Wrong,
    /// The inputs do not satisfy circuit and statement.
    #[error("the inputs do not satisfy the circuit and the statement")]
    Unsatisfied,
    /// Our own worker died or ran out of memory or time.
    #[error("the worker failed")]
    Worker,
    /// All our workers have enough to do.
    #[error("all workers are busy")]
    Busy,
    /// We stopped it.
    #[error("cancelled")]
    Cancelled,
}

impl JobError {
    /// What to tell the ledger when this ends a job at getting or building the recipe.
    pub(super) fn at_recipe(self) -> DeclineReason {
        match self {
            Self::Unreachable | Self::Refused => DeclineReason::NoRecipe,
            Self::Wrong | Self::Unsatisfied => DeclineReason::WrongRecipe,
            Self::Worker | Self::Busy | Self::Cancelled => DeclineReason::Unable,
        }
    }

    /// What to tell the ledger when this ends a job at getting or proving the inputs.
    pub(super) fn at_inputs(self) -> DeclineReason {
        match self {
            Self::Unreachable | Self::Refused => DeclineReason::NoInputs,
            Self::Wrong => DeclineReason::WrongInputs,
            Self::Unsatisfied => DeclineReason::Unsatisfied,
            Self::Worker | Self::Busy | Self::Cancelled => DeclineReason::Unable,
        }
    }
}

/// What the node's owner wants.
#[derive(Clone, Debug)]
pub enum Command {
    /// Buy a proof.
    Submit(Box<Draft>),
    /// Take a bid back.
    Cancel(TaskId),
    /// Pay credits to an account.
    Transfer {
        /// The account that is paid.
        to: AccountId,
        /// The amount, in micro-credits.
        amount: Credits,
    },
}
