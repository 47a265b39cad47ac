//! The market's rules, told as stories and stated as properties.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod attacks;
mod attacks_auction;
mod attacks_challenges;
mod attacks_chunks;
mod attacks_money;
mod attacks_sealed;
mod attacks_seats;
mod attacks_state;
mod attacks_turns;
mod auction;
mod block;
mod challenges;
mod chunks;
mod explain;
mod golden;
mod history;
mod lanes;
mod late;
mod long;
mod orders;
mod payouts;
mod raise;
mod random;
mod refusal;
mod sealed;
mod shelves;
mod standalone;
mod starts;
mod state;
mod story;
mod support;
mod told_rounds;
mod verdicts;
mod why;
mod windows;
