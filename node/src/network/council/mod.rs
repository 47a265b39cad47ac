//! Council streams: one long-lived stream for each pair of members, over which they speak in frames.
//!
//! The smaller account of a pair opens the stream, the larger one takes it; the newest replaces the one before, since
//! a member that has crashed is back before its old stream is known to be dead. What is to be said waits in a bounded
//! queue per member, and what is heard is emitted at the pace of whoever reads it. Bytes only: what members say, and
//! who is one, is known to others.
//!
//! What must never happen: a member's frames cost more memory than its share, one member holds up what another says,
//! or whoever speaks waits for whoever does not listen.

mod door;
mod frame;
mod link;
mod member;
mod outbox;
mod queue;
mod seat;

pub(super) use door::Door;

use super::{
    command::Command,
    config::{NetworkConfig, ms},
    error::SayError,
    event::Event,
    identity::peer_of,
    metrics::Counters,
};
use dpgn_protocol::{ids::AccountId, limits::COMMITTEE_MAX};
use member::Member;
use seat::Seat;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, watch},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Members that streams are kept with at once: those of this committee and of the next.
const SEATS_MAX: usize = 2 * COMMITTEE_MAX;

/// The members that this node keeps a stream with.
type Seats = BTreeMap<AccountId, Arc<Seat>>;

/// The streams of this node with the other members, as the handle sees them.
pub(super) struct Council {
    seats: watch::Sender<Seats>,
    shared: Arc<Shared>,
}

/// The parts of the network that every member's task needs.
struct Shared {
    local: AccountId,
    config: Arc<NetworkConfig>,
    counters: Arc<Counters>,
    /// Strong only in the loop: whoever reads what members say is at the end once the network has stopped.
    events: mpsc::WeakSender<Event>,
    commands: mpsc::WeakSender<Command>,
}

/// The channels of the council to the rest of the network.
pub(super) struct CouncilEnds {
    pub(super) counters: Arc<Counters>,
    pub(super) events: mpsc::WeakSender<Event>,
    pub(super) commands: mpsc::WeakSender<Command>,
}

/// The tasks of the network, and what ends them.
pub(super) struct Tasks {
    pub(super) runtime: Handle,
    pub(super) tracker: TaskTracker,
    pub(super) stop: CancellationToken,
}

impl Council {
    /// A council without members.
    pub(super) fn new(local: AccountId, config: Arc<NetworkConfig>, ends: CouncilEnds) -> Self {
        let CouncilEnds { counters, events, commands } = ends;
        let shared = Shared { local, config, counters, events, commands };
        Self { seats: watch::Sender::default(), shared: Arc::new(shared) }
    }

    /// The door through which the loop hands streams over.
    pub(super) fn door(&self) -> Door {
        Door::new(self.shared.local, self.seats.subscribe(), Arc::clone(&self.shared.counters))
    }

    /// Keeps a stream with each of these members from now on, and with nobody else. The task of each ends with the
    /// network, or once its member is named no more.
    pub(super) fn seat(&self, members: &BTreeSet<AccountId>, tasks: &Tasks) {
        let named = members.iter().filter(|member| **member != self.shared.local).take(SEATS_MAX);
        let named: BTreeMap<_, _> = named.filter_map(|member| Some((*member, peer_of(member).ok()?))).collect();
        self.seats.send_modify(|seats| {
            for (_, seat) in seats.extract_if(.., |member, _| !named.contains_key(member)) {
                seat.gone.cancel();
            }
            for (member, peer) in named {
                seats.entry(member).or_insert_with(|| {
                    let (seat, streams) = Seat::new(member, peer, &self.shared.config, tasks.stop.child_token());
                    let seat = Arc::new(seat);
                    let member = Member::new(Arc::clone(&seat), Arc::clone(&self.shared));
                    tasks.tracker.spawn_on(member.run(streams), &tasks.runtime);
                    seat
                });
            }
        });
    }

    /// Queues a frame for one member; says whether its stream is open.
    pub(super) fn say(&self, to: AccountId, frame: Arc<[u8]>) -> Result<bool, SayError> {
        self.check(&frame)?;
        let seats = self.seats.borrow();
        let seat = seats.get(&to).ok_or(SayError::NoMember(to))?;
        Ok(self.put(seat, frame))
    }

    /// Queues a frame for every member; says whose streams are not open.
    pub(super) fn say_all(&self, frame: &Arc<[u8]>) -> Result<BTreeSet<AccountId>, SayError> {
        self.check(frame)?;
        let seats = self.seats.borrow();
        Ok(seats.values().filter(|seat| !self.put(seat, Arc::clone(frame))).map(|seat| seat.account).collect())
    }

    /// The members whose stream is open now.
    pub(super) fn open(&self) -> BTreeSet<AccountId> {
        self.seats.borrow().values().filter(|seat| seat.is_open()).map(|seat| seat.account).collect()
    }

    fn check(&self, frame: &[u8]) -> Result<(), SayError> {
        let (got, limit) = (frame.len(), self.shared.config.limits.council_frame_bytes_max);
        if got > limit { Err(SayError::TooLarge { got, limit }) } else { Ok(()) }
    }

    fn put(&self, seat: &Seat, frame: Arc<[u8]>) -> bool {
        self.shared.counters.council_dropped.add(seat.outbox.push(frame, Instant::now()));
        seat.is_open()
    }
}

impl Shared {
    /// The time within which a frame, or a piece of one, comes or leaves.
    fn frame_max(&self) -> Duration {
        ms(self.config.timing.council_frame_ms)
    }
}
