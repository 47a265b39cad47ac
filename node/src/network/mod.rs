//! The network: peers, topics, requests and blobs, and nothing of what they mean.
//!
//! One task owns the libp2p swarm. [`Network`] is the handle that others hold; what peers do comes out as
//! [`Event`]s, in a channel with a limit. Gossip carries small facts and waits for an [`Acceptance`] before it
//! travels on; requests carry up to a megabyte; blobs are streamed from disk to disk; members of the committee speak
//! over streams of their own.
//!
//! What must never happen: a peer's bytes stop the loop, grow a queue without limit, or are passed on unjudged.

mod behaviour;
mod blob;
mod codec;
mod command;
mod config;
mod connection_limit;
mod council;
mod error;
mod event;
mod fair_queue;
mod gate;
mod gossip;
mod handle;
mod identity;
mod limiter;
mod listen;
mod metrics;
mod mux;
mod names;
mod peer_info;
mod peer_lookup;
mod peer_score;
mod quota;
mod requests;
mod service;
mod streams;
mod subnet;
mod topic;
mod transport;

pub use blob::{BlobInfo, BlobProgress, BlobSink, Digest};
pub use config::{GossipRates, NetworkConfig, NetworkLimits, Timing};
pub use error::{ConnectError, FetchError, NetworkError, PublishError, RequestError, RespondError, SayError};
pub use event::{Acceptance, BlobToken, Event, Events, MessageToken, ResponseToken};
pub use handle::{Network, spawn};
pub use identity::{IdentityError, account_of, peer_of};
pub(crate) use limiter::Limiter;
pub use limiter::Rate;
pub use listen::check_free;
pub use metrics::Metrics;
pub use peer_info::PeerInfo;
pub use peer_score::Offence;
pub(crate) use quota::{Portion, Quota};
pub use topic::Topic;
