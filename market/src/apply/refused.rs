//! Refusals: why an op is not applied, with the numbers a reader needs.

use crate::{
    rules::eligibility::Ineligible,
    state::{nonces::NonceError, step::IllegalStep},
};
use dpgn_protocol::{
    award::AwardId,
    council::NoEvidence,
    ids::{AccountId, CircuitId, TaskId},
    refusal::RefusalCode,
    sign::SignError,
    units::{Credits, Epoch, Height, Level, Timestamp},
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
    #[error("a transfer to oneself, or a vote for oneself")]
    ToOneself,

    /// The task is unknown or has ended.
    #[error("task {0} is unknown or has ended")]
    UnknownTask(TaskId),
    /// The task is another requester's.
    #[error("task {task} is not of account {account}")]
    NotTheRequester { task: TaskId, account: AccountId },
    /// The award is another prover's, or is not the live one.
    #[error("award {award} is not held by {account}")]
    NotAwarded { award: AwardId, account: AccountId },
    /// The award has been started: nothing to do.
    #[error("the start of award {0} is known")]
    StartKnown(AwardId),
    /// The prover's word is not about this award, or is not its prover's.
    #[error("the statement of {signer} does not start award {award}")]
    StatementElsewhere { award: AwardId, signer: AccountId },
    /// The signature or the encoding of a prover's word is bad.
    #[error("statement: {0}")]
    Statement(#[from] SignError),
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
    #[error("award {award} takes no late proof of {account}")]
    NotLate { award: AwardId, account: AccountId },

    /// The task has no sealed round, or one whose phase does not allow it.
    #[error("the sealed round of task {task} is {phase} and takes no {what}")]
    Round { task: TaskId, phase: &'static str, what: &'static str },
    /// The prover has no standing ask that can serve the bid, and so nothing to seal.
    #[error("{prover} cannot serve this bid: {why}")]
    Unfit { prover: AccountId, why: Ineligible },
    /// The prover has sealed an ask for this task already.
    #[error("{account} has sealed an ask for task {task} already")]
    SealKnown { task: TaskId, account: AccountId },
    /// The prover has sealed nothing that this price and this salt open, or has opened it already.
    #[error("{account} has sealed no ask for task {task} that this price and this salt open")]
    WrongOpening { task: TaskId, account: AccountId },

    /// No challenge could be made of this circuit now: the genesis does not list it, it is not registered, its shelf has no
    /// going rate, or this network has no challenges.
    #[error("there are no challenges of circuit {0} now")]
    NoChallenge(CircuitId),
    /// Challenges are for those who have no name, and give no more than a part of one.
    #[error("{prover} has a reputation of weight {weight}, {given} of it by challenges: it needs none")]
    NeedsNoChallenge { prover: AccountId, weight: Credits, given: Credits },
    /// A guarantor takes part in a draw once, whoever it guarantees for.
    #[error("{guarantor} has put up the collateral of a ticket already, that of {prover}")]
    TicketKnown { guarantor: AccountId, prover: AccountId },

    /// The account has no bond, or one that is smaller than a candidate's must be.
    #[error("account {account} has a bond of {bond}, a candidate's is {min} at least")]
    NotACandidate { account: AccountId, bond: Credits, min: Credits },
    /// A candidate stands for election once in an epoch.
    #[error("account {account} stands for election at the end of epoch {epoch} already")]
    StandsAlready { account: AccountId, epoch: Epoch },
    /// Less is locked than is to be taken back.
    #[error("{locked} are locked on {candidate}, {required} are to be taken back")]
    NotLocked { candidate: AccountId, locked: Credits, required: Credits },
    /// The two words may both be honest, or are not both of the account.
    #[error("no evidence: {0}")]
    NoEvidence(#[from] NoEvidence),
    /// The account has no bond, nor any that is being unlocked: nothing could be burned.
    #[error("account {0} has nothing at stake")]
    NothingAtStake(AccountId),
    /// What was at stake at that height may be free by now.
    #[error("the evidence is of height {height}, and counts above {floor}")]
    EvidenceOld { height: Height, floor: Height },
    /// The account has lost its bond at or above that height: one bond is burned once.
    #[error("account {account} was slashed at height {slashed}, the evidence is of height {height}")]
    SlashedSince { account: AccountId, slashed: Height, height: Height },

    /// The account is no member of the committee, and only members judge.
    #[error("account {0} is not in the committee")]
    NotInCommittee(AccountId),
    /// None of the findings is about a delivery that waits for it.
    #[error("no delivery waits for these findings of {0}")]
    NothingJudged(AccountId),
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
            | Self::Round { .. }
            | Self::Unfit { .. }
            | Self::NoChallenge(_)
            | Self::TicketKnown { .. }
            | Self::NotACandidate { .. }
            | Self::StandsAlready { .. }
            | Self::NotLocked { .. }
            | Self::NotInCommittee(_)
            | Self::NothingJudged(_) => true,
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
            | Self::StartKnown(_)
            | Self::Statement(_)
            | Self::SealKnown { .. }
            | Self::WrongOpening { .. }
            | Self::NeedsNoChallenge { .. }
            | Self::NoEvidence(_)
            | Self::NothingAtStake(_)
            | Self::EvidenceOld { .. }
            | Self::SlashedSince { .. }
            | Self::StatementElsewhere { .. } => false,
        }
    }

    /// Whether somebody else, or an earlier block, has done what the op was for.
    pub(crate) const fn is_too_late(&self) -> bool {
        matches!(self, Self::StartKnown(_) | Self::NothingJudged(_))
    }

    /// The code of the refusal, as an outcome holds it.
    pub const fn code(&self) -> RefusalCode {
        match self {
            Self::NotActive { .. } => RefusalCode::NotActive,
            Self::NonceOld { .. } => RefusalCode::NonceOld,
            Self::NonceUsed { .. } => RefusalCode::NonceUsed,
            Self::NonceTooFar { .. } => RefusalCode::NonceTooFar,
            Self::Expired { .. } => RefusalCode::Expired,
            Self::LivesTooLong { .. } => RefusalCode::LivesTooLong,
            Self::InsufficientFunds { .. } => RefusalCode::InsufficientFunds,
            Self::Full { .. } => RefusalCode::Full,
            Self::NoRoom => RefusalCode::NoRoom,
            Self::VerifierData(_) => RefusalCode::VerifierData,
            Self::CircuitKnown(_) => RefusalCode::CircuitKnown,
            Self::UnknownCircuit(_) => RefusalCode::UnknownCircuit,
            Self::LevelMismatch { .. } => RefusalCode::LevelMismatch,
            Self::AliasUsed(_) => RefusalCode::AliasUsed,
            Self::OutOfRange { .. } => RefusalCode::OutOfRange,
            Self::OfferTwice(_) => RefusalCode::OfferTwice,
            Self::ToOneself => RefusalCode::ToOneself,
            Self::UnknownTask(_) => RefusalCode::UnknownTask,
            Self::NotTheRequester { .. } => RefusalCode::NotTheRequester,
            Self::NotTheGuarantor { .. } => RefusalCode::NotTheGuarantor,
            Self::NotAwarded { .. } => RefusalCode::NotAwarded,
            Self::Step(_) => RefusalCode::Step,
            Self::NothingStarted(_) => RefusalCode::NothingStarted,
            Self::AliveTooSoon { .. } => RefusalCode::AliveTooSoon,
            Self::ProofLength { .. } => RefusalCode::ProofLength,
            Self::LateProof(_) => RefusalCode::LateProof,
            Self::NotLate { .. } => RefusalCode::NotLate,
            Self::NotInCommittee(_) => RefusalCode::NotInCommittee,
            Self::Statement(_) => RefusalCode::Statement,
            Self::StatementElsewhere { .. } => RefusalCode::StatementElsewhere,
            Self::StartKnown(_) => RefusalCode::StartKnown,
            Self::NothingJudged(_) => RefusalCode::NothingJudged,
            Self::Round { .. } => RefusalCode::Round,
            Self::Unfit { .. } => RefusalCode::Unfit,
            Self::SealKnown { .. } => RefusalCode::SealKnown,
            Self::WrongOpening { .. } => RefusalCode::WrongOpening,
            Self::NoChallenge(_) => RefusalCode::NoChallenge,
            Self::NeedsNoChallenge { .. } => RefusalCode::NeedsNoChallenge,
            Self::TicketKnown { .. } => RefusalCode::TicketKnown,
            Self::NotACandidate { .. } => RefusalCode::NotACandidate,
            Self::StandsAlready { .. } => RefusalCode::StandsAlready,
            Self::NotLocked { .. } => RefusalCode::NotLocked,
            Self::NoEvidence(_) => RefusalCode::NoEvidence,
            Self::NothingAtStake(_) => RefusalCode::NothingAtStake,
            Self::EvidenceOld { .. } => RefusalCode::EvidenceOld,
            Self::SlashedSince { .. } => RefusalCode::SlashedSince,
        }
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
