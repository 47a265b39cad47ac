//! The task of one member: it keeps the member connected and its stream open, for as long as it is named.
//!
//! Without a stream it tries again and again: connects, and opens the stream if its own account is the smaller one.
//! A stream that the member has opened is taken at once, whatever was there before.

use super::{Shared, frame::LinkError, link::Link, seat::Seat};
use crate::network::{
    command::Command,
    config::{Timing, ms},
    limiter::Limiter,
    peer_score::Offence,
};
use libp2p::Stream;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};

/// Frames that have waited for a stream for longer are not said any more: their height has been decided.
const STALE: Duration = Duration::from_secs(5);

/// A member, and this node's standing with it.
pub(super) struct Member {
    seat: Arc<Seat>,
    shared: Arc<Shared>,
    /// Outlives streams: a new one brings no new budget.
    budget: Limiter<()>,
    pause: Pause,
}

impl Member {
    pub(super) fn new(seat: Arc<Seat>, shared: Arc<Shared>) -> Self {
        let budget = Limiter::new(shared.config.limits.council_rate);
        let pause = Pause::new(&shared.config.timing);
        Self { seat, shared, budget, pause }
    }

    /// Runs until the member is named no more, or the network stops.
    pub(super) async fn run(mut self, mut streams: mpsc::Receiver<Stream>) {
        let gone = self.seat.gone.clone();
        tokio::select! {
            () = gone.cancelled() => {}
            () = self.keep(&mut streams) => {}
        }
    }

    async fn keep(&mut self, streams: &mut mpsc::Receiver<Stream>) {
        loop {
            let mut stream = tokio::select! {
                Some(theirs) = streams.recv() => theirs,
                ours = self.seek() => ours,
            };
            loop {
                tokio::select! {
                    Some(newer) = streams.recv() => stream = newer,
                    () = self.talk(stream) => break,
                }
            }
        }
    }

    /// Connects the member, again and again; the smaller account opens the stream.
    async fn seek(&mut self) -> Stream {
        let is_opener = self.shared.local < self.seat.account;
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.pause.next()) => {}
                () = self.seat.near.notified() => {}
            }
            if !self.connect().await {
                continue;
            }
            // It is here, and may be starting: until it counts this node among its members it resets our streams.
            self.pause.reset();
            if is_opener && let Some(stream) = self.open().await {
                return stream;
            }
        }
    }

    async fn connect(&self) -> bool {
        let (waiter, connected) = oneshot::channel();
        self.command(Command::Connect { peer: self.seat.peer, waiter }) && matches!(connected.await, Ok(Ok(())))
    }

    async fn open(&self) -> Option<Stream> {
        let (opened, stream) = oneshot::channel();
        if !self.command(Command::OpenCouncil { peer: self.seat.peer, opened }) {
            return None;
        }
        match tokio::time::timeout(self.shared.frame_max(), stream).await {
            Ok(Ok(Ok(stream))) => Some(stream),
            not => {
                tracing::debug!(member = %self.seat.account, ?not, "no council stream was opened");
                None
            }
        }
    }

    /// Speaks over a stream until it ends.
    async fn talk(&mut self, stream: Stream) {
        let error = match Link::greet(&self.shared, &self.seat, stream).await {
            Ok(link) => {
                if let Some(before) = Instant::now().checked_sub(STALE) {
                    self.shared.counters.council_dropped.add(self.seat.outbox.forget(before));
                }
                let _open = self.seat.opened();
                tracing::debug!(member = %self.seat.account, "a council stream is open");
                link.run(&mut self.budget).await
            }
            Err(error) => error,
        };
        tracing::debug!(member = %self.seat.account, %error, "a council stream has ended");
        match error {
            LinkError::TooLarge { .. } => {
                self.command(Command::Penalise { peer: self.seat.peer, offence: Offence::Malformed });
            }
            // The other side has crashed, its line is slow, or it does not count this node among its members yet.
            LinkError::Stalled { .. } | LinkError::Broken(_) => {}
        }
    }

    /// Whether the loop has taken a command.
    fn command(&self, command: Command) -> bool {
        self.shared.commands.upgrade().is_some_and(|commands| commands.try_send(command).is_ok())
    }
}

/// The time until the next try: none before the first one, then twice as long each time that the member is not
/// reached, up to a limit.
struct Pause {
    next: Duration,
    least: Duration,
    most: Duration,
}

impl Pause {
    fn new(timing: &Timing) -> Self {
        Self { next: Duration::ZERO, least: ms(timing.council_retry_ms), most: ms(timing.council_retry_max_ms) }
    }

    fn next(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 2).clamp(self.least, self.most);
        now
    }

    /// The member is connected: the next try is soon again.
    fn reset(&mut self) {
        self.next = self.least;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_half_a_second_to_five_and_start_anew() {
        let mut pause = Pause::new(&Timing::default());
        let pauses: Vec<_> = (0..7).map(|_| pause.next().as_millis()).collect();
        assert_eq!(pauses, [0, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
        pause.reset();
        assert_eq!(pause.next().as_millis(), 500);
    }
}
