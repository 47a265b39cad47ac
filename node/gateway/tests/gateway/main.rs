//! The gateway over real nodes, asked as any client would: over TCP.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

mod client;
mod guarded;
mod limited;
mod scene;
