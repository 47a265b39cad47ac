//! What goes over the control socket, both ways.

use super::error::{ControlError, Warning};
use crate::{
    engine::{Notice, Prices, StakeOrder, Work},
    page::{TaskCursor, TaskPage},
    purchase::Purchase,
    task_ref::TaskRef,
    view::{Balance, NodeStatus, Payout, TaskInfo},
};
use dpgn_market::{
    AskShown, AuctionReplayed, AuctionScope, ElectionTold, Quote, ReputationExplained, StakesTold, Statement,
    TaskExplained, TaskHistory, Wanted,
};
use dpgn_protocol::{
    checkpoint::Checkpoint,
    ids::AccountId,
    payout::PayeeAddress,
    receipt::{Handover, Receipt},
    units::{Credits, Height},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// A request of the node's owner.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum ControlRequest {
    /// Ask how the node is.
    Status,
    /// Buy a proof of a circuit.
    Submit(Box<Purchase>),
    /// Ask for own tasks, the newest first.
    Tasks {
        /// The start of the page: the cursor of the page before, or none for the newest.
        after: Option<TaskCursor>,
        /// The most tasks wanted; the node sends fewer if it must.
        limit: u16,
    },
    /// Ask how one own task stands.
    Task {
        /// The task, by id or alias.
        task: TaskRef,
    },
    /// Ask where the proof of an own task lies; waits for nothing.
    Proof {
        /// The task, by id or alias.
        task: TaskRef,
    },
    /// Ask for the receipt of an own, paid task, without the handovers of its history.
    Receipt {
        /// The task, by id or alias.
        task: TaskRef,
        /// The height from which on the receipt is to tell of changes of the committee; 0 for the genesis.
        since: Height,
    },
    /// Ask for the handovers between two heights; the node sends the first ones.
    Handovers {
        /// The height above which they are.
        above: Height,
        /// The height below which they are.
        below: Height,
    },
    /// Ask for a checkpoint at a border between epochs.
    Checkpoint {
        /// The height below which it is the last; absent for the last one there is.
        below: Option<Height>,
    },
    /// Take the bid of a task back.
    Cancel {
        /// The task, by id or alias.
        task: TaskRef,
    },
    /// Ask what an account has.
    Balance {
        /// The account that is asked about.
        account: AccountId,
    },
    /// Ask for an account's reputation with every term.
    Reputation {
        /// The account that is asked about.
        account: AccountId,
    },
    /// Ask what came to an account and what went.
    Statement {
        /// The account that is asked about.
        account: AccountId,
        /// The first block that is wanted.
        from: Height,
        /// The most movements wanted; the node sends fewer if it must.
        lines_max: u16,
    },
    /// Ask what a proof costs now.
    Quote(Box<Wanted>),
    /// Ask why a task stands as it does.
    Explain {
        /// The task, by id, or an own one by alias.
        task: TaskRef,
        /// The prover of which to say why it does not have the task.
        about: Option<AccountId>,
        /// The most asks wanted; the node sends fewer if it must.
        asks_max: u16,
    },
    /// Ask for all that blocks have decided about a task.
    History {
        /// The task, by id, or an own one by alias.
        task: TaskRef,
        /// The prover of which each award is to say why it did not go there.
        about: Option<AccountId>,
    },
    /// Ask for standing asks.
    Asks {
        /// The prover whose ask is wanted; all of them if it is absent.
        of: Option<AccountId>,
    },
    /// Ask which awards the node holds as a prover.
    Work,
    /// Ask which programs connected peers say they run.
    Programs,
    /// Sell at these prices from now on.
    Sell(Box<Prices>),
    /// Recompute the auction of a block.
    Auction {
        /// The height of the block.
        height: Height,
        /// The part of it that is wanted.
        scope: AuctionScope,
    },
    /// Name the address that the account's payouts are for.
    Payee {
        /// The address, or that of nobody.
        address: PayeeAddress,
    },
    /// Ask what an account has earned, and for whom.
    Payout {
        /// The account that is asked about.
        account: AccountId,
    },
    /// Bond, vote, or take one of them back.
    Stake(StakeOrder),
    /// Ask how the election at the end of this epoch stands.
    Election,
    /// Ask what an account has locked on candidates.
    Stakes {
        /// The account that is asked about.
        account: AccountId,
    },
    /// Send credits to an account.
    Transfer {
        /// The account that is paid.
        to: AccountId,
        /// The amount that is paid, in micro-credits.
        amount: Credits,
    },
    /// Send notices from now on, and answer nothing else on this connection.
    Watch,
}

