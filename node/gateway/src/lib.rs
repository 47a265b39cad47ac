//! The REST gateway of a DPGN node: what a [`NodeHandle`](dpgn_node::NodeHandle) offers, as HTTP and JSON.
//!
//! ```text
//!  curl, browser, prover over HTTP
//!        |
//!      serve      connections, their limits, the end
//!        |
//!      router     trace -> count -> headers -> guard -> limits -> a handler
//!        |
//!    NodeHandle
//! ```
//!
//! [`serve`] listens by itself; [`router`] gives the same routes to an application that nests them in its own. Every request
//! acts for the node's own account, so whoever reaches a gateway has what its token, its names and loopback protect.
//!
//! What must never happen: a byte of a body that is read without a limit, a page of another site that is obeyed, a queue or
//! a wait without an end.

mod accounts;
mod bodies;
mod client;
mod clock;
mod config;
pub mod coordinator;
mod docs;
mod dto;
mod events;
#[cfg(feature = "otlp")]
mod exported;
mod extract;
mod guard;
mod headers;
mod health;
mod labels;
mod limits;
mod market;
mod metrics;
mod network;
mod page;
mod pages;
mod places;
mod problem;
mod quotes;
mod reads;
mod router;
mod seed;
mod serve;
mod state;
mod streams;
mod tasks;
mod token;
mod trace;
mod trace_id;
mod uploads;
mod webhooks;

pub use config::{GatewayConfig, Uploads, Webhooks};
pub use extract::{JSON_BYTES_MAX, JsonOf, PathOf, QueryOf};
pub use problem::{Code, Problem, ProblemBody};
pub use router::router;
pub use serve::{Bound, Gateway, ServeError, bind, serve};
pub use state::GatewayState;
pub use token::TokenError;
pub use webhooks::WebhookError;
