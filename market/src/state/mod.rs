//! The state: who holds what. Accounts, credit pools, tasks, circuits, the order book, the clock, the committee.
//!
//! Files in here keep their own invariants and decide nothing: what may happen is in `rules`, when it happens is
//! in `apply`. Credits are moved here and nowhere else ([`coins`]).

pub(crate) mod account;
pub(crate) mod allowance;
pub(crate) mod assembly;
pub(crate) mod attendance;
pub(crate) mod award;
pub(crate) mod book;
pub(crate) mod bounded_tree;
pub(crate) mod chunks;
pub(crate) mod circuit;
pub(crate) mod clock;
pub(crate) mod coins;
pub(crate) mod evictions;
pub(crate) mod fault;
pub(crate) mod forget;
pub(crate) mod funds;
pub(crate) mod genesis;
pub(crate) mod held;
pub(crate) mod history;
pub(crate) mod inconsistent;
pub(crate) mod late;
pub(crate) mod ledger;
pub(crate) mod nonces;
pub(crate) mod payouts;
pub(crate) mod pools;
pub(crate) mod rates;
pub(crate) mod round;
pub(crate) mod schedule;
pub(crate) mod shelf;
pub(crate) mod snapshot;
pub(crate) mod stakes;
pub(crate) mod staking;
pub(crate) mod status;
pub(crate) mod step;
pub(crate) mod task;
pub(crate) mod tenure;
pub(crate) mod ticket;
pub(crate) mod tickets;
pub(crate) mod totals;
pub(crate) mod tree_map;
pub(crate) mod unlocking;
pub(crate) mod waiting;
