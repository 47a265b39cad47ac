//! The market's rules, told as stories and stated as properties.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod auction;
mod block;
mod golden;
mod random;
mod refusal;
mod story;
mod support;
mod verdicts;
mod windows;
