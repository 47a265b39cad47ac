//! Circuits from outside: formats, translation, ids, lint. Each file states what it holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod custom;
mod foreign;
mod formats;
mod golden;
mod iden3;
mod lints;
mod recipes;
mod samples;
#[path = "../../benches/common/sha256.rs"]
mod sha256;
mod sha256_vectors;
mod soundness;
mod support;
