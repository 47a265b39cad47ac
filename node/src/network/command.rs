//! The commands that handles send to the loop, and the channels between the two.

use super::{
    codec::HeldAnswer,
    error::{ConnectError, RequestError},
    event::Outlet,
    metrics::Counters,
    peer_info::PeerInfo,
    peer_lookup::Waiter,
    peer_score::Offence,
    streams::{Incoming, Opened},
    topic::Topic,
};
use dpgn_protocol::ids::AccountId;
use libp2p::{Multiaddr, PeerId};
use std::{collections::HashSet, sync::Arc};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// A command of a handle to the loop.
pub(super) enum Command {
    Publish {
        topic: Topic,
        data: Vec<u8>,
    },
    Connect {
        peer: PeerId,
        waiter: Waiter,
    },
    Dial {
        address: Multiaddr,
        reply: oneshot::Sender<Result<AccountId, ConnectError>>,
    },
    Request {
        peer: PeerId,
        data: Vec<u8>,
        reply: oneshot::Sender<Result<HeldAnswer, RequestError>>,
    },
    Penalise {
        peer: PeerId,
        offence: Offence,
    },
    OpenStream {
        peer: PeerId,
        opened: Opened,
    },
    OpenCouncil {
        peer: PeerId,
        opened: Opened,
    },
    /// Peers that this node has business with: places are kept for them.
    Favour {
        peers: HashSet<PeerId>,
    },
    Peers {
        reply: oneshot::Sender<Vec<PeerInfo>>,
    },
}

/// The addresses this node listens at.
#[derive(Clone, Debug, Default)]
pub(super) struct Listening {
    /// Whether every listener has an address, or has failed.
    pub(super) ready: bool,
    /// The addresses known so far.
    pub(super) addresses: Vec<Multiaddr>,
}

/// The loop's ends of its channels, and the counters it shares with the handles.
pub(super) struct Ends {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) outlet: Outlet,
    pub(super) streams: mpsc::Sender<Incoming>,
    pub(super) listening: watch::Sender<Listening>,
    /// The favoured peers, for the server of blobs.
    pub(super) favoured: watch::Sender<Arc<HashSet<PeerId>>>,
    pub(super) counters: Arc<Counters>,
    pub(super) stop: CancellationToken,
}
