//! What can go wrong: one enum per operation, with the numbers a reader needs.

use dpgn_protocol::wire::Refusal;
use libp2p::Multiaddr;
use std::{io, path::PathBuf};

/// Why a network could not be started.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A setting outside its range.
    #[error("{setting} is {got}; it must be from {least} to {most}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// Its value.
        got: u64,
        /// The least it may be.
        least: u64,
        /// The most it may be.
        most: u64,
    },
    /// The key or the names made from the network's id are refused by libp2p.
    #[error("{what} is refused by libp2p: {reason}")]
    Refused {
        /// What.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// An address that can't be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which.
        address: Multiaddr,
        /// Why.
        #[source]
        source: libp2p::TransportError<io::Error>,
    },
    /// mDNS could not be set up.
    #[error("cannot join the multicast group of mDNS")]
    Mdns(#[source] io::Error),
}

/// Why a message was not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Too many bytes.
    #[error("a gossiped message has at most {limit} bytes; this one has {got}")]
    TooLarge {
        /// How many it has.
        got: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The network's queue is full.
    #[error("the network is busy: try again")]
    Busy,
    /// The network was shut down.
    #[error("the network was shut down")]
    Stopped,
}

/// Why a peer is not connected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// It is this node.
    #[error("that is this node itself")]
    Itself,
    /// The account is no ed25519 key, so nobody can be it.
    #[error("no peer can have that account: it is no ed25519 key")]
    NoPeer,
    /// It was banned for its faults.
    #[error("that peer is banned for now")]
    Banned,
    /// Nobody knows an address of it.
    #[error("nobody knows an address of that peer")]
    NotFound,
    /// It has addresses, but answers at none.
    #[error("that peer cannot be reached: {reason}")]
    Unreachable {
        /// What the last dial said.
        reason: String,
    },
    /// It took too long.
    #[error("that peer was not found and reached within {after_ms} ms")]
    TimedOut {
        /// How long was waited.
        after_ms: u64,
    },
    /// The network's queue is full.
    #[error("the network is busy: try again")]
    Busy,
    /// The network was shut down.
    #[error("the network was shut down")]
    Stopped,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The peer is not connected.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Too many bytes, of the request or of the response.
    #[error("the {what} has {got} bytes; at most {limit} are allowed")]
    TooLarge {
        /// Request or response.
        what: &'static str,
        /// How many it has.
        got: usize,
        /// How many it may have.
        limit: usize,
    },
    /// No answer in time. Whether the request was acted upon is not known.
    #[error("no answer within {after_ms} ms")]
    TimedOut {
        /// How long was waited.
        after_ms: u64,
    },
    /// The peer has too much to do.
    #[error("the peer is busy: try again later")]
    Refused,
    /// The peer speaks no such protocol.
    #[error("the peer does not take requests")]
    Unsupported,
    /// The connection or stream broke. Whether the request was acted upon is not known.
    #[error("the stream broke before an answer came: {reason}")]
    Broken {
        /// What was said.
        reason: String,
    },
    /// The network's queue is full, or too many own requests are open.
    #[error("the network is busy: try again")]
    Busy,
    /// The network was shut down.
    #[error("the network was shut down")]
    Stopped,
}

/// Why an answer was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RespondError {
    /// Too many bytes; the asker hears "busy".
    #[error("a response has at most {limit} bytes; this one has {got}")]
    TooLarge {
        /// How many it has.
        got: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The network was shut down.
    #[error("the network was shut down")]
    Stopped,
}

/// Why a blob was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The peer is not connected.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The question has too many bytes.
    #[error("a blob request has at most {limit} bytes; this one has {got}")]
    RequestTooLarge {
        /// How many it has.
        got: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The peer said no.
    #[error("the peer refused: {0}")]
    Refused(Refusal),
    /// The peer announced more bytes than were asked for, or sent more than it announced.
    #[error("the blob has {got} bytes or more; at most {limit} are allowed")]
    TooLong {
        /// How many, at least.
        got: u64,
        /// How many it may have.
        limit: u64,
    },
    /// The bytes are not those that were asked for.
    #[error("the peer sent other bytes than were asked for")]
    WrongDigest,
    /// The peer answered with what no correct program sends.
    #[error("the peer's answer is malformed: status {status}")]
    Malformed {
        /// Its first byte.
        status: u8,
    },
    /// The peer sends or takes too slowly.
    #[error("fewer than {piece_bytes} bytes moved within {after_ms} ms")]
    Stalled {
        /// How many were waited for.
        piece_bytes: usize,
        /// For how long.
        after_ms: u64,
    },
    /// The stream broke; what came may be resumed.
    #[error("the stream broke after {done} bytes: {reason}")]
    Broken {
        /// How many bytes lie on disk.
        done: u64,
        /// What was said.
        reason: String,
    },
    /// The peer speaks no such protocol.
    #[error("the peer does not serve blobs")]
    Unsupported,
    /// Another fetch writes to the same path.
    #[error("{} is being fetched already", path.display())]
    InUse {
        /// Which.
        path: PathBuf,
    },
    /// The disk refused.
    #[error("cannot write {}", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Too many blobs are being fetched.
    #[error("the network is busy: try again")]
    Busy,
    /// The network was shut down.
    #[error("the network was shut down")]
    Stopped,
}

impl BlobError {
    /// Whether the peer did what no correct peer does.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::TooLong { .. } | Self::WrongDigest | Self::Malformed { .. })
    }
}
