//! Forgetting: what leaves the state because it is old, or because a table is full.
//!
//! Nothing here looks through a whole table: what goes first is known ([`Evictions`]), and the end of an epoch touches
//! only what is due.

use super::{
    account::Account,
    book::Standing,
    circuit::Registered,
    evictions::{Evictions, Place},
    ledger::Ledger,
    task::Task,
};
use dpgn_protocol::{
    bounded::List,
    ids::{AccountId, CircuitId, TaskId},
    ops::Builder,
    units::{Credits, Epoch},
};

impl Ledger {
    /// Garbage collection: drops ended tasks, circuits and poor idle accounts whose last epoch `is_old`.
    pub(crate) fn forget(&mut self, is_old: impl Fn(Epoch) -> bool) {
        self.rank_touched();
        let is_gone = |id: &TaskId| self.ended.get(id).and_then(|t| t.stage.ended()).is_some_and(&is_old);
        let tasks: Vec<_> = self.evictions.ended().map(|(_, id)| id).take_while(is_gone).collect();
        tasks.into_iter().for_each(|id| self.forget_task(id));
        let circuits: Vec<_> = self.evictions.unused().take_while(|(used, _)| is_old(*used)).collect();
        circuits.into_iter().for_each(|(_, id)| self.forget_circuit(id));
        let dust: Vec<_> = self.evictions.dust().take_while(|(used, _)| is_old(*used)).collect();
        dust.into_iter().for_each(|(_, id)| self.prune(id));
        self.rank_touched();
    }

    /// Keeps an ended task as a digest: what was bought, for how much, and how it ended. The oldest of too many goes.
    pub(super) fn file_away(&mut self, id: TaskId, mut task: Task) {
        let now = self.time();
        task.closed = Some(now);
        task.attempts = Vec::new();
        task.round = None;
        (task.bid.allow, task.bid.deny) = (List::default(), List::default());
        task.bid.builder = Builder::default();
        self.ended.insert(id, task);
        self.evictions.enter_ended(id, now);
        while self.ended.len() > self.params.ended_max as usize {
            let Some((_, oldest)) = self.evictions.ended().next() else { return };
            self.forget_task(oldest);
        }
    }

    fn forget_task(&mut self, id: TaskId) {
        let Some(task) = self.ended.remove(&id) else { return };
        self.evictions.leave_ended(id, task.closed.unwrap_or_default());
        self.aliases.remove(&(task.requester, task.bid.alias));
    }

    /// Adds a circuit; one that is unused makes room for it if the table is full.
    pub(crate) fn add_circuit(&mut self, id: CircuitId, registered: Registered) {
        if self.circuits.len() >= self.params.circuits_max as usize {
            let oldest = self.evictions.unused().next();
            oldest.into_iter().for_each(|(_, oldest)| self.forget_circuit(oldest));
        }
        self.evictions.enter_circuit(id, registered.last_used);
        self.circuits.insert(id, registered);
    }

    fn forget_circuit(&mut self, id: CircuitId) {
        let Some(circuit) = self.circuits.remove(&id) else { return };
        self.evictions.forget_circuit(id, circuit.last_used);
    }

    /// Notes that a new task uses a circuit.
    pub(super) fn use_circuit(&mut self, id: CircuitId) {
        let epoch = self.epoch();
        let Some(circuit) = self.circuits.get_mut(&id) else { return };
        self.evictions.use_circuit(id, std::mem::replace(&mut circuit.last_used, epoch));
    }

    /// Notes that a task that used a circuit has ended.
    pub(super) fn leave_circuit(&mut self, id: CircuitId) {
        let Some(circuit) = self.circuits.get(&id) else { return };
        self.evictions.leave_circuit(id, circuit.last_used);
    }

    /// Puts an ask into the book, in the place of the prover's last one.
    pub(crate) fn stand(&mut self, prover: AccountId, standing: Standing) {
        self.stand_down(prover);
        self.evictions.enter_ask(prover, standing.guarantor);
        self.book.insert(prover, standing);
    }

