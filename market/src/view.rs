//! Views: what others may read of the ledger.

use crate::{
    rules::reputation::Reputation,
    state::{
        award::Award, book::Standing, circuit::Registered, coins::sum, ledger::Ledger, rates::GoingRate,
        status::Status, task::Task,
    },
};
use dpgn_protocol::{
    ids::{AccountId, CircuitId, TaskId},
    payout::{PayeeAddress, PayoutHash, PayoutProof},
    units::{Credits, Degree, Epoch, Height, Level, Timestamp},
};
use uuid::Uuid;

/// An account as others may read it. Amounts are in micro-credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// The credits that are free to spend.
    pub balance: Credits,
    /// The credits that are locked for its open bids: to pay for proofs, and for faults of its own.
    pub escrowed: Credits,
    /// The credits that are locked as collateral of live awards and of late proofs that it guarantees, as deposits of
    /// sealed asks that it has paid, and for tickets until the draw.
    pub collateral: Credits,
    /// The credits that are locked for elections: its bond as a candidate, its stake on others, and what it has taken back of
    /// either and is not free yet.
    pub staked: Credits,
    /// As a requester: the number of tasks that have not ended.
    pub open_tasks: u32,
    /// As a requester: the number of bids of which several provers said that they were not served.
    pub bad_bids: u32,
    /// The address on an EVM chain that its payouts are for; `None` if it has named none.
    pub payee: Option<PayeeAddress>,
    /// As a prover: the tasks whose live award it holds.
    pub awards: Vec<TaskId>,
    /// As a prover: the reputation with every term.
    pub reputation: Reputation,
}

/// A task as others may read it.
#[derive(Clone, Debug)]
pub struct TaskView<'a> {
    /// The id of the task.
    pub id: TaskId,
    /// The task as the ledger keeps it.
    pub task: &'a Task,
    /// The status that users know.
    pub status: Status,
    /// The live award; `None` if nobody holds the task.
    pub award: Option<AwardView<'a>>,
}

/// A live award, its windows as times: they move if the network stands still.
#[derive(Clone, Debug)]
pub struct AwardView<'a> {
    /// The award as the ledger keeps it.
    pub award: &'a Award,
    /// The time by which the prover owes `Start`.
    pub start_by: Timestamp,
    /// The time by which the prover owes `Deliver`.
    pub due: Timestamp,
    /// The time at which a delivery ends that the committee has not agreed on; `None` before the delivery.
    pub judge_by: Option<Timestamp>,
}

impl Ledger {
    /// Looks an account up; `None` if the ledger does not know it.
    pub fn account(&self, id: AccountId) -> Option<AccountView> {
        let account = self.find_account(id)?;
        let own = self.open().values().filter(|task| task.requester == id && !task.is_challenge);
        let awards = self.open().values().flat_map(Task::staked);
        let guaranteed = awards.filter(|award| award.guarantor == id).map(Award::collateral);
        let sealed = self.open().values().flat_map(Task::sealed_stakes).filter(|(by, _)| *by == id);
        let tickets = self.tickets_of(id).map(|(_, ticket)| ticket.collateral());
        Some(AccountView {
            balance: account.balance(),
            escrowed: sum(own.map(Task::locked)),
            collateral: sum(guaranteed.chain(sealed.map(|(_, stake)| stake)).chain(tickets)),
            staked: self.staked_by(id),
            open_tasks: account.open_tasks,
            bad_bids: account.bad_bids,
            payee: account.payee,
            awards: account.awards.tasks().collect(),
            reputation: self.reputation(id),
        })
    }

