//! What is decided in DPGN: order book, auction, assignments, accounts, reputation. Pure.
//!
//! A [`Ledger`] is a state machine: [`Ledger::apply`] takes one block's ops and gives what they did. The same
//! blocks give the same state, and the same [root](Ledger::root), on every machine.
//!
//! What must never happen: a clock, a disk, a network, a random number, a float or an unordered map in here;
//! a call that fails and has changed something; a credit made or lost.
//!
//! ```
//! use dpgn_market::{Body, Ledger, Refused};
//! use dpgn_protocol::{
//!     bounded::{List, Text},
//!     committee::{Committee, Member},
//!     genesis::{Allocation, Genesis, Params},
//!     ops::{Action, Op, SignedOp},
//!     sign::Keypair,
//!     units::{Credits, Millis, Power, Timestamp},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (alice, bob) = (Keypair::from_seed(&[1; 32]), Keypair::from_seed(&[2; 32]));
//! let mut ledger = Ledger::new(&Genesis {
//!     name: Text::new("example")?,
//!     time: Timestamp::new(1_700_000_000_000),
//!     committee: Committee::new(vec![Member { account: alice.account(), power: Power::new(1) }])?,
//!     accounts: List::new(vec![Allocation { account: alice.account(), credits: Credits::new(1_000) }])?,
//!     params: Params::default(),
//! })?;
//!
//! let time = ledger.time().after(Millis::new(200));
//! let nonce = ledger.free_nonces(alice.account())[0];
//! let action = Action::Transfer { to: bob.account(), amount: Credits::new(300) };
//! let op = Op { nonce, expires: time.after(Millis::from_secs(60)), sponsor: None, action };
//! let op = SignedOp::new(alice.sign(ledger.network(), op)?);
//! ledger.check(&op, time)?;
//!
//! let body = Body { time, proposer: alice.account(), voters: &[], ops: &[op.clone()] };
//! let applied = ledger.apply(body)?;
//! assert_eq!(applied.state_root, ledger.root()?);
//! assert_eq!(ledger.account(bob.account()).map(|a| a.balance), Some(Credits::new(300)));
//! assert!(matches!(ledger.check(&op, time), Err(Refused::NonceOld { .. })), "good once");
//! # Ok(())
//! # }
//! ```
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
