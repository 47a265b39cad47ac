//! Events that the network emits, and the tokens through which they are answered.
//!
//! A token stands for one thing that waits for one answer. There are never more of them than the channel
//! they answer through has room for, so an answer is never lost; a token that is dropped answers for itself.

use super::{codec::Reply, config::NetworkLimits, quota::Portion, topic::Topic};
use dpgn_protocol::{ids::AccountId, wire::Refusal};
use libp2p::{
    Multiaddr, PeerId,
    gossipsub::MessageId,
    request_response::{InboundRequestId, ResponseChannel},
};
use std::{fmt, path::PathBuf};
use tokio::sync::{mpsc, oneshot};

/// An event of the network, for the rest of the node.
///
/// Each kind waits in a queue of its own, so that what fills one starves no other. News of peers that finds its
/// queue full is lost: [`Network::peers`](super::Network::peers) is the truth.
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
    /// A member of the committee says something, on its stream with this node.
    Said {
        /// The account of the member.
        from: AccountId,
        /// The bytes of one frame; at least one.
        data: Vec<u8>,
    },
    /// A peer has its first connection with this node.
    PeerConnected {
        /// The account of the peer.
        peer: AccountId,
        /// The address of its first connection.
        address: Multiaddr,
    },
    /// The last connection with a peer is closed.
    PeerDisconnected {
        /// The account of the peer.
        peer: AccountId,
    },
    /// This node can be reached at an address.
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
    /// Drop it without blame. It costs its sender's budget more than its size: an honest relay passes on little
    /// of what is of no use.
    Ignore,
    /// Drop it without blame, at no more than its size: what it says was of use, or was heard from another just now.
    Duplicate,
}

/// Settled outside the loop, carried out inside it.
pub(super) enum Settled {
    Gossip { message: Waiting, acceptance: Acceptance },
    Response { id: InboundRequestId, channel: ResponseChannel<Reply>, reply: Option<Reply> },
}

/// The names of a gossiped message that waits for a decision.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) id: MessageId,
    pub(super) source: PeerId,
    pub(super) topic: Topic,
    /// Bytes that the message takes of its sender's room until it is decided.
    pub(super) bytes: usize,
}

/// A message that waits for its [`Acceptance`]. Dropped, it is ignored.
pub struct MessageToken {
    waiting: Option<(Waiting, mpsc::Sender<Settled>)>,
}

impl MessageToken {
    pub(super) fn new(message: Waiting, settle: mpsc::Sender<Settled>) -> Self {
        Self { waiting: Some((message, settle)) }
    }

    pub(super) fn judge(mut self, acceptance: Acceptance) {
        self.settle(acceptance);
    }

    fn settle(&mut self, acceptance: Acceptance) {
        if let Some((message, settle)) = self.waiting.take() {
            // Fails only once the loop has ended.
            settle.try_send(Settled::Gossip { message, acceptance }).ok();
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
        write!(f, "MessageToken({:?})", self.waiting.as_ref().map(|(message, _)| message))
    }
}

/// A request that waits for its answer. Dropped, the asker hears "busy".
pub struct ResponseToken {
    id: InboundRequestId,
    asker: Asker,
    waiting: Option<(ResponseChannel<Reply>, mpsc::Sender<Settled>)>,
    /// The request's bytes count against its sender's share until it is answered.
    _held: Portion,
}

/// The peer that has sent a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(crate) account: AccountId,
    /// Whether places were kept for it when it asked.
    pub(crate) is_favoured: bool,
}

impl ResponseToken {
    pub(super) fn new(
        id: InboundRequestId,
        asker: Asker,
        held: Portion,
        channel: ResponseChannel<Reply>,
        settle: mpsc::Sender<Settled>,
    ) -> Self {
        Self { id, asker, waiting: Some((channel, settle)), _held: held }
    }

