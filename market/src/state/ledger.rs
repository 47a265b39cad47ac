//! The ledger: the whole state of a market, replicated by every node.
//!
//! Think of it as a database whose transactions are blocks. Reading it is free; `apply` is the only writer.
//! Whoever applies the same blocks to the same genesis has the same ledger, and can prove it by one hash, the
//! [root](Ledger::root). Time, accounts, tasks and asks live in fields of their own, each a file in this room.
//!
//! Fields that hold credits, or whose parts must agree with each other (a task, its alias, the count of its
//! requester's open tasks), are private to this room and are changed by the methods below.

use super::{
    account::Account, award::Award, award::Delivery, book::Book, circuit::Registered, clock::Clock,
    inconsistent::Inconsistent, pools::CreditPools, task::Task,
};
use dpgn_protocol::{
    bounded::List,
    codec::{self, EncodeError},
    committee::Committee,
    genesis::Params,
    ids::{AccountId, CircuitId, NetworkId, StateRoot, TaskId},
    units::{Epoch, Height, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The whole state of a network's market after some block. Its serde encoding is the snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    pub(super) network: NetworkId,
    pub(crate) params: Params,
    pub(crate) committee: Committee,
    pub(crate) clock: Clock,
    pub(crate) pools: CreditPools,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(crate) circuits: BTreeMap<CircuitId, Registered>,
    pub(crate) book: Book,
    /// Tasks that have not ended.
    pub(super) open: BTreeMap<TaskId, Task>,
    /// Tasks that have ended, kept for some epochs.
    pub(super) ended: BTreeMap<TaskId, Task>,
    /// The name that a requester's users know a task by.
    pub(super) aliases: BTreeMap<(AccountId, Uuid), TaskId>,
    /// The last auction stopped at a cap; run another in the next block.
    pub(crate) backlog: bool,
}

impl Ledger {
    /// The root: the hash of the whole state, which the committee signs.
    pub fn root(&self) -> Result<StateRoot, EncodeError> {
        Ok(StateRoot::from_bytes(codec::hash("dpgn state v1", self)?))
    }

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

    /// The epoch of the last block.
    pub fn epoch(&self) -> Epoch {
        self.epoch_at(self.clock.height())
    }

    /// The epoch of the block at a height. The first block opens epoch 0.
    pub fn epoch_at(&self, height: Height) -> Epoch {
        // The genesis, height 0, belongs to the first epoch.
        Epoch::new(height.get().saturating_sub(1) / self.params.epoch_blocks.max(1))
    }

    /// The committee that decides the next height; the last header names it as the next committee.
    pub fn committee(&self) -> &Committee {
        &self.committee
    }

    /// The ids of all accounts.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = AccountId> {
        self.accounts.keys().copied()
    }

    /// The account, if there is one.
    pub(crate) fn find_account(&self, account: AccountId) -> Option<&Account> {
        self.accounts.get(&account)
    }

    /// The account, made if it isn't there yet.
    pub(crate) fn account_mut(&mut self, account: AccountId) -> &mut Account {
        let (height, epoch) = (self.clock.height(), self.epoch());
        self.accounts.entry(account).or_insert_with(|| Account::new(height, epoch))
    }

    /// The tasks that have not ended.
    pub(crate) fn open(&self) -> &BTreeMap<TaskId, Task> {
        &self.open
    }

    /// The tasks that have ended and are not yet forgotten.
    pub(crate) fn ended(&self) -> &BTreeMap<TaskId, Task> {
        &self.ended
    }

    /// The names of all tasks by requester and alias, for those that are not yet forgotten.
    pub(crate) fn aliases(&self) -> &BTreeMap<(AccountId, Uuid), TaskId> {
        &self.aliases
    }

    /// Adds a new task, its alias, and one to the count of its requester's open tasks.
    pub(crate) fn add_task(&mut self, id: TaskId, task: Task) {
        self.account_mut(task.requester).open_tasks += 1;
        self.aliases.insert((task.requester, task.bid.alias), id);
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
        let result = change(self, &mut task).map_err(Into::into)?;
        if task.stage.ended().is_none() {
            self.open.insert(id, task);
        } else {
            let requester = self.account_mut(task.requester);
            // Counted when the task was added; exact.
            requester.open_tasks = requester.open_tasks.saturating_sub(1);
            task.late = None;
            (task.bid.allow, task.bid.deny) = (List::default(), List::default());
            self.ended.insert(id, task);
        }
        Ok(result)
    }

    /// Takes the proof that came late to an open task, if one did.
    pub(crate) fn take_late(&mut self, id: TaskId) -> Option<(Award, Delivery)> {
        self.open.get_mut(&id).and_then(|task| task.late.take()).map(|late| *late)
    }

    /// Garbage collection: drops ended tasks, circuits and empty accounts whose last epoch `is_old`.
    pub(crate) fn forget(&mut self, is_old: impl Fn(Epoch) -> bool) {
        let aliases = &mut self.aliases;
        self.ended.retain(|_, task| {
            let is_kept = !task.stage.ended().is_some_and(&is_old);
            if !is_kept {
                aliases.remove(&(task.requester, task.bid.alias));
            }
            is_kept
        });
        let in_use: BTreeSet<_> = self.open.values().map(|t| t.bid.circuit).collect();
        self.circuits.retain(|id, circuit| !is_old(circuit.last_used) || in_use.contains(id));
        let book = &self.book;
        self.accounts.retain(|&id, a| !(a.is_empty() && is_old(a.last_used) && book.get(id).is_none()));
    }
}
