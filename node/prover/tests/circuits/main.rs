//! Circuits from outside: formats, translation, ids, lint. Each file states what it holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod custom;
mod foreign;
mod formats;
mod golden;
mod lints;
mod recipes;
mod samples;
mod soundness;
mod support;
