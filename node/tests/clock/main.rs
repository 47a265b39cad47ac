//! One engine under attack, with a real ledger and without a network, a disk or a clock.
//!
//! The bench decides blocks from the ops that the engine and scripted others send, in virtual time, and counts
//! what honest accounts have lost. Each story is one attack; none costs the honest more than the decline fee.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
#![expect(clippy::print_stdout, reason = "each attack prints what it has cost")]

mod bench;
mod disclosure;
mod late;
mod progress;
mod proved_here;
mod scene;
mod sealed;
mod silence;
mod starts;
