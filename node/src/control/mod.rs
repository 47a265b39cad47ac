//! The control socket: how the program `dpgn` talks to a node that runs on the same data directory.
//!
//! A Unix socket in the data directory, 0600: whoever may read the key may command the node. One JSON object a
//! line, both ways, each bounded. A node started for one command answers here as well, so a command has one
//! way to go whether a node was running or not.

mod causes;
mod client;
mod error;
mod lines;
mod message;
mod server;

pub use client::{Client, ClientError, Watcher};
pub use error::{ControlError, Warning};
pub use message::{ControlReply, ControlRequest};
pub(crate) use server::serve;

/// The socket's name in the data directory.
const SOCKET: &str = "control.sock";
