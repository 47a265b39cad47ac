//! The door of the council in the loop: which streams of peers are handed to a member's task, and which are reset.
//!
//! A stranger's stream costs a look into a map. A member has one stream, and may replace it now and then.

use super::{Seats, seat::Seat};
use crate::network::{
    identity::account_of,
    limiter::{Limiter, Rate},
    metrics::Counters,
    streams::Incoming,
};
use dpgn_protocol::ids::AccountId;
use libp2p::PeerId;
use std::{sync::Arc, time::Instant};
use tokio::sync::watch;

/// Streams that one member may open; only their number counts.
const RATE: Rate = Rate { per_s: 2, burst: 8, bytes_per_s: 0, bytes_burst: 0 };

/// Takes the streams that peers open.
pub(in crate::network) struct Door {
    local: AccountId,
    seats: watch::Receiver<Seats>,
    limiter: Limiter<PeerId>,
    counters: Arc<Counters>,
}

impl Door {
    pub(super) fn new(local: AccountId, seats: watch::Receiver<Seats>, counters: Arc<Counters>) -> Self {
        Self { local, seats, limiter: Limiter::new(RATE), counters }
    }

    /// Hands a stream to the task of its member. It is reset if its peer is no member, has the larger account, or
    /// opens too many.
    pub(in crate::network) fn take(&mut self, Incoming { peer, stream }: Incoming, now: Instant) {
        let seat = self.seat(&peer).filter(|seat| seat.account < self.local);
        let taken = seat.is_some_and(|seat| self.limiter.allow(peer, 0, now) && seat.streams.try_send(stream).is_ok());
        if !taken {
            self.counters.council_refused.one();
        }
    }

    /// A peer has one connection more: if it is a member, its task need not pause.
    pub(in crate::network) fn connected(&self, peer: &PeerId) {
        if let Some(seat) = self.seat(peer) {
            seat.near.notify_one();
        }
    }

    /// Forgets budgets that are full again.
    pub(in crate::network) fn tidy(&mut self, now: Instant) {
        self.limiter.tidy(now);
    }

    fn seat(&self, peer: &PeerId) -> Option<Arc<Seat>> {
        account_of(peer).ok().and_then(|account| self.seats.borrow().get(&account).cloned())
    }
}