    pub(crate) fn asker(&self) -> Asker {
        self.asker
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

/// The node's answer to a peer that asks for a blob.
#[derive(Debug)]
pub(super) enum BlobAnswer {
    /// Stream this file.
    Serve(PathBuf),
    /// Say no, with this reason.
    Refuse(Refusal),
}

/// A blob request that waits for an answer. Dropped, the peer hears "busy".
#[derive(Debug)]
pub struct BlobToken {
    pub(super) answer: oneshot::Sender<BlobAnswer>,
}

/// Gossip that has been emitted and not read yet; the rest waits in the loop, in fair turns.
const GOSSIP_OUT_MAX: usize = 16;
/// Frames of members that have been emitted and not read yet; then each member's stream waits with one, in turn.
const COUNCIL_OUT_MAX: usize = 16;

/// The events of a network, to be read by the rest of the node.
#[derive(Debug)]
pub struct Events {
    news: mpsc::Receiver<Event>,
    requests: mpsc::Receiver<Event>,
    blobs: mpsc::Receiver<Event>,
    gossip: Option<mpsc::Receiver<Event>>,
    council: Option<mpsc::Receiver<Event>>,
}

impl Events {
    /// The next event of any kind: news of peers first, the others in turn. None once the network has stopped.
    pub async fn recv(&mut self) -> Option<Event> {
        if let Ok(event) = self.news.try_recv() {
            return Some(event);
        }
        tokio::select! {
            Some(event) = self.news.recv() => Some(event),
            Some(event) = self.requests.recv() => Some(event),
            Some(event) = self.blobs.recv() => Some(event),
            Some(event) = next(&mut self.gossip) => Some(event),
            Some(event) = next(&mut self.council) => Some(event),
            else => None,
        }
    }

    /// Takes gossip out: whoever checks it reads [`Event::Gossip`] from here, at its own pace, and
    /// [`recv`](Self::recv) brings all the rest. None if it has been taken.
    pub fn take_gossip(&mut self) -> Option<mpsc::Receiver<Event>> {
        self.gossip.take()
    }

    /// The same for what members say, which is [`Event::Said`].
    pub fn take_council(&mut self) -> Option<mpsc::Receiver<Event>> {
        self.council.take()
    }
}

/// The next event of a queue that may have been taken.
async fn next(queue: &mut Option<mpsc::Receiver<Event>>) -> Option<Event> {
    match queue {
        Some(queue) => queue.recv().await,
        None => None,
    }
}

/// The queues that events wait in. Sending never blocks the loop, and no queue grows without limit.
#[derive(Clone)]
pub(super) struct Outlet {
    news: mpsc::Sender<Event>,
    requests: mpsc::Sender<Event>,
    blobs: mpsc::Sender<Event>,
    /// Gossip is put here only when there is room; until then it waits in the loop.
    pub(super) gossip: mpsc::Sender<Event>,
    /// What members say: their streams wait for room, in the order in which they came, and are not read until then.
    pub(super) council: mpsc::Sender<Event>,
}

impl Outlet {
    pub(super) fn new(limits: &NetworkLimits) -> (Self, Events) {
        let queue = |len: usize| mpsc::channel(len.min(limits.events_max));
        let (news, news_out) = queue(limits.events_max);
        let (requests, requests_out) = queue(limits.requests_in_max);
        let (blobs, blobs_out) = queue(limits.blob_questions_max);
        let (gossip, gossip_out) = queue(GOSSIP_OUT_MAX);
        let (council, council_out) = queue(COUNCIL_OUT_MAX);
        let events = Events {
            news: news_out,
            requests: requests_out,
            blobs: blobs_out,
            gossip: Some(gossip_out),
            council: Some(council_out),
        };
        (Self { news, requests, blobs, gossip, council }, events)
    }

    /// News of peers: false, and the event is dropped, if there is no place.
    pub(super) fn news(&self, event: Event) -> bool {
        self.news.try_send(event).is_ok()
    }

    /// A request of a peer: false, and its token says "busy", if there is no place.
    pub(super) fn request(&self, event: Event) -> bool {
        self.requests.try_send(event).is_ok()
    }

    /// A blob request of a peer: false, and its token says "busy", if there is no place.
    pub(super) fn blob(&self, event: Event) -> bool {
        self.blobs.try_send(event).is_ok()
    }
}
