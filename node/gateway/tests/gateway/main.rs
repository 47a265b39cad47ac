//! The gateway over real nodes, asked as any client would: over TCP.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

mod agents;
mod bought;
mod client;
mod documented;
mod embedded;
mod guarded;
mod hooked;
mod limited;
mod listed;
mod nested;
mod quoted;
mod scene;
mod seed;
mod streamed;
mod uploaded;
mod watched;
