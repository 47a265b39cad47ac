//! One stream with one member: what waits is written in batches, what comes is emitted, each at its own pace.
//!
//! Both sides begin with an empty frame, and say an empty one whenever they have been silent for a while: a stream on
//! which nothing comes is dead. Empty frames are never emitted. What was being written when a stream ends is lost.

use super::{
    Shared,
    frame::{LinkError, PIECE_BYTES, append, in_time, read_bytes, read_len, write},
    seat::Seat,
};
use crate::network::{config::ms, event::Event, limiter::Limiter};
use futures::{
    AsyncRead, AsyncReadExt as _, AsyncWrite,
    io::{BufReader, ReadHalf, WriteHalf},
};
use libp2p::Stream;
use std::{convert::Infallible, time::Instant};

/// Small frames that lie behind each other are read at once.
const READ_BYTES: usize = 8 << 10;

/// A stream on which the other side has spoken.
pub(super) struct Link<'a> {
    shared: &'a Shared,
    seat: &'a Seat,
    reader: BufReader<ReadHalf<Stream>>,
    writer: WriteHalf<Stream>,
}

impl<'a> Link<'a> {
    /// Greets the other side, and waits for its greeting: only then is the stream open, for it may be reset instead.
    pub(super) async fn greet(shared: &'a Shared, seat: &'a Seat, stream: Stream) -> Result<Self, LinkError> {
        let (reader, mut writer) = stream.split();
        let mut reader = BufReader::with_capacity(READ_BYTES, reader);
        let mut greeting = Vec::new();
        append(&mut greeting, &[]);
        write(&mut writer, &greeting, shared.frame_max()).await?;
        in_time(shared.frame_max(), read_len(&mut reader, 0)).await?;
        Ok(Self { shared, seat, reader, writer })
    }

    /// Hears and speaks until the stream ends, and says why it did.
    pub(super) async fn run(self, budget: &mut Limiter<()>) -> LinkError {
        let Self { shared, seat, reader, writer } = self;
        let ended = tokio::select! {
            ended = hear(shared, seat, reader, budget) => ended,
            ended = speak(shared, seat, writer) => ended,
        };
        match ended {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }
}

/// Emits frames. What is above the member's budget, or finds the queue of events full, is not read yet.
async fn hear(
    shared: &Shared,
    seat: &Seat,
    mut reader: impl AsyncRead + Unpin,
    budget: &mut Limiter<()>,
) -> Result<Infallible, LinkError> {
    let limit = shared.config.limits.council_frame_bytes_max;
    loop {
        let len = in_time(shared.frame_max(), read_len(&mut reader, limit)).await?;
        pay(budget, len).await;
        if len == 0 {
            continue;
        }
        let data = in_time(shared.frame_max(), read_bytes(&mut reader, len)).await?;
        shared.counters.council_received.one();
        shared.counters.council_received_bytes.add(len);
        // Fails only if nobody reads what members say.
        if let Some(events) = shared.events.upgrade() {
            events.send(Event::Said { from: seat.account, data }).await.ok();
        }
    }
}

/// Waits until the budget allows a frame of so many bytes, and takes it from there.
async fn pay(budget: &mut Limiter<()>, bytes: usize) {
    while !budget.allow((), bytes, Instant::now()) {
        tokio::time::sleep(budget.wait((), bytes, Instant::now())).await;
    }
}

/// Writes what waits, and something whenever nothing has waited for a while.
async fn speak(shared: &Shared, seat: &Seat, mut writer: impl AsyncWrite + Unpin) -> Result<Infallible, LinkError> {
    let silence_max = ms(shared.config.timing.council_alive_ms);
    loop {
        let frames = tokio::time::timeout(silence_max, seat.outbox.next(PIECE_BYTES)).await.unwrap_or_default();
        let mut bytes = Vec::new();
        for frame in &frames {
            append(&mut bytes, frame);
        }
        if frames.is_empty() {
            append(&mut bytes, &[]);
        }
        write(&mut writer, &bytes, shared.frame_max()).await?;
        shared.counters.council_sent.add(frames.len());
    }
}
