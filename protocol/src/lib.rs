//! What is said in DPGN: ids, units, ops, blocks, receipts, signing, codec, limits.
//!
//! Everything that crosses the network or enters the ledger has its type here, with its limit and its one
//! encoding. Nothing here does I/O, keeps state or knows the time.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod award;
pub mod block;
pub mod bounded;
pub mod challenge;
pub mod checkpoint;
pub mod codec;
pub mod commit;
pub mod committee;
pub mod council;
pub mod duty;
pub mod finding;
pub mod genesis;
pub mod ids;
pub mod limits;
pub mod merkle;
pub mod ops;
pub mod outcome;
pub mod payout;
pub mod pricing;
pub mod profile;
pub mod proof_layout;
pub mod receipt;
pub mod refusal;
pub mod sealed;
pub mod sign;
pub mod snapshot;
pub mod state_chunk;
pub mod state_tree;
pub mod statement;
pub mod trail;
pub mod turns;
pub mod units;
pub mod verifier_data;
pub mod vote;
pub mod wire;
