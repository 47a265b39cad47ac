//! Snapshot and root: the ledger as bytes, and as one hash from which any part of it can be shown.
//!
//! The root covers one hash per part: the head (network, rules, committee and tenure, clock, pools, going rates) and the
//! Merkle root of each map. Whoever has the header of a block can so be shown one account or one task alone.

use super::{
    account::Account, book::Book, circuit::Registered, clock::Clock, evictions::Evictions, ledger::Ledger,
    payouts::Payouts, pools::CreditPools, rates::Rates, schedule::Schedule, stakes::Stakes, task::Task, tenure::Tenure,
    totals::Totals, tree_map::TreeMap, waiting::Waiting,
};
use dpgn_protocol::{
    codec::{self, EncodeError},
    committee::Committee,
    genesis::Params,
    ids::{AccountId, CircuitId, NetworkId, StateRoot, TaskId},
    state_tree::{HEAD_DOMAIN, Part, StateParts, StateProof},
    units::Epoch,
};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

/// A ledger as it is written, field by field.
#[derive(Deserialize)]
pub(super) struct Stored {
    pub(super) network: NetworkId,
    pub(super) params: Params,
    pub(super) committee: Committee,
    pub(super) clock: Clock,
    pub(super) pools: CreditPools,
    pub(super) accounts: TreeMap<AccountId, Account>,
    pub(super) circuits: TreeMap<CircuitId, Registered>,
    pub(super) book: Book,
    pub(super) rates: Rates,
    pub(super) payouts: Payouts,
    pub(super) stakes: Stakes,
    pub(super) tenure: Tenure,
    pub(super) open: TreeMap<TaskId, Task>,
    pub(super) ended: TreeMap<TaskId, Task>,
    pub(super) aliases: TreeMap<(AccountId, Uuid), TaskId>,
    pub(super) backlog: bool,
}

impl From<Stored> for Ledger {
    fn from(stored: Stored) -> Self {
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
            stakes: stored.stakes,
            tenure: stored.tenure,
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
        ledger
    }
}

impl<'de> Deserialize<'de> for Ledger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Stored::deserialize(deserializer).map(Self::from)
    }
}

/// What is no map in a ledger, as the root covers it: the number is the epoch that ended last for the payouts.
pub(super) type Head<'a> =
    (NetworkId, &'a Params, &'a Committee, &'a Tenure, &'a Clock, &'a CreditPools, &'a Rates, Option<Epoch>, bool);

impl Ledger {
    /// The root: the hash of the whole state, which the committee signs. It costs what has changed since it was last
    /// asked for.
    pub fn root(&self) -> Result<StateRoot, EncodeError> {
        Ok(self.parts()?.root())
    }

    /// What is no map.
    pub(super) fn head(&self) -> Head<'_> {
        let (tenure, rates, ended) = (&self.tenure, &self.rates, self.payouts.epoch());
        (self.network, &self.params, &self.committee, tenure, &self.clock, &self.pools, rates, ended, self.backlog)
    }

    /// The hash of each part of the state.
    fn parts(&self) -> Result<StateParts, EncodeError> {
        Ok(StateParts {
            head: codec::hash(HEAD_DOMAIN, &self.head())?,
            accounts: self.accounts.root()?,
            circuits: self.circuits.root()?,
            asks: self.book.root()?,
            open: self.open.root()?,
            ended: self.ended.root()?,
            aliases: self.aliases.root()?,
            earned: self.payouts.earned().root()?,
            payouts: self.payouts.leaves().root()?,
            candidates: self.stakes.candidates().root()?,
            stakes: self.stakes.stakers().root()?,
        })
    }

    /// Shows to whoever knows the root what an account holds, or that there is no such account.
    pub fn prove_account(&self, account: AccountId) -> Result<StateProof, EncodeError> {
        Ok(StateProof { part: Part::Accounts, parts: self.parts()?, path: self.accounts.path(&account)? })
    }

    /// Shows to whoever knows the root an account's bond as a candidate, or that it has none.
    pub fn prove_candidate(&self, account: AccountId) -> Result<StateProof, EncodeError> {
        let path = self.stakes.candidates().path(&account)?;
        Ok(StateProof { part: Part::Candidates, parts: self.parts()?, path })
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
