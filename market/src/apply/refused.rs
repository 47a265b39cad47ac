//! Refusals: why an op is not applied, with the numbers a reader needs.

use crate::state::{nonces::NonceError, task::IllegalStep};
use dpgn_protocol::{
    bounded::Text,
    ids::{AccountId, CircuitId, TaskId},
    sign::SignError,
    units::{Credits, Level, Timestamp},
    verifier_data::VerifierDataError,
};
use uuid::Uuid;

/// Why an op is not applied. Nothing has been changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are the numbers that the message names")]
pub enum Refused {
    /// A later version of the protocol, or another network, knows what to do with it.
    #[error("{what} is not active on this network yet")]
    NotActive { what: &'static str },

    /// The nonce is below the account's window: it was used, or given up.
    #[error("nonce {nonce} is below {base}, the first of the account's window")]
    NonceOld { nonce: u64, base: u64 },
    /// Another op had this nonce.
    #[error("nonce {nonce} has been used")]
    NonceUsed { nonce: u64 },
    /// The nonce is above the account's window.
    #[error("nonce {nonce} is too far ahead: the account's window is {base} to {last}")]
    NonceTooFar { nonce: u64, base: u64, last: u64 },
    /// The op's life is over.
    #[error("expired at {expires}, it is {now}")]
    Expired { expires: Timestamp, now: Timestamp },
    /// The op would live longer than an op may.
    #[error("expires at {expires}, {latest} is the latest allowed")]
    LivesTooLong { expires: Timestamp, latest: Timestamp },
    /// The account does not have the credits that the op needs.
    #[error("account {account} has {available} credits, {required} are required")]
    InsufficientFunds { account: AccountId, available: Credits, required: Credits },
    /// A limit of the ledger is reached.
    #[error("{what} are full: {max} is the limit")]
    Full { what: &'static str, max: u64 },
    /// The block has no room left for the op.
    #[error("no room in this block")]
    NoRoom,

    /// The verifier data are not of a circuit that this network verifies.
    #[error("verifier data: {0}")]
    VerifierData(#[from] VerifierDataError),
    /// The circuit has been registered before: nothing to do.
    #[error("circuit {0} is registered already")]
    CircuitKnown(CircuitId),
    /// The circuit has not been registered.
    #[error("circuit {0} is not registered")]
    UnknownCircuit(CircuitId),
    /// The bid says one level, the circuit is of another.
    #[error("the bid says privacy level {bid}, the circuit is of level {circuit}")]
    LevelMismatch { bid: Level, circuit: Level },
    /// The requester has a task by this name.
    #[error("task id {0} has been used by this account")]
    AliasUsed(Uuid),
    /// A number in the order is outside its range.
    #[error("{what} is {min} to {max}; got {got}")]
    OutOfRange { what: &'static str, got: u64, min: u64, max: u64 },
    /// The ask makes two offers for one level.
    #[error("two offers for level {0}")]
    OfferTwice(Level),
    /// The account guarantees no standing ask of this prover.
    #[error("account {account} guarantees no standing ask of {prover}")]
    NotTheGuarantor { prover: AccountId, account: AccountId },
    /// The transfer goes to its own signer, and would do nothing.
    #[error("a transfer to oneself")]
    ToOneself,

    /// The task is unknown or has ended.
    #[error("task {0} is unknown or has ended")]
    UnknownTask(TaskId),
    /// The task is another requester's.
    #[error("task {task} is not of account {account}")]
    NotTheRequester { task: TaskId, account: AccountId },
    /// The task is not awarded to this prover.
    #[error("task {task} is not awarded to {account}")]
    NotAwarded { task: TaskId, account: AccountId },
    /// The task's stage does not allow it.
    #[error(transparent)]
    Step(#[from] IllegalStep),
    /// The account has no started award that `Alive` could keep.
    #[error("account {0} has no started award")]
    NothingStarted(AccountId),
    /// The account said `Alive` more often than it can be of use.
    #[error("the next sign of life is due after {next}, it is {now}")]
    AliveTooSoon { next: Timestamp, now: Timestamp },
    /// A proof of this circuit has another length.
    #[error("a proof of this circuit has {expected} bytes, announced are {got}")]
    ProofLength { got: u32, expected: u32 },
    /// A proof has been delivered, if late: it is judged before the task can be taken back.
    #[error("task {0} has a late proof that waits to be judged")]
    LateProof(TaskId),
    /// A late proof has been kept already, or the prover is not owed a second chance.
    #[error("task {task} takes no late proof of {account}")]
    NotLate { task: TaskId, account: AccountId },

    /// The account is no member of the committee, and only members settle.
    #[error("account {0} is not in the committee")]
    NotInCommittee(AccountId),
    /// A verdict's signature or encoding is bad.
    #[error("verdict: {0}")]
    Verdict(#[from] SignError),
    /// A verdict is about something else, or is the second of its signer.
    #[error("the verdict of {0} does not count: another delivery, or its second")]
    VerdictElsewhere(AccountId),
    /// The verdicts do not have enough voting power to decide.
    #[error(
        "of a voting power of {total}, {valid} found the proof valid and {invalid} not: more than two thirds decide"
    )]
    Undecided { valid: u64, invalid: u64, total: u64 },
}

impl Refused {
    /// Whether the same op may be applied in a later block: a mempool keeps it instead of dropping it.
    pub fn may_pass_later(&self) -> bool {
        match self {
            Self::NonceTooFar { .. }
            | Self::InsufficientFunds { .. }
            | Self::Full { .. }
            | Self::NoRoom
            | Self::UnknownCircuit(_)
            | Self::UnknownTask(_)
            | Self::NotAwarded { .. }
            | Self::Step(_)
            | Self::NothingStarted(_)
            | Self::LateProof(_)
            | Self::AliveTooSoon { .. }
            | Self::NotInCommittee(_) => true,
            Self::NotActive { .. }
            | Self::NonceOld { .. }
            | Self::NonceUsed { .. }
            | Self::Expired { .. }
            | Self::LivesTooLong { .. }
            | Self::VerifierData(_)
            | Self::CircuitKnown(_)
            | Self::LevelMismatch { .. }
            | Self::AliasUsed(_)
            | Self::OutOfRange { .. }
            | Self::OfferTwice(_)
            | Self::ToOneself
            | Self::NotTheGuarantor { .. }
            | Self::NotTheRequester { .. }
            | Self::ProofLength { .. }
            | Self::NotLate { .. }
            | Self::Verdict(_)
            | Self::VerdictElsewhere(_)
            | Self::Undecided { .. } => false,
        }
    }

    /// The refusal as text for an outcome, cut to its limit.
    pub(crate) fn text(&self) -> Text<160> {
        let text: String = self.to_string().chars().filter(|c| (' '..='~').contains(c)).take(160).collect();
        Text::new(text).unwrap_or_default()
    }
}

impl From<NonceError> for Refused {
    fn from(error: NonceError) -> Self {
        match error {
            NonceError::Old { nonce, base } => Self::NonceOld { nonce, base },
            NonceError::Used { nonce } => Self::NonceUsed { nonce },
            NonceError::TooFar { nonce, base, last } => Self::NonceTooFar { nonce, base, last },
        }
    }
}
