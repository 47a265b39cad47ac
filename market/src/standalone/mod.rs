//! The auction alone, for a program that runs no ledger and no node.
//!
//! An [`OrderBook`] holds bids and asks, a [`ReputationTracker`] what became of awards, and an [`AuctionEngine`] awards
//! bids to asks by price and reputation. Shelves, score, order of service and reputation are those of the
//! [`Ledger`](crate::Ledger): not like them, but the same code. [`OrderBook`] says what is left out.
//!
//! What must never happen: an order that is taken without a limit; a float, a clock or an unordered map.

mod book;
mod engine;
mod tracker;

pub use book::{AskOrder, BidOrder, OrderBook, OrderError};
pub use engine::{AuctionAward, AuctionConfig, AuctionEngine, ConfigError, OpenAuction};
pub use tracker::{ReputationConfig, ReputationConfigError, ReputationTracker, TrackedProof, TrackerFull};
