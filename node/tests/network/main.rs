//! The network among real swarms on loopback: what honest nodes get done, and what liars can't stop.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "the helpers of a test may fail it")]

mod blob_places;
mod blobs;
mod council;
mod council_liars;
mod liar;
mod liars;
mod mesh;
mod node;
mod places;
mod requests;
mod shares;
