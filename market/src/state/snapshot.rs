//! Snapshot and root: the ledger as bytes, and as one hash from which any part of it can be shown.
//!
//! The root covers one hash per part: the head (network, rules, committee, clock, pools, going rates, payouts) and the
//! Merkle root of each map. Whoever has the header of a block can so be shown one account or one task alone.

use super::{
    account::Account, book::Book, circuit::Registered, clock::Clock, evictions::Evictions, ledger::Ledger,
    payouts::Payouts, pools::CreditPools, rates::Rates, schedule::Schedule, task::Task, totals::Totals,
    tree_map::TreeMap, waiting::Waiting,
};
use dpgn_protocol::{
    codec::{self, EncodeError},
    committee::Committee,
    genesis::Params,
    ids::{AccountId, CircuitId, NetworkId, StateRoot, TaskId},
    state_tree::{Part, StateParts, StateProof},
};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

/// A ledger as it is written, field by field.
#[derive(Deserialize)]
struct Stored {
    network: NetworkId,
    params: Params,
    committee: Committee,
    clock: Clock,
    pools: CreditPools,
    accounts: TreeMap<AccountId, Account>,
    circuits: TreeMap<CircuitId, Registered>,
    book: Book,
    rates: Rates,
    payouts: Payouts,
    open: TreeMap<TaskId, Task>,
    ended: TreeMap<TaskId, Task>,
    aliases: TreeMap<(AccountId, Uuid), TaskId>,
    backlog: bool,
}

impl<'de> Deserialize<'de> for Ledger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let mut ledger = Self {
            network: stored.network,
            params: stored.params,
            committee: stored.committee,
            clock: stored.clock,
            pools: stored.pools,
            accounts: stored.accounts,
            circuits: stored.circuits,
            book: stored.book,
            rates: stored.rates,
            payouts: stored.payouts,
            open: stored.open,
            ended: stored.ended,
            aliases: stored.aliases,
            backlog: stored.backlog,
            schedule: Schedule::default(),
            waiting: Waiting::default(),
            evictions: Evictions::default(),
            totals: Totals::default(),
        };
        ledger.schedule = ledger.schedule_anew();
        ledger.waiting = ledger.waiting_anew();
        ledger.totals = ledger.totals_anew();
        ledger.evictions = ledger.evictions_anew();
        Ok(ledger)
    }
}

impl Ledger {
    /// The root: the hash of the whole state, which the committee signs. It costs what has changed since it was last
    /// asked for.
    pub fn root(&self) -> Result<StateRoot, EncodeError> {
        Ok(self.parts()?.root())
    }

    /// The hash of each part of the state.
    fn parts(&self) -> Result<StateParts, EncodeError> {
        let (rates, payouts) = (&self.rates, self.payouts.digest()?);
        let head =
            (self.network, &self.params, &self.committee, &self.clock, &self.pools, rates, payouts, self.backlog);
        Ok(StateParts {
            head: codec::hash("dpgn state head v1", &head)?,
            accounts: self.accounts.root()?,
            circuits: self.circuits.root()?,
            asks: self.book.root()?,
            open: self.open.root()?,
            ended: self.ended.root()?,
            aliases: self.aliases.root()?,
        })
    }

    /// Shows to whoever knows the root what an account holds, or that there is no such account.
    pub fn prove_account(&self, account: AccountId) -> Result<StateProof, EncodeError> {
        Ok(StateProof { part: Part::Accounts, parts: self.parts()?, path: self.accounts.path(&account)? })
    }

    /// Shows to whoever knows the root how a task stands: an open one, or one that has ended. Of a task that is neither
    /// it shows that it isn't open.
    pub fn prove_task(&self, task: TaskId) -> Result<StateProof, EncodeError> {
        let (part, path) = if self.ended.contains_key(&task) {
            (Part::Ended, self.ended.path(&task)?)
        } else {
            (Part::Open, self.open.path(&task)?)
        };
        Ok(StateProof { part, parts: self.parts()?, path })
    }
}