    /// Takes a prover's ask out of the book; false if it had none.
    pub(crate) fn stand_down(&mut self, prover: AccountId) -> bool {
        if let Some(standing) = self.book.get(prover) {
            let guarantor = standing.guarantor;
            self.evictions.leave_ask(prover, guarantor);
            if self.evictions.asks_of(guarantor) == 0 {
                self.book.shelves.forget_needs(guarantor);
            }
        }
        self.book.remove(prover)
    }

    /// What a guarantor would hold for each of its asks, if it had so many more of them.
    pub(crate) fn backing(&self, guarantor: AccountId, more: usize) -> Credits {
        let holds = self.balance(guarantor).saturating_add(self.evictions.locked(guarantor));
        let asks = self.evictions.asks_of(guarantor) + more;
        Credits::new(holds.get() / (asks.max(1) as u64))
    }

    /// The account that makes room for one that opens with this much, if the table is full: the poorest that has nothing
    /// open and no more than that. None of `except` does.
    pub(crate) fn gives_way(&self, opens_with: Credits, except: [AccountId; 2]) -> Option<AccountId> {
        let mut poorer = self.evictions.idle().take_while(|(balance, _)| *balance <= opens_with);
        poorer.find(|(_, account)| !except.contains(account)).map(|(_, account)| account)
    }

    /// Forgets an account and burns its dust.
    pub(crate) fn prune(&mut self, account: AccountId) {
        let dust = self.take_up_to(account, Credits::MAX);
        self.pools.burn(dust);
        self.accounts.remove(&account);
        self.evictions.touch(account);
    }

    /// Whether an account is kept, however poor: the committee is paid into it, and bonds and stakes go back to it.
    fn is_kept(&self, account: AccountId) -> bool {
        self.committee.power(account).is_some() || self.stakes.holds(account)
    }

    /// Ranks anew the accounts that were touched.
    pub(crate) fn rank_touched(&mut self) {
        for id in self.evictions.take_touched() {
            let place = self.accounts.get(&id).map(|account| self.place(id, account));
            self.evictions.rank(id, place);
        }
    }

    fn place(&self, id: AccountId, account: &Account) -> Place {
        let asks = self.evictions.asks_of(id);
        let has_open = asks > 0 || self.book.get(id).is_some() || self.evictions.locked(id) > Credits::ZERO;
        let is_idle = account.has_nothing_open() && !has_open && !self.is_kept(id);
        let is_poor = account.balance() < self.params.account_min;
        Place {
            idle: is_idle.then(|| account.balance()),
            dust: (is_idle && is_poor).then_some(account.last_used),
            backing: (asks > 0).then(|| self.backing(id, 0)),
        }
    }

    /// The evictions of this ledger, from the beginning.
    pub(super) fn evictions_anew(&self) -> Evictions {
        let mut evictions = Evictions::default();
        for (&id, task) in self.open.iter() {
            evictions.enter(id, task);
        }
        for (&id, circuit) in self.circuits.iter() {
            evictions.enter_circuit(id, circuit.last_used);
        }
        for task in self.open.values() {
            if let Some(circuit) = self.circuits.get(&task.bid.circuit) {
                evictions.use_circuit(task.bid.circuit, circuit.last_used);
            }
        }
        for (&id, task) in self.ended.iter() {
            evictions.enter_ended(id, task.closed.unwrap_or_default());
        }
        for (prover, standing) in self.book.iter() {
            evictions.enter_ask(prover, standing.guarantor);
        }
        for ticket in self.accounts.values().filter_map(|account| account.ticket.as_ref()) {
            evictions.lock(ticket.guarantor, ticket.collateral());
        }
        let mut ranked = Self { evictions, ..self.clone() };
        self.accounts.keys().for_each(|id| ranked.evictions.touch(*id));
        ranked.rank_touched();
        ranked.evictions
    }
}
