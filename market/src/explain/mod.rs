//! Explanations: why the ledger decided as it did, for people and programs. Plain data, in integers.
//!
//! An explanation is given by the rules that decide, called once more; it never writes them down a second time. Nothing
//! in here changes a ledger or knows a clock.

pub(crate) mod answers;
pub(crate) mod ask;
pub(crate) mod auction;
pub(crate) mod books;
pub(crate) mod cost;
pub(crate) mod election;
pub(crate) mod history;
pub(crate) mod movement;
pub(crate) mod quote;
pub(crate) mod reputation;
pub(crate) mod round;
pub(crate) mod statement;
pub(crate) mod task;
