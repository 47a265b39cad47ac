//! The ledger: the whole state of a market, replicated by every node.
//!
//! Think of it as a database whose transactions are blocks. Reading it is free; `apply` is the only writer.
//! Whoever applies the same blocks to the same genesis has the same ledger, and can prove it by one hash, the
//! [root](Ledger::root). Time, accounts, tasks and asks live in fields of their own, each a file in this room.
//!
//! Fields that hold credits, or whose parts must agree with each other (a task, its alias, the count of its
//! requester's open tasks), are private to this room and are changed by the methods below.

use super::{
    account::Account,
    book::Book,
    circuit::Registered,
    clock::{Clock, Moment},
    evictions::Evictions,
    inconsistent::Inconsistent,
    payouts::Payouts,
    pools::CreditPools,
    rates::Rates,
    schedule::Schedule,
    stakes::Stakes,
    task::Task,
    tenure::Tenure,
    totals::Totals,
    tree_map::TreeMap,
    waiting::Waiting,
};
use dpgn_protocol::{
    commit::Commit,
    committee::Committee,
    genesis::Params,
    ids::{AccountId, BlockHash, CircuitId, NetworkId, TaskId},
    units::{Epoch, Height, Timestamp},
};
use serde::Serialize;
use uuid::Uuid;

/// The whole state of a network's market after some block. Its serde encoding is the snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ledger {
    pub(super) network: NetworkId,
    pub(crate) params: Params,
    pub(crate) committee: Committee,
    pub(crate) clock: Clock,
    pub(crate) pools: CreditPools,
    pub(super) accounts: TreeMap<AccountId, Account>,
    pub(crate) circuits: TreeMap<CircuitId, Registered>,
    pub(crate) book: Book,
    /// What proofs cost on each shelf, and how long they take.
    pub(crate) rates: Rates,
    /// What accounts have earned, for contracts on other chains.
    pub(crate) payouts: Payouts,
    /// The bonds of candidates for the committee, and the stakes on them.
    pub(crate) stakes: Stakes,
    /// What is known of the committee in office.
    pub(crate) tenure: Tenure,
    /// Tasks that have not ended.
    pub(super) open: TreeMap<TaskId, Task>,
    /// Tasks that have ended, kept for some epochs.
    pub(super) ended: TreeMap<TaskId, Task>,
    /// The name that a requester's users know a task by.
    pub(super) aliases: TreeMap<(AccountId, Uuid), TaskId>,
    /// The last auction stopped at a cap; run another in the next block.
    pub(crate) backlog: bool,
    /// What is due next. It follows from the rest.
    #[serde(skip)]
    pub(crate) schedule: Schedule,
    /// The bids that wait for an award. They follow from the rest.
    #[serde(skip)]
    pub(crate) waiting: Waiting,
    /// What gives way when a table is full. It follows from the rest.
    #[serde(skip)]
    pub(crate) evictions: Evictions,
    /// The sums of what lies where. They follow from the rest.
    #[serde(skip)]
    pub(super) totals: Totals,
}

impl Ledger {
    /// The id of the network whose state this is.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// The rules of the network, as its genesis gave them.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The height of the last block; 0 before the first.
    pub fn height(&self) -> Height {
        self.clock.height()
    }

    /// The time of the last block; that of the genesis before the first.
    pub fn time(&self) -> Timestamp {
        self.clock.time()
    }

    /// The hash of the block below the last one; all zero below the first.
    pub fn parent(&self) -> BlockHash {
        self.clock.parent()
    }

    /// The epoch of the last block.
    pub fn epoch(&self) -> Epoch {
        self.epoch_at(self.clock.height())
    }

    /// The epoch of the block at a height. The first block opens epoch 0.
    pub fn epoch_at(&self, height: Height) -> Epoch {
        height.epoch(self.params.epoch_blocks)
    }

    /// The committee that decides the next height; the last header names it as the next committee.
    pub fn committee(&self) -> &Committee {
        &self.committee
    }

    /// The committee that has decided the last block: of the first block in an epoch the one before, if it was replaced. The
    /// commit in the next block is checked against it. Before the first block it is the first committee.
    pub fn deciders(&self) -> &Committee {
        self.tenure.deciders()
    }

    /// A commit of the last block by all of its deciders, which nobody has signed: for the block of a dry run, a simulation or
    /// a test on this one. `None` before the first block, as a first block has none.
    pub fn assumed_commit(&self, parent: BlockHash) -> Option<Commit> {
        let voters = self.deciders().members().iter().map(|member| member.account);
        let is_first = self.height() == Height::new(0);
        (!is_first).then(|| Commit::assumed(self.height(), parent, self.deciders(), voters))
    }

    /// Puts a committee into office.
    pub(crate) fn take_office(&mut self, next: Committee) {
        self.tenure.take_office(&next);
        let last = std::mem::replace(&mut self.committee, next);
        for member in last.members().iter().chain(self.committee.members()) {
            self.evictions.touch(member.account);
        }
    }

