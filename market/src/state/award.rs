//! Awards: what the auction decided, what was delivered under it, and how it ended.

use super::{
    clock::Moment,
    coins::{Coins, Holding},
    held::Promise,
};
use dpgn_protocol::{
    finding::Finding,
    ids::{AccountId, ProofHash},
    ops::DeclineReason,
    units::{Credits, Millis, Ppm, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The terms on which an ask would serve one bid, and its score in the auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The prover whose ask this is.
    pub prover: AccountId,
    /// The price of the proof, at most the bid's reward.
    pub price: Credits,
    /// The prover's reputation at the time of the auction.
    pub reputation: Ppm,
    /// Whether the prover says that it holds the circuit built.
    pub warm: bool,
    /// The time since which the ask stands at this price.
    pub asked: Timestamp,
    /// The time that the prover says a proof takes.
    pub declared: Millis,
    /// The proofs that the prover says it makes at once.
    pub lanes: u16,
    /// The declared time and the time until one of the prover's lanes is free, by the awards that it held.
    pub queued: Millis,
    /// The time that a proof is expected to take after `Start`: the queued time, by how punctual the prover was before.
    pub proven: Millis,
    /// The effective reward that the ask was scored against: the bid's, or a few times the lowest or the going price
    /// if that is less. The price may be higher.
    pub effective: Credits,
    /// The collateral of an award on these terms, in micro-credits.
    pub collateral: Credits,
    /// The score in parts per million, for people; zero if it is below. The auction compares exact integers.
    pub score: Ppm,
}

/// A window in which somebody owes an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Window {
    /// The prover owes `Start` after an award.
    Start,
    /// The prover owes `Alive`, once per heartbeat, while it proves.
    Alive,
    /// The prover owes `Deliver`, once it has started.
    Due,
    /// The committee owes findings that agree. If it never agrees, everybody gets back what is theirs.
    Verdict,
}

/// The reason why an award came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AwardEnd {
    /// A window closed before the op that was owed came.
    Missed(Window),
    /// The prover gave the award back.
    Declined(DeclineReason),
    /// The committee found the proof bad, or found that its bytes never came.
    BadProof(Finding),
}

impl AwardEnd {
    /// Whether only prover and requester can see who is at fault, so that the ledger blames neither.
    pub const fn is_unattributable(self) -> bool {
        match self {
            Self::Declined(reason) => reason.is_unattributable(),
            Self::Missed(_) | Self::BadProof(_) => false,
        }
    }
}

/// The auction's decision about a task, with the collateral that was locked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// The number of the award among those of its task, counted from one.
    pub number: u32,
    /// The prover that won.
    pub prover: AccountId,
    /// The account that put up the collateral: the prover, or the sponsor of its ask.
    pub guarantor: AccountId,
    /// The price that a valid proof is paid, in micro-credits.
    pub price: Credits,
    /// The credits at stake. In an award that has ended: a record of what was at stake.
    collateral: Holding,
    /// The time of the block that made the award.
    pub at: Timestamp,
    /// The moment of that block, as windows count time.
    pub since: Moment,
    /// The moment by which the prover owes `Start`.
    pub start_by: Moment,
    /// The moment by which the prover owes `Deliver`.
    pub due: Moment,
    /// The time of the block with the prover's `Start`; `None` before it.
    pub started: Option<Timestamp>,
    /// The winner's terms in the auction.
    pub terms: Terms,
    /// The next best terms, if time was left for that prover before the deadline.
    pub runner_up: Option<Terms>,
}

/// An award as the auction decides it, before its collateral is locked.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// The number of the award.
    pub(crate) number: u32,
    /// The terms with which the winner won.
    pub(crate) terms: Terms,
    /// The next best terms, if its time was reserved.
    pub(crate) runner_up: Option<Terms>,
    /// The account that puts up the collateral.
    pub(crate) guarantor: AccountId,
    /// The time of the block.
    pub(crate) at: Timestamp,
    /// The moment of the block.
    pub(crate) since: Moment,
    /// The moment by which `Start` is owed.
    pub(crate) start_by: Moment,
    /// The moment by which `Deliver` is owed.
    pub(crate) due: Moment,
}

impl Award {
    /// Makes the decision an award by locking its collateral.
    pub(crate) fn lock(decision: Decision, collateral: Coins) -> Self {
        let Decision { number, terms, runner_up, guarantor, at, since, start_by, due } = decision;
        let mut locked = Holding::empty();
        locked.give(collateral);
        Self {
            number,
            prover: terms.prover,
            guarantor,
            price: terms.price,
            collateral: locked,
            at,
            since,
            start_by,
            due,
            started: None,
            terms,
            runner_up,
        }
    }

    /// The micro-credits at stake; in an award that has ended, what was at stake.
    pub fn collateral(&self) -> Credits {
        self.collateral.amount()
    }

    /// What its prover has promised, if the inputs may begin to come until this moment and take so long. None are waited for
    /// that come too late to be proved in time.
    pub(crate) fn promise(&self, begin_by: Moment, inputs_allowance: Millis) -> Promise {
        let declared = self.terms.declared;
        Promise { declared, inputs_by: begin_by.after(inputs_allowance).min(self.due.before(declared)) }
    }

    /// The award with its `Start` decided at this time.
    pub(super) fn started(self, at: Timestamp) -> Self {
        Self { started: Some(at), ..self }
    }

    /// The award of a proof that comes late: what was at stake is locked anew, by this account.
    pub(crate) fn lock_again(self, guarantor: AccountId, coins: Coins) -> Self {
        let mut collateral = Holding::empty();
        collateral.give(coins);
        Self { guarantor, collateral, ..self }
    }

    /// Hands out the collateral of an award that ends.
    pub(crate) fn unlock(mut self) -> Coins {
        self.collateral.take_all()
    }
}

/// A proof that its prover says exists, and what the committee has found about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The hash of the proof's bytes.
    pub proof: ProofHash,
    /// The length of the proof in bytes.
    pub len: u32,
    /// The time of the block with the prover's `Deliver`.
    pub at: Timestamp,
    /// The moment after which a member may say that the bytes did not come.
    pub absent_after: Moment,
    /// The moment at which the delivery ends if the committee has not agreed on it.
    pub judge_by: Moment,
    /// The findings of members of the committee in office.
    pub findings: BTreeMap<AccountId, Finding>,
}

/// A finished proof that came after its award had ended. It waits until the live award has come to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateProof {
    /// The award that ended, with its collateral locked again by whoever paid for the delivery.
    pub award: Award,
    /// The proof that its prover says exists. Its windows begin when it is taken up.
    pub delivery: Delivery,
}

/// An award that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The award as it stood when it ended.
    pub award: Award,
    /// The time of the block in which it ended.
    pub at: Timestamp,
    /// The reason why it ended.
    pub end: AwardEnd,
    /// The micro-credits of its collateral that were burned.
    pub slashed: Credits,
    /// Whether it counts as a complaint about the bid: only two can see the fault, and the prover has earned a name.
    pub is_heard: bool,
    /// The proof that came all the same and waits; `None` if none did, and once it is judged.
    pub late: Option<Box<LateProof>>,
}

impl Attempt {
    /// Whether the prover gave the award back before `Start`.
    pub(crate) const fn was_given_back(&self) -> bool {
        match self.end {
            AwardEnd::Declined(_) => self.award.started.is_none(),
            AwardEnd::Missed(_) | AwardEnd::BadProof(_) => false,
        }
    }
}
