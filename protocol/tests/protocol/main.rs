//! What is said, byte by byte: frozen encodings, hostile input, signatures, certificates, receipts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod committee;
mod council;
mod golden;
mod hostile;
mod merkle;
mod receipt;
mod samples;
mod sign;
mod trail;
mod turns;
mod units;