    /// Looks up a task that is open, or that ended not too long ago.
    pub fn task(&self, id: TaskId) -> Option<TaskView<'_>> {
        let task = self.open().get(&id).or_else(|| self.ended().get(&id))?;
        let award = task.stage.award().map(|award| AwardView {
            award,
            start_by: self.clock.wall(award.start_by),
            due: self.clock.wall(award.due),
            judge_by: task.stage.delivery().map(|d| self.clock.wall(d.judge_by)),
        });
        Some(TaskView { id, task, status: task.stage.status(), award })
    }

    /// Looks up a requester's task by the name its users gave it.
    pub fn task_by_alias(&self, requester: AccountId, alias: Uuid) -> Option<TaskId> {
        self.aliases().get(&(requester, alias)).copied()
    }

    /// Lists all tasks of a requester, by alias.
    pub fn tasks_of(&self, requester: AccountId) -> impl Iterator<Item = (Uuid, TaskId)> {
        let all = self.aliases().iter_from(&(requester, Uuid::nil()));
        let own = all.take_while(move |((account, _), _)| *account == requester);
        own.map(|(&(_, alias), &task)| (alias, task))
    }

    /// Lists all tasks: the open ones first, each by id.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.open().iter().chain(self.ended().iter()).map(|(&id, task)| (id, task))
    }

    /// Lists the tasks whose live award this prover holds.
    pub fn awards_of(&self, prover: AccountId) -> impl Iterator<Item = TaskId> {
        self.find_account(prover).into_iter().flat_map(|a| a.awards.tasks())
    }

    /// Lists the tasks that wait for the committee's findings.
    pub fn awaiting_findings(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.schedule.delivered().filter_map(|id| Some((id, self.open().get(&id)?)))
    }

    /// Lists the tasks in whose sealed rounds asks are being sealed or opened: first the one whose phase ends first.
    pub fn rounds(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.schedule.rounds().filter_map(|(_, id)| Some((id, self.open().get(&id)?)))
    }

    /// Lists all standing asks, by prover.
    pub fn asks(&self) -> impl Iterator<Item = (AccountId, &Standing)> {
        self.book.iter()
    }

    /// Looks up a prover's standing ask.
    pub fn ask_of(&self, prover: AccountId) -> Option<&Standing> {
        self.book.get(prover)
    }

    /// Looks up a registered circuit.
    pub fn circuit(&self, id: CircuitId) -> Option<&Registered> {
        self.circuits.get(&id)
    }

    /// Lists all registered circuits, by id.
    pub fn circuits(&self) -> impl Iterator<Item = (CircuitId, &Registered)> {
        self.circuits.iter().map(|(&id, registered)| (id, registered))
    }

    /// Looks up the going rate of a shelf: what proofs there were paid, and how long they took. Of a shelf without any
    /// it is made from the nearest degree of the level; `None` if nothing of the level was ever settled.
    pub fn going_rate(&self, level: Level, degree: Degree) -> Option<GoingRate> {
        self.rates.get(level, degree)
    }

    /// Looks up the price of a challenge on a shelf, and what the shelf has to pay for challenges; `None` if there are none.
    pub fn challenge_on(&self, level: Level, degree: Degree) -> Option<(Credits, Credits)> {
        self.challenge_price(level, degree).map(|price| (price, self.pools.challenges_on((level, degree))))
    }

    /// Looks up the circuit of a prover's ticket for the next draw of challenges, and what is locked for it.
    pub fn ticket(&self, prover: AccountId) -> Option<(CircuitId, Credits)> {
        self.ticket_of(prover).map(|ticket| (ticket.circuit, ticket.collateral()))
    }

    /// Looks up the root of the payouts as of the end of the last epoch, and that epoch; `None` before anything was
    /// earned in an epoch that has ended.
    pub fn payout_root(&self) -> Option<(Epoch, PayoutHash)> {
        self.payouts.root()
    }

    /// Shows what an account had earned by the end of an epoch; `None` if that is not the last one that has ended, or if
    /// the account has earned nothing. A root replaces those of the epochs before it, so no other is kept.
    pub fn payout_proof(&self, epoch: Epoch, account: AccountId) -> Option<PayoutProof> {
        self.payouts.proof(account).filter(|proof| proof.epoch == epoch)
    }

    /// The last height at which a committee member is known to have voted.
    pub fn last_vote(&self, member: AccountId) -> Option<Height> {
        self.clock.voted(member)
    }
}