/// A reply of the node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum ControlReply {
    /// Answers `Status`: how the node is.
    Status(Box<NodeStatus>),
    /// Answers `Submit`: the bid is on its way.
    Submitted {
        /// The task as it stands.
        task: Box<TaskInfo>,
        /// The lint's findings, none of which stopped it.
        warnings: Vec<Warning>,
    },
    /// Answers `Tasks`: a page of own tasks.
    Tasks(TaskPage),
    /// Answers `Task`: how it stands.
    Task(Box<TaskInfo>),
    /// Answers `Proof`: where its files lie.
    Proof {
        /// The path of the proof.
        proof: PathBuf,
        /// The path of the verifier data, which check the proof.
        verifier_data: PathBuf,
    },
    /// Answers `Receipt`: all of it but its history.
    Receipt(Box<Receipt>),
    /// Answers `Handovers`: the first ones, in order; none if there are no more.
    Handovers {
        /// The handovers, in the order of their heights.
        handovers: Vec<Handover>,
    },
    /// Answers `Checkpoint`: the committee in office, and since when.
    Checkpoint(Box<Checkpoint>),
    /// Answers `Balance`: what the account has.
    Balance(Balance),
    /// Answers `Reputation`: every term.
    Reputation(Box<ReputationExplained>),
    /// Answers `Statement`: the newest movements, and the sums of all.
    Statement(Box<Statement>),
    /// Answers `Quote`: prices, and what would become of the bid.
    Quote(Box<Quote>),
    /// Answers `Explain`: why.
    Explained(Box<TaskExplained>),
    /// Answers `History`: what was decided.
    History(Box<TaskHistory>),
    /// Answers `Payout`: payee, amount and path.
    Payout(Box<Payout>),
    /// Answers `Asks`: those that stand.
    Asks {
        /// The asks, by prover.
        asks: Vec<AskShown>,
    },
    /// Answers `Work`: the awards, by task.
    Work {
        /// The awards that are neither paid nor lost.
        awards: Vec<Work>,
    },
    /// Answers `Programs`: names and versions, and how many peers say each.
    Programs {
        /// The number of peers by what they say.
        programs: BTreeMap<String, usize>,
    },
    /// Answers `Auction`: what was recomputed, and whether the block agrees.
    Auction(Box<AuctionReplayed>),
    /// Answers `Election`: how it stands.
    Election(Box<ElectionTold>),
    /// Answers `Stakes`: votes, and what was taken back.
    Stakes {
        /// What the account has locked; absent if nothing.
        stakes: Option<StakesTold>,
    },
    /// Answers `Cancel`, `Payee`, `Sell`, `Stake`, `Transfer` and `Watch`: it is done.
    Done,
    /// Something happened; sent after `Watch`.
    Notice {
        /// The notice of what happened.
        notice: Box<Notice>,
    },
    /// The answer to any request that was not carried out.
    Error(ControlError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Status;
    use dpgn_protocol::{
        ids::{CircuitId, TaskId},
        units::{Degree, Epoch, Level, Timestamp},
    };
    use serde::de::DeserializeOwned;
    use std::fmt::Debug;
    use uuid::Uuid;

    fn comes_back<T: Serialize + DeserializeOwned + Debug>(value: &T) {
        let line = serde_json::to_string(value).unwrap();
        let again: T = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(format!("{again:?}"), format!("{value:?}"), "{line}");
    }

    #[test]
    fn every_error_comes_back_as_it_was() {
        let (account, task) = (AccountId::from_bytes([1; 32]), TaskId::from_bytes([2; 32]));
        let reason = || "why \"so\"".to_owned();
        let path = || PathBuf::from("a/b.r1cs");
        let finding =
            Warning { code: "range".to_owned(), message: reason(), hint: reason(), constraint: Some(3), signal: None };
        let errors = [
            ControlError::Busy { waiting_max: 256 },
            ControlError::Stopped,
            ControlError::Halted { reason: reason() },
            ControlError::NotARequester,
            ControlError::NoWorker { reason: reason() },
            ControlError::UnknownTask { task: TaskRef::Id(task) },
            ControlError::UnknownTask { task: TaskRef::Alias(Uuid::from_u128(7)) },
            ControlError::NoProof { task, status: Status::InProgress },
            ControlError::NotPaid { task, status: Status::InProgress },
            ControlError::LongHistory { borders: u64::MAX, limit: 4_096 },
            ControlError::Unvouched { first: Height::new(9) },
            ControlError::LateCheckpoint { since: Height::new(9), height: Height::new(7) },
            ControlError::OpsUnderWay { count: 64 },
            ControlError::NoBlock { height: Height::new(9), last: Height::new(7) },
            ControlError::Pruned { height: Height::new(9), first: Height::new(64) },
            ControlError::InsufficientFunds {
                account,
                available: Credits::new(u64::MAX),
                required: Credits::new(u64::MAX - 1),
            },
            ControlError::AliasUsed { alias: Uuid::from_u128(7) },
            ControlError::Refused { reason: reason(), may_pass_later: true },
            ControlError::Unreadable { path: path(), reason: reason() },
            ControlError::Malformed { reason: reason() },
            ControlError::Lint(finding),
            ControlError::WitnessPublic { level: Level::MIN },
            ControlError::UnknownCircuit { circuit: CircuitId::from_bytes([3; 32]) },
            ControlError::Unsatisfied { reason: reason(), has_names: false },
            ControlError::Unbuildable { reason: reason() },
            ControlError::Machine { reason: reason() },
            ControlError::NotInLedger { task: TaskRef::Id(task) },
            ControlError::NotAProver,
            ControlError::NotACandidate { account, bond: Credits::ZERO, min: Credits::new(u64::MAX) },
            ControlError::NotLocked { candidate: account, locked: Credits::ZERO, required: Credits::new(u64::MAX) },
            ControlError::NoSpeed { level: Level::MIN },
        ];
        errors.into_iter().for_each(|error| comes_back(&ControlReply::Error(error)));
    }

    #[test]
    fn requests_and_pages_come_back_as_they_were() {
        let cursor = TaskCursor::behind(Timestamp::new(u64::MAX), TaskId::from_bytes([2; 32]));
        let source = crate::Source::Envelope(vec![1, 2, 3]);
        for request in [
            ControlRequest::Status,
            ControlRequest::Submit(Box::new(Purchase::new(source, Credits::new(u64::MAX)))),
            ControlRequest::Tasks { after: None, limit: 50 },
            ControlRequest::Tasks { after: Some(cursor), limit: 50 },
            ControlRequest::Receipt { task: TaskRef::Alias(Uuid::from_u128(1)), since: Height::new(7) },
            ControlRequest::Handovers { above: Height::new(7), below: Height::new(u64::MAX) },
            ControlRequest::Checkpoint { below: Some(Height::new(7)) },
            ControlRequest::Cancel { task: TaskRef::Alias(Uuid::from_u128(1)) },
            ControlRequest::Transfer { to: AccountId::from_bytes([1; 32]), amount: Credits::new(u64::MAX) },
            ControlRequest::Explain { task: TaskRef::Alias(Uuid::from_u128(1)), about: None, asks_max: 20 },
            ControlRequest::Sell(Box::new(Prices {
                flat: Credits::ZERO,
                collateral_max: Credits::MAX,
                degree_max: Degree::MAX,
                offers: Vec::new(),
            })),
            ControlRequest::Auction {
                height: Height::new(7),
                scope: AuctionScope { task: None, prover: None, asks_max: 12, skip: 0, most: u64::MAX },
            },
            ControlRequest::History { task: TaskRef::Alias(Uuid::from_u128(1)), about: None },
            ControlRequest::Payee { address: PayeeAddress::from_bytes([7; 20]) },
            ControlRequest::Payout { account: AccountId::from_bytes([1; 32]) },
            ControlRequest::Reputation { account: AccountId::from_bytes([1; 32]) },
            ControlRequest::Statement { account: AccountId::from_bytes([1; 32]), from: Height::new(1), lines_max: 50 },
            ControlRequest::Stake(StakeOrder::Bond { amount: Credits::new(u64::MAX) }),
            ControlRequest::Stake(StakeOrder::Vote {
                candidate: AccountId::from_bytes([1; 32]),
                amount: Credits::ZERO,
            }),
            ControlRequest::Stake(StakeOrder::Unbond {
                candidate: AccountId::from_bytes([1; 32]),
                amount: Credits::ZERO,
            }),
            ControlRequest::Election,
            ControlRequest::Work,
            ControlRequest::Programs,
            ControlRequest::Stakes { account: AccountId::from_bytes([1; 32]) },
            ControlRequest::Watch,
        ] {
            comes_back(&request);
        }
        comes_back(&ControlReply::Tasks(TaskPage { tasks: Vec::new(), next: Some(cursor) }));
        comes_back(&ControlReply::Stakes { stakes: None });
        comes_back(&ControlReply::Programs { programs: [("dpgn/0.1.0".to_owned(), 3)].into() });
        let stakes = StakesTold {
            votes: vec![(AccountId::from_bytes([1; 32]), Credits::new(u64::MAX))],
            unlocking: Credits::ZERO,
            free_at: Some((Epoch::new(4), Timestamp::new(u64::MAX))),
        };
        comes_back(&ControlReply::Stakes { stakes: Some(stakes) });
    }
}
