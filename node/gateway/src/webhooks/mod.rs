//! Webhooks: what becomes of this node's own tasks, sent to where their owner wants it, as Standard Webhooks has it.
//!
//! ```text
//!  hub (something happened) -> watch: the task's timeline -> store: queues, durable
//!                                                               |
//!                                     office: one sender for each endpoint, in order -> post
//! ```
//!
//! A timeline is what blocks have decided, so nothing is missed: notices only say when to look. What is new in it is written down
//! together with the messages that tell of it, and a message leaves its queue once the endpoint has answered for it.
//!
//! What must never happen: a request to an address that only this machine or its network reaches, unless the owner has allowed
//! it; a queue without an end; a private key in an answer or a log.

mod address;
mod endpoint;
mod key;
mod message;
mod office;
mod post;
mod resolve;
mod routes;
mod schedule;
mod store;
#[cfg(test)]
mod tests;
mod watch;

pub(crate) use office::{Closed, Office};
pub(crate) use routes::{
    __path_create, __path_enable, __path_list, __path_remove, __path_rotate, __path_show, __path_test, create, enable,
    list, remove, rotate, show, test,
};
pub use store::WebhookError;
pub(crate) use watch::watch;
