//! The network: peers, topics, requests and blobs, and nothing of what they mean.
//!
//! One task owns the libp2p swarm. [`Network`] is the handle that others hold; what peers do comes out as
//! [`Event`]s, in a channel with a limit. Gossip carries small facts and waits for a [`Verdict`] before it
//! travels on; requests carry up to a megabyte; blobs are streamed from disk to disk.
//!
//! What must never happen: a peer's bytes stop the loop, grow a queue without limit, or are passed on unjudged.

mod behaviour;
mod blob;
mod codec;
mod config;
mod door;
mod error;
mod event;
mod gossip;
mod handle;
mod identity;
mod limiter;
mod metrics;
mod mux;
mod names;
mod seeker;
mod service;
mod standing;
mod streams;
mod transport;

pub use blob::{BlobInfo, BlobProgress, BlobSink, Digest};
pub use config::{Limits, NetworkConfig, Timing};
pub use error::{BlobError, ConnectError, NetworkError, PublishError, RequestError, RespondError};
pub use event::{BlobToken, Event, MessageToken, ResponseToken, Verdict};
pub use gossip::Topic;
pub use handle::{Network, PeerInfo, spawn};
pub use identity::{IdentityError, account_of, peer_of};
pub use limiter::Rate;
pub use metrics::Metrics;
pub use standing::Fault;