    /// The ids of all accounts.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.accounts.keys().copied()
    }

    /// The number of all accounts.
    pub fn accounts_len(&self) -> usize {
        self.accounts.len()
    }

    /// The account, if there is one.
    pub(crate) fn find_account(&self, account: AccountId) -> Option<&Account> {
        self.accounts.get(&account)
    }

    /// The account, made if it isn't there yet.
    pub(crate) fn account_mut(&mut self, account: AccountId) -> &mut Account {
        let (height, epoch) = (self.clock.height(), self.epoch());
        self.evictions.touch(account);
        self.accounts.get_or_insert_with(account, || Account::new(height, epoch))
    }

    /// The tasks that have not ended.
    pub(crate) fn open(&self) -> &TreeMap<TaskId, Task> {
        &self.open
    }

    /// The tasks that have ended and are not yet forgotten.
    pub(crate) fn ended(&self) -> &TreeMap<TaskId, Task> {
        &self.ended
    }

    /// The names of all tasks by requester and alias, for those that are not yet forgotten.
    pub(crate) fn aliases(&self) -> &TreeMap<(AccountId, Uuid), TaskId> {
        &self.aliases
    }

    /// Adds a new task, its alias, and one to the count of its requester's open tasks.
    pub(crate) fn add_task(&mut self, id: TaskId, task: Task) {
        self.account_mut(task.requester).open_tasks += 1;
        self.aliases.insert((task.requester, task.bid.alias), id);
        self.totals.add_task(&task);
        self.use_circuit(task.bid.circuit);
        self.enter(id, task);
    }

    /// Enters an open task where it is looked for.
    fn enter(&mut self, id: TaskId, task: Task) {
        self.schedule.enter(id, &task, self.last_sign(&task));
        self.waiting.enter(id, &task, &self.params);
        self.evictions.enter(id, &task);
        self.open.insert(id, task);
    }

    /// Changes an open task, and files it away if it has ended by that. If this fails, the ledger must be
    /// thrown away: it is a copy that a block was applied to.
    pub(crate) fn change<R, E: Into<Inconsistent>>(
        &mut self,
        id: TaskId,
        change: impl FnOnce(&mut Self, &mut Task) -> Result<R, E>,
    ) -> Result<R, Inconsistent> {
        let mut task = self.open.remove(&id).ok_or(Inconsistent::NotOpen(id))?;
        let bound = |task: &Task| -> Vec<AccountId> {
            let sealed = task.sealed_promises().map(|(prover, _)| prover);
            task.stage.award().map(|award| award.prover).into_iter().chain(sealed).collect()
        };
        let before = bound(&task);
        self.totals.remove_task(&task);
        self.schedule.leave(id, &task, self.last_sign(&task));
        self.waiting.leave(id, &task, &self.params);
        self.evictions.leave(id, &task);
        let result = change(self, &mut task).map_err(Into::into)?;
        // What a prover holds and what became of it decides where its ask lies.
        before.into_iter().chain(bound(&task)).for_each(|prover| self.book.shelves.touch(prover));
        if task.stage.ended().is_none() {
            self.totals.add_task(&task);
            self.enter(id, task);
        } else {
            let requester = self.account_mut(task.requester);
            // Counted when the task was added; exact.
            requester.open_tasks = requester.open_tasks.saturating_sub(1);
            self.leave_circuit(task.bid.circuit);
            self.file_away(id, task);
        }
        Ok(result)
    }

    /// The last sign of life of the prover that holds a task's award; the beginning of time if nobody does.
    pub(super) fn last_sign(&self, task: &Task) -> Moment {
        let prover = task.stage.award().and_then(|award| self.accounts.get(&award.prover));
        prover.map_or(Moment::default(), |account| account.alive)
    }

    /// The schedule of this ledger, from the beginning.
    pub(super) fn schedule_anew(&self) -> Schedule {
        let mut schedule = Schedule::default();
        for (&id, task) in self.open.iter() {
            schedule.enter(id, task, self.last_sign(task));
        }
        schedule
    }

    /// The waiting bids of this ledger, from the beginning.
    pub(super) fn waiting_anew(&self) -> Waiting {
        let mut waiting = Waiting::default();
        for (&id, task) in self.open.iter() {
            waiting.enter(id, task, &self.params);
        }
        waiting
    }

    /// The totals of this ledger, from the beginning.
    pub(super) fn totals_anew(&self) -> Totals {
        Totals::of(self.accounts.values(), self.open.values())
    }

    /// Notes a sign of life of a prover.
    pub(crate) fn beat(&mut self, prover: AccountId) {
        let now = self.clock.now();
        let last = std::mem::replace(&mut self.account_mut(prover).alive, now);
        self.schedule.beat(prover, last, now);
    }

    /// Whether no proof that came late waits to be judged.
    pub(crate) fn has_no_late(&self, id: TaskId) -> bool {
        self.open.get(&id).is_none_or(|task| task.late().next().is_none())
    }
}
