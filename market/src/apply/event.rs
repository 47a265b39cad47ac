//! Events: what applying a block changed, for those who react to it. Events are no state; a replay gives them
//! again.

use crate::state::{award::AwardEnd, fault::Fault};
use dpgn_protocol::{
    ids::{AccountId, CircuitId, ProofHash, TaskId},
    outcome::Settlement,
    payout::PayoutHash,
    units::{Credits, Epoch, Timestamp},
};
use serde::{Deserialize, Serialize};

/// One change that applying a block made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum Event {
    /// A circuit was registered and can be bid for.
    Registered { circuit: CircuitId },
    /// A bid was taken up.
    Opened { task: TaskId, requester: AccountId },
    /// A prover's ask stands from now on.
    Asked { prover: AccountId },
    /// A prover's ask stands no longer: taken back by it or its guarantor, expired, displaced by one with more behind it, or its prover has
    /// missed a window and must ask again.
    Withdrawn { prover: AccountId },
    /// The auction has awarded a task.
    Awarded {
        task: TaskId,
        prover: AccountId,
        price: Credits,
        start_by: Timestamp,
        due: Timestamp,
        runner_up: Option<AccountId>,
    },
    /// The prover has started and is bound by all its collateral.
    Started { task: TaskId, prover: AccountId },
    /// The prover has delivered, and the committee owes findings; said again where the committee changes.
    Delivered { task: TaskId, prover: AccountId, proof: ProofHash, len: u32, judge_by: Timestamp },
    /// A proof came after its award had ended, and is kept.
    KeptLate { task: TaskId, prover: AccountId, proof: ProofHash },
    /// An award has come to nothing.
    AwardEnded { task: TaskId, prover: AccountId, end: AwardEnd, slashed: Credits },
    /// The task waits for its next award.
    Reopened { task: TaskId },
    /// Nobody asked low enough for a bid, and its reward has risen to this much.
    Raised { task: TaskId, reward: Credits },
    /// A task's proof was found valid and is paid.
    Settled(Box<Settlement>),
    /// A task has ended without a proof.
    Failed { task: TaskId, fault: Fault, refund: Credits },
    /// A requester has taken its task back.
    Cancelled { task: TaskId, paid: Credits, refund: Credits },
    /// A prover takes part in the next draw of challenges, and somebody has locked what that takes.
    Ticketed { prover: AccountId, guarantor: AccountId, collateral: Credits },
    /// What was locked for a prover's ticket is free again: the draw is over, or its ask stands no longer.
    TicketReturned { prover: AccountId, guarantor: AccountId, collateral: Credits },
    /// Something has happened in the sealed round of a task.
    Round { task: TaskId, news: RoundNews },
    /// A bond or a stake has changed, or who is in office.
    Stake(StakeNews),
    /// An epoch has ended, and its committee was paid. Payouts are those of this root; none before anybody has earned.
    EpochEnded { epoch: Epoch, paid: Credits, payouts: Option<PayoutHash> },
}

/// What has happened to bonds, stakes and the committee. Amounts are in micro-credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stake", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum StakeNews {
    /// A candidate has bonded more; `locked` of it was free to spend, the rest was being unlocked.
    Bonded { candidate: AccountId, amount: Credits, locked: Credits },
    /// A candidate stands for election at the end of this epoch.
    Stands { candidate: AccountId },
    /// An account has locked stake on a candidate; `locked` of it was free to spend, the rest was being unlocked.
    Voted { account: AccountId, candidate: AccountId, amount: Credits, locked: Credits },
    /// A part of a bond or a stake is being unlocked: it was taken back, or a bond had to give way to a larger one.
    Unbonded { account: AccountId, candidate: AccountId, amount: Credits },
    /// Bonds or stakes are free again: their time is over, or a stake had to give way to a larger one.
    Unlocked { account: AccountId, amount: Credits },
    /// A bond was burned, all of it: its candidate has said two things that cannot both be honest.
    Slashed { account: AccountId, burned: Credits },
    /// Another committee decides the next height; `absent` members of the last one were not there.
    Elected { members: usize, absent: usize },
}

/// What has happened in a sealed round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "round", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum RoundNews {
    /// A prover has committed to a price, somebody has paid its deposit, and its guarantor has put up collateral.
    Sealed { prover: AccountId, payer: AccountId, deposit: Credits, guarantor: AccountId, collateral: Credits },
    /// Provers that have sealed an ask owe its opening by this time.
    Opening { open_by: Timestamp },
    /// A prover has opened its price.
    Opened { prover: AccountId, price: Credits },
    /// The deposit of a sealed ask went back to who had paid it, and its collateral to the guarantor: none if an award took
    /// it.
    Returned { prover: AccountId, payer: AccountId, deposit: Credits, guarantor: AccountId, collateral: Credits },
    /// The deposit of a sealed ask was burned: it was not opened, or its prover did not serve what it had won.
    /// Its collateral went back to the guarantor: none if an award took it.
    Lost { prover: AccountId, payer: AccountId, deposit: Credits, guarantor: AccountId, collateral: Credits },
    /// The round is over, and the task goes to the standing asks.
    Over,
}
