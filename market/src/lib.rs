//! What is decided in DPGN: order book, auction, assignments, accounts, reputation. Pure.
//!
//! A [`Ledger`] is a state machine: [`Ledger::apply`] takes one block's ops and gives what they did. The same
//! blocks give the same state, and the same [root](Ledger::root), on every machine.
//!
//! What must never happen: a clock, a disk, a network, a random number, a float or an unordered map in here;
//! a call that fails and has changed something; a credit made or lost.
//!
//! Reading order: [`task`] is the life of a task, [`refused`] says why an op is not applied; `plan` checks an
//! op and `perform` does it; `windows` ends what is overdue; `auction` awards what is open; `block` strings
//! them together.

mod account;
mod admission;
mod auction;
mod block;
mod book;
mod circuit;
mod clock;
mod committee;
mod ending;
mod event;
mod funds;
mod ledger;
mod perform;
mod plan;
mod propose;
mod quality;
pub mod refused;
mod reputation;
pub mod task;
mod view;
mod windows;

pub use auction::{Considered, Ineligible, Terms};
pub use block::{Applied, BlockError, Body};
pub use book::Standing;
pub use circuit::Registered;
pub use clock::Moment;
pub use event::{AwardEnd, Event, Window};
pub use funds::Supply;
pub use ledger::{GenesisError, Ledger};
pub use propose::{Draft, LeftOut};
pub use quality::Quality;
pub use refused::Refused;
pub use reputation::Reputation;
pub use task::{Fault, Stage, Status, Task};
pub use view::{AccountView, AwardExplained, AwardView, Quote, TaskView};
