//! What others may read.

use crate::{
    auction::{Considered, Terms},
    book::Standing,
    circuit::Registered,
    ledger::Ledger,
    reputation::Reputation,
    task::{Award, Stage, Status, Task},
};
use dpgn_protocol::{
    ids::{AccountId, CircuitId, TaskId},
    units::{Credits, Height, Timestamp},
};
use uuid::Uuid;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// Free to spend.
    pub balance: Credits,
    /// Locked for its open bids.
    pub escrowed: Credits,
    /// Locked for awards it guarantees.
    pub collateral: Credits,
    /// As a requester: tasks that have not ended.
    pub open_tasks: u32,
    /// As a requester: bids that several provers could not be served for.
    pub bad_bids: u32,
    /// As a prover: live awards.
    pub awards: Vec<TaskId>,
    /// As a prover, with every term.
    pub reputation: Reputation,
}

/// A task.
#[derive(Clone, Debug)]
pub struct TaskView<'a> {
    /// Its id.
    pub id: TaskId,
    /// All there is.
    pub task: &'a Task,
    /// The user's word for where it stands.
    pub status: Status,
    /// The live award.
    pub award: Option<AwardView<'a>>,
}

/// A live award, its windows as times: they move if the network stands still.
#[derive(Clone, Debug)]
pub struct AwardView<'a> {
    /// All there is.
    pub award: &'a Award,
    /// `Start` is owed by then.
    pub start_by: Timestamp,
    /// `Deliver` is owed by then.
    pub due: Timestamp,
    /// `Settle` is owed by then, once delivered.
    pub verdict_by: Option<Timestamp>,
}

/// How an award came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwardExplained {
    /// The winner's terms when it was decided, and the runner-up's; none if the task isn't awarded.
    pub decided: Option<(Terms, Option<Terms>)>,
    /// Every standing ask as an auction would see it now, the best first.
    pub standing: Vec<Considered>,
}

/// What a proof of a circuit costs now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The prices of all standing asks that sell it, the cheapest first.
    pub prices: Vec<(AccountId, Credits)>,
    /// The fee of the bid, if the reward were the cheapest price; it never comes back.
    pub fee: Credits,
}

impl Ledger {
    /// An account; none if the ledger does not know it.
    pub fn account(&self, id: AccountId) -> Option<AccountView> {
        let account = self.accounts.get(&id)?;
        let (mut escrowed, mut collateral) = (Credits::ZERO, Credits::ZERO);
        for task in self.open.values() {
            if task.requester == id {
                escrowed = escrowed.saturating_add(task.escrow);
            }
            if let Some(award) = task.stage.award().filter(|a| a.guarantor == id) {
                collateral = collateral.saturating_add(award.collateral);
            }
        }
        Some(AccountView {
            balance: account.balance,
            escrowed,
            collateral,
            open_tasks: account.open_tasks,
            bad_bids: account.bad_bids,
            awards: account.awards.iter().copied().collect(),
            reputation: self.reputation(id),
        })
    }

    /// All accounts.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.accounts.keys().copied()
    }

    /// A task that is open, or ended not too long ago.
    pub fn task(&self, id: TaskId) -> Option<TaskView<'_>> {
        let task = self.open.get(&id).or_else(|| self.ended.get(&id))?;
        let award = task.stage.award().map(|award| AwardView {
            award,
            start_by: self.clock.wall(award.start_by),
            due: self.clock.wall(award.due),
            verdict_by: task.stage.delivery().map(|d| self.clock.wall(d.verdict_by)),
        });
        Some(TaskView { id, task, status: task.stage.status(), award })
    }

    /// A requester's task by its users' name for it.
    pub fn task_by_alias(&self, requester: AccountId, alias: Uuid) -> Option<TaskId> {
        self.aliases.get(&(requester, alias)).copied()
    }

    /// All tasks of a requester, by alias.
    pub fn tasks_of(&self, requester: AccountId) -> impl Iterator<Item = (Uuid, TaskId)> {
        let all = (requester, Uuid::nil())..=(requester, Uuid::max());
        self.aliases.range(all).map(|(&(_, alias), &task)| (alias, task))
    }

    /// All tasks: the open ones first, each by id.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.open.iter().chain(&self.ended).map(|(&id, task)| (id, task))
    }

    /// The tasks whose live award this prover holds.
    pub fn awards_of(&self, prover: AccountId) -> impl Iterator<Item = TaskId> {
        self.accounts.get(&prover).into_iter().flat_map(|a| a.awards.iter().copied())
    }

    /// Tasks that wait for the committee's verdicts.
    pub fn awaiting_verdicts(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.open.iter().filter(|(_, t)| matches!(t.stage, Stage::Delivered(..))).map(|(&id, task)| (id, task))
    }

    /// All standing asks.
    pub fn asks(&self) -> impl Iterator<Item = (AccountId, &Standing)> {
        self.book.iter()
    }

    /// A prover's standing ask.
    pub fn ask_of(&self, prover: AccountId) -> Option<&Standing> {
        self.book.get(prover)
    }

    /// A registered circuit.
    pub fn circuit(&self, id: CircuitId) -> Option<&Registered> {
        self.circuits.get(&id)
    }

    /// All registered circuits.
    pub fn circuits(&self) -> impl Iterator<Item = (CircuitId, &Registered)> {
        self.circuits.iter().map(|(&id, registered)| (id, registered))
    }

    /// A prover's reputation with every term; a newcomer's for whom the ledger does not know.
    pub fn reputation(&self, prover: AccountId) -> Reputation {
        let newcomer = crate::reputation::History::default();
        let history = self.accounts.get(&prover).map_or(&newcomer, |a| &a.history);
        history.reputation(self.epoch(), &self.params)
    }

    /// Why the task went to whom it went, and what an auction would say now.
    pub fn explain_award(&self, id: TaskId) -> Option<AwardExplained> {
        let task = self.open.get(&id).or_else(|| self.ended.get(&id))?;
        let decided = task.stage.award().map(|award| (award.terms, award.runner_up));
        Some(AwardExplained { decided, standing: self.consider(task) })
    }

    /// What a proof of a circuit costs now; none if the circuit isn't registered.
    pub fn quote(&self, circuit: CircuitId) -> Option<Quote> {
        let circuit = self.circuits.get(&circuit)?;
        let shelf = self.book.shelf(circuit.level, circuit.degree);
        let mut prices: Vec<_> = shelf.map(|(prover, _, price)| (prover, price)).collect();
        prices.sort_unstable_by_key(|&(prover, price)| (price, prover));
        let reward = prices.first().map_or(Credits::ZERO, |&(_, price)| price);
        let fee = self.params.op_fee.saturating_add(reward.share(self.params.bid_fee));
        Some(Quote { prices, fee })
    }

    /// The last height at which a committee member is known to have voted.
    pub fn last_vote(&self, member: AccountId) -> Option<Height> {
        self.clock.voted(member)
    }
}
