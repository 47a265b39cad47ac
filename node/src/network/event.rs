//! Events that the network hands out, and the tokens through which they are answered.
//!
//! A token stands for one thing that waits for one answer. There are never more of them than the channel
//! they answer through has room for, so an answer is never lost; a token that is dropped answers for itself.

use super::{codec::Reply, gossip::Topic};
use dpgn_protocol::{ids::AccountId, wire::Refusal};
use libp2p::{
    Multiaddr, PeerId,
    gossipsub::MessageId,
    request_response::{InboundRequestId, ResponseChannel},
};
use std::{fmt, path::PathBuf};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// An event of the network, for the rest of the node.
///
/// When the queue is full, gossip is ignored and askers hear "busy"; the last places are kept for news of
/// peers, which may still be lost: [`Network::peers`](super::Network::peers) is the truth.
#[derive(Debug)]
pub enum Event {
    /// A message, seen for the first time. It travels on only once its token is judged.
    Gossip {
        /// The topic it was published in.
        topic: Topic,
        /// The peer that passed it on, not its author.
        from: AccountId,
        /// The bytes of the message, without the frame.
        data: Vec<u8>,
        /// The handle to judge the message with, once.
        token: MessageToken,
    },
    /// A peer sends a request.
    Request {
        /// The account of the peer.
        from: AccountId,
        /// The bytes of the request.
        data: Vec<u8>,
        /// The handle to answer with, once.
        token: ResponseToken,
    },
    /// A peer asks for a blob.
    BlobRequest {
        /// The account of the peer.
        from: AccountId,
        /// The bytes of the request.
        request: Vec<u8>,
        /// The handle to answer with, once.
        token: BlobToken,
    },
    /// A peer is here.
    PeerConnected {
        /// The account of the peer.
        peer: AccountId,
        /// The address of its first connection.
        address: Multiaddr,
    },
    /// A peer is gone.
    PeerDisconnected {
        /// The account of the peer.
        peer: AccountId,
    },
    /// This node can be reached here.
    Listening {
        /// The address that peers can dial.
        address: Multiaddr,
    },
}

/// The decision on a gossiped message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// Accept: pass the message on.
    Accept,
    /// Drop it, and count it against those who passed it on: they could have known.
    Reject,
    /// Drop it without blame.
    Ignore,
}

/// Settled outside the loop, carried out inside it.
pub(super) enum Settled {
    Gossip { id: MessageId, source: PeerId, bytes: usize, acceptance: Acceptance },
    Response { id: InboundRequestId, channel: ResponseChannel<Reply>, reply: Option<Reply> },
}

/// A message that waits for its acceptance. Dropped, it is ignored.
pub struct MessageToken {
    id: MessageId,
    source: PeerId,
    /// How much of the budget the message takes until it is judged.
    bytes: usize,
    settle: Option<mpsc::Sender<Settled>>,
}

impl MessageToken {
    pub(super) fn new(id: MessageId, source: PeerId, bytes: usize, settle: mpsc::Sender<Settled>) -> Self {
        Self { id, source, bytes, settle: Some(settle) }
    }

    pub(super) fn judge(mut self, acceptance: Acceptance) {
        self.settle(acceptance);
    }

    fn settle(&mut self, acceptance: Acceptance) {
        if let Some(settle) = self.settle.take() {
            let id = std::mem::replace(&mut self.id, MessageId(Vec::new()));
            // Fails only once the loop has ended.
            let (source, bytes) = (self.source, self.bytes);
            settle.try_send(Settled::Gossip { id, source, bytes, acceptance }).ok();
        }
    }
}

impl Drop for MessageToken {
    fn drop(&mut self) {
        self.settle(Acceptance::Ignore);
    }
}

impl fmt::Debug for MessageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageToken({} from {})", self.id, self.source)
    }
}

/// A request that waits for its answer. Dropped, the asker hears "busy".
pub struct ResponseToken {
    id: InboundRequestId,
    waiting: Option<(ResponseChannel<Reply>, mpsc::Sender<Settled>)>,
    /// The request's bytes count against the budget until it is answered.
    _permit: Option<OwnedSemaphorePermit>,
}

impl ResponseToken {
    pub(super) fn new(
        id: InboundRequestId,
        permit: Option<OwnedSemaphorePermit>,
        channel: ResponseChannel<Reply>,
        settle: mpsc::Sender<Settled>,
    ) -> Self {
        Self { id, waiting: Some((channel, settle)), _permit: permit }
    }

    /// Whether the loop was there to take the answer.
    pub(super) fn answer(mut self, reply: Reply) -> bool {
        self.settle(Some(reply))
    }

    fn settle(&mut self, reply: Option<Reply>) -> bool {
        let Some((channel, settle)) = self.waiting.take() else { return false };
        settle.try_send(Settled::Response { id: self.id, channel, reply }).is_ok()
    }
}

impl Drop for ResponseToken {
    fn drop(&mut self) {
        self.settle(None);
    }
}

impl fmt::Debug for ResponseToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseToken({})", self.id)
    }
}

/// What the node answers to a peer that asks for a blob.
#[derive(Debug)]
pub(super) enum BlobAnswer {
    /// Stream this file.
    Serve(PathBuf),
    /// Say no, with this reason.
    Refuse(Refusal),
}

/// A blob request that waits for a [`BlobAnswer`]. Dropped, the peer hears "busy".
#[derive(Debug)]
pub struct BlobToken {
    pub(super) answer: oneshot::Sender<BlobAnswer>,
}

/// Where events wait to be read. Never blocks, never grows.
#[derive(Clone)]
pub(super) struct Outlet {
    events: mpsc::Sender<Event>,
    /// Places that only news of peers may take.
    reserve: usize,
}

impl Outlet {
    pub(super) fn new(capacity: usize) -> (Self, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(capacity);
        (Self { events, reserve: capacity / 8 }, receiver)
    }

    /// For what peers send: false, and the event is dropped, if there is no place.
    pub(super) fn offer(&self, event: Event) -> bool {
        self.events.capacity() > self.reserve && self.events.try_send(event).is_ok()
    }

    /// For news of peers.
    pub(super) fn tell(&self, event: Event) -> bool {
        self.events.try_send(event).is_ok()
    }
}
