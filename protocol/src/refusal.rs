//! Refusals as blocks hold them: codes. The text is made where people read it.

use serde::{Deserialize, Serialize};

/// Why an op in a block was not applied. A variant's place is its number on the wire: new ones come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error)]
pub enum RefusalCode {
    /// A later version of the protocol, or another network, knows what to do with it.
    #[error("a later version of the protocol, or another network, knows what to do with it")]
    NotActive,
    /// The nonce is below the account's window.
    #[error("the nonce is below the account's window")]
    NonceOld,
    /// The nonce has been used.
    #[error("the nonce has been used")]
    NonceUsed,
    /// The nonce is too far ahead of the account's window.
    #[error("the nonce is too far ahead of the account's window")]
    NonceTooFar,
    /// The op's life is over.
    #[error("the op's life is over")]
    Expired,
    /// The op would live longer than an op may.
    #[error("the op would live longer than an op may")]
    LivesTooLong,
    /// The account does not have the credits that the op needs.
    #[error("the account does not have the credits that the op needs")]
    InsufficientFunds,
    /// A limit of the ledger is reached.
    #[error("a limit of the ledger is reached")]
    Full,
    /// The block has no room left for the op.
    #[error("the block has no room left for the op")]
    NoRoom,
    /// The verifier data are not of a circuit that this network verifies.
    #[error("the verifier data are not of a circuit that this network verifies")]
    VerifierData,
    /// The circuit is registered already.
    #[error("the circuit is registered already")]
    CircuitKnown,
    /// The circuit is not registered.
    #[error("the circuit is not registered")]
    UnknownCircuit,
    /// The bid and its circuit are of two privacy levels.
    #[error("the bid and its circuit are of two privacy levels")]
    LevelMismatch,
    /// The task id has been used by this account.
    #[error("the task id has been used by this account")]
    AliasUsed,
    /// A number is outside its range.
    #[error("a number is outside its range")]
    OutOfRange,
    /// The ask makes two offers for one level.
    #[error("the ask makes two offers for one level")]
    OfferTwice,
    /// A transfer to oneself, or a vote for oneself.
    #[error("a transfer to oneself, or a vote for oneself")]
    ToOneself,
    /// The task is unknown or has ended.
    #[error("the task is unknown or has ended")]
    UnknownTask,
    /// The task is another requester's.
    #[error("the task is another requester's")]
    NotTheRequester,
    /// The award is not this prover's, or has ended.
    #[error("the award is not this prover's, or has ended")]
    NotAwarded,
    /// The task's stage does not allow it.
    #[error("the task's stage does not allow it")]
    Step,
    /// The account has no started award.
    #[error("the account has no started award")]
    NothingStarted,
    /// The next sign of life is not due yet.
    #[error("the next sign of life is not due yet")]
    AliveTooSoon,
    /// A proof of this circuit has another length.
    #[error("a proof of this circuit has another length")]
    ProofLength,
    /// A late proof waits to be judged.
    #[error("a late proof waits to be judged")]
    LateProof,
    /// The task takes no late proof of this prover.
    #[error("the task takes no late proof of this prover")]
    NotLate,
    /// The account is not in the committee.
    #[error("the account is not in the committee")]
    NotInCommittee,
    /// The statement's signature or encoding is bad.
    #[error("the statement's signature or encoding is bad")]
    Statement,
    /// The statement is about another award, or by another prover.
    #[error("the statement is about another award, or by another prover")]
    StatementElsewhere,
    /// The award's start is known.
    #[error("the award's start is known")]
    StartKnown,
    /// None of the findings counts.
    #[error("none of the findings counts")]
    NothingJudged,
    /// The ask is guaranteed by another account.
    #[error("the ask is guaranteed by another account")]
    NotTheGuarantor,
    /// The task has no sealed round that takes this now.
    #[error("the task has no sealed round that takes this now")]
    Round,
    /// The prover's standing ask cannot serve the bid.
    #[error("the prover's standing ask cannot serve the bid")]
    Unfit,
    /// The prover has sealed an ask for this bid already.
    #[error("the prover has sealed an ask for this bid already")]
    SealKnown,
    /// Price and salt open no sealed ask of this prover.
    #[error("price and salt open no sealed ask of this prover")]
    WrongOpening,
    /// There are no challenges of this circuit, or none that could be paid.
    #[error("there are no challenges of this circuit, or none that could be paid")]
    NoChallenge,
    /// The prover has a name, or as much of one as challenges give.
    #[error("the prover has a name, or as much of one as challenges give")]
    NeedsNoChallenge,
    /// Prover or guarantor has a ticket for the next draw already.
    #[error("prover or guarantor has a ticket for the next draw already")]
    TicketKnown,
    /// The account is no candidate with a bond that is large enough.
    #[error("the account is no candidate with a bond that is large enough")]
    NotACandidate,
    /// The account stands for election in this epoch already.
    #[error("the account stands for election in this epoch already")]
    StandsAlready,
    /// Less is locked than is to be taken back.
    #[error("less is locked than is to be taken back")]
    NotLocked,
    /// The two words may both be honest, or are not both of the account.
    #[error("the two words may both be honest, or are not both of the account")]
    NoEvidence,
    /// Nothing of the account's is at stake that could be burned.
    #[error("nothing of the account's is at stake that could be burned")]
    NothingAtStake,
    /// The evidence is older than what is being unlocked.
    #[error("the evidence is older than what is being unlocked")]
    EvidenceOld,
    /// The account has been slashed since.
    #[error("the account has been slashed since")]
    SlashedSince,
}
