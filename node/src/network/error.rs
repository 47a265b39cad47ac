//! Errors of the network: one enum per operation, with the numbers a reader needs.

use dpgn_protocol::{ids::AccountId, wire::Refusal};
use libp2p::Multiaddr;
use std::{io, path::PathBuf};

/// Why a network could not be started.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A setting outside its range.
    #[error("{setting} is {got}; it must be from {least} to {most}")]
    Setting {
        /// The name of the setting in the configuration.
        setting: &'static str,
        /// The value it was given.
        got: u64,
        /// The least value allowed.
        least: u64,
        /// The greatest value allowed.
        most: u64,
    },
    /// The key or the names made from the network's id are refused by libp2p.
    #[error("{what} is refused by libp2p: {reason}")]
    Refused {
        /// The thing that libp2p refuses.
        what: &'static str,
        /// The reason that libp2p gives.
        reason: String,
    },
    /// An address that can't be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address as it was configured.
        address: Multiaddr,
        /// The reason that the operating system gives.
        #[source]
        source: io::Error,
    },
    /// mDNS could not be set up.
    #[error("cannot join the multicast group of mDNS: {0}")]
    Mdns(#[source] io::Error),
}

/// Why a message was not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The message has too many bytes.
    #[error("a gossiped message has at most {limit} bytes; this one has {got}")]
    TooLarge {
        /// The number of bytes that there are.
        got: usize,
        /// The most bytes that are allowed.
        limit: usize,
    },
    /// The network's queue is full.
    #[error("the network is busy: try again")]
    Busy,
    /// The network was shut down.
    #[error("the network was shut down")]
    Stopped,
}

/// Why a frame was not queued for a member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SayError {
    /// The frame has too many bytes.
    #[error("a frame has at most {limit} bytes; this one has {got}")]
    TooLarge {
        /// The number of bytes that there are.
        got: usize,
        /// The most bytes that are allowed.
        limit: usize,
    },
    /// The account is none of those that streams are kept with.
    #[error("no council stream is kept with {0}")]
    NoMember(AccountId),
    /// The network was shut down.
    #[error("the network was shut down")]
    Stopped,
}

/// Why a peer is not connected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The peer is this node itself.
    #[error("that is this node itself")]
    Itself,
    /// The account is no ed25519 key, so nobody can be it.
    #[error("no peer can have that account: it is no ed25519 key")]
    NoPeer,
    /// The peer was banned for its faults.
    #[error("that peer is banned for now")]
    Banned,
    /// Nobody knows an address of the peer.
    #[error("nobody knows an address of that peer")]
    NotFound,
    /// The peer has addresses, but answers at none.
    #[error("that peer cannot be reached: {reason}")]
    Unreachable {
        /// The reason that the last dial gives.
        reason: String,
    },
    /// The time for finding and dialling the peer is over.
    #[error("that peer was not found and reached within {after_ms} ms")]
    TimedOut {
        /// The time that was waited, in milliseconds.
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
        /// The direction: "request" or "response".
        what: &'static str,
        /// The number of bytes that there are.
        got: usize,
        /// The most bytes that are allowed.
        limit: usize,
    },
    /// No answer in time. Whether the request was acted upon is not known.
    #[error("no answer within {after_ms} ms")]
    TimedOut {
        /// The time that was waited, in milliseconds.
        after_ms: u64,
    },
    /// The peer has too much to do.
    #[error("the peer is busy: try again later")]
    Refused,
    /// The peer speaks no such protocol, or answers in a way that this version does not know.
    #[error("the peer does not take requests, or is of a later version")]
    Unsupported,
    /// The connection or stream broke. Whether the request was acted upon is not known.
    #[error("the stream broke before an answer came: {reason}")]
    Broken {
        /// The reason that libp2p gives.
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
        /// The number of bytes that there are.
        got: usize,
        /// The most bytes that are allowed.
        limit: usize,
    },
    /// The network was shut down.
    #[error("the network was shut down")]
    Stopped,
}

/// Why a blob was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The peer is not connected.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The question has too many bytes.
    #[error("a blob request has at most {limit} bytes; this one has {got}")]
    RequestTooLarge {
        /// The number of bytes that there are.
        got: usize,
        /// The most bytes that are allowed.
        limit: usize,
    },
    /// The peer refused to serve the blob, with this reason.
    #[error("the peer refused: {0}")]
    Refused(Refusal),
    /// The peer announced more bytes than were asked for, or sent more than it announced.
    #[error("the blob has {got} bytes or more; at most {limit} are allowed")]
    TooLong {
        /// The number of bytes that there are at least.
        got: u64,
        /// The most bytes that are allowed.
        limit: u64,
    },
    /// The bytes are not those that were asked for.
    #[error("the peer sent other bytes than were asked for")]
    WrongDigest,
    /// The peer answered in a way that this version does not know. A later version may, so it is no offence.
    #[error("the peer's answer has the unknown status {status}: it may be of a later version")]
    UnknownStatus {
        /// The unknown status: the first byte of the answer.
        status: u8,
    },
    /// The peer sends or takes too slowly.
    #[error("fewer than {piece_bytes} bytes moved within {after_ms} ms")]
    Stalled {
        /// Bytes that were waited for.
        piece_bytes: usize,
        /// The time that was waited, in milliseconds.
        after_ms: u64,
    },
    /// The stream broke; what came may be resumed.
    #[error("the stream broke after {done} bytes: {reason}")]
    Broken {
        /// Bytes that lie on disk.
        done: u64,
        /// The reason that the stream gives.
        reason: String,
    },
    /// The peer speaks no such protocol.
    #[error("the peer does not serve blobs")]
    Unsupported,
    /// Another fetch writes to the same path.
    #[error("{} is being fetched already", path.display())]
    InUse {
        /// The path that both would write to.
        path: PathBuf,
    },
    /// The file could not be written.
    #[error("cannot write {}", path.display())]
    Disk {
        /// The file that could not be written.
        path: PathBuf,
        /// The reason that the operating system gives.
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
