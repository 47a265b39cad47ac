//! The seat of one member: what the handle, the loop and the member's task share of it.

use super::{outbox::Outbox, queue::Queue};
use crate::network::config::NetworkConfig;
use dpgn_protocol::ids::AccountId;
use libp2p::{PeerId, Stream};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

/// Streams that a member has opened and its task has not yet taken; further ones are reset.
const STREAMS_WAITING_MAX: usize = 2;

/// A member, and the way to its task.
pub(super) struct Seat {
    pub(super) account: AccountId,
    pub(super) peer: PeerId,
    pub(super) outbox: Outbox,
    /// The way for streams that the member has opened.
    pub(super) streams: mpsc::Sender<Stream>,
    /// Rings when the member is connected: whoever pauses before the next try need not.
    pub(super) near: Notify,
    /// Cancelled once the member is named no more, or the network stops.
    pub(super) gone: CancellationToken,
    is_open: AtomicBool,
}

/// The time for which a seat's stream is open: until this is dropped.
pub(super) struct Open<'a>(&'a AtomicBool);

impl Seat {
    /// A seat without a stream, and the end at which its task takes streams.
    pub(super) fn new(
        account: AccountId,
        peer: PeerId,
        config: &NetworkConfig,
        gone: CancellationToken,
    ) -> (Self, mpsc::Receiver<Stream>) {
        let limits = &config.limits;
        let outbox = Outbox::new(Queue::new(limits.council_queue_frames_max, limits.council_queue_bytes_max));
        let (streams, taken) = mpsc::channel(STREAMS_WAITING_MAX);
        let (near, is_open) = (Notify::new(), AtomicBool::new(false));
        (Self { account, peer, outbox, streams, near, gone, is_open }, taken)
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// The member has said something on the stream: it is open.
    pub(super) fn opened(&self) -> Open<'_> {
        self.is_open.store(true, Ordering::Relaxed);
        Open(&self.is_open)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
