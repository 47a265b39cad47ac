//! yamux with a window: many streams over one TCP connection, within one budget of unread bytes.
//!
//! libp2p's own wrapping leaves yamux' default of a gigabyte per connection and no way to lower it.

use futures::{AsyncRead, AsyncWrite, Future as _, future};
use libp2p::core::{
    UpgradeInfo,
    muxing::{StreamMuxer, StreamMuxerEvent},
    upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade},
};
use std::{
    collections::VecDeque,
    io, iter,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::time::{Sleep, sleep};
use yamux::{Connection, ConnectionError, Mode};

/// The bytes that yamux grants every stream at its start.
const STREAM_WINDOW_BYTES: usize = 256 << 10;
/// Streams that a peer has opened and nobody has taken yet; further ones are reset.
const WAITING_MAX: usize = 64;
/// The time that a close may take: yamux says all it still has to say, and a peer that reads nothing kept its place.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// Upgrades a connection to yamux.
#[derive(Clone, Debug)]
pub(super) struct Config(yamux::Config);

impl Config {
    /// The configuration for so many streams, with the least window that yamux allows for them.
    pub(super) fn new(streams_max: usize) -> Self {
        let mut config = yamux::Config::default();
        config.set_max_num_streams(streams_max);
        config.set_max_connection_receive_window(Some(streams_max * STREAM_WINDOW_BYTES));
        Self(config)
    }
}

impl UpgradeInfo for Config {
    type Info = &'static str;
    type InfoIter = iter::Once<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        iter::once("/yamux/1.0.0")
    }
}

impl<C: AsyncRead + AsyncWrite + Send + Unpin + 'static> InboundConnectionUpgrade<C> for Config {
    type Output = Muxer<C>;
    type Error = io::Error;
    type Future = future::Ready<io::Result<Muxer<C>>>;

    fn upgrade_inbound(self, socket: C, _: Self::Info) -> Self::Future {
        future::ready(Ok(Muxer::new(Connection::new(socket, self.0, Mode::Server))))
    }
}

impl<C: AsyncRead + AsyncWrite + Send + Unpin + 'static> OutboundConnectionUpgrade<C> for Config {
    type Output = Muxer<C>;
    type Error = io::Error;
    type Future = future::Ready<io::Result<Muxer<C>>>;

    fn upgrade_outbound(self, socket: C, _: Self::Info) -> Self::Future {
        future::ready(Ok(Muxer::new(Connection::new(socket, self.0, Mode::Client))))
    }
}

/// A connection that carries streams.
pub(super) struct Muxer<C> {
    connection: Connection<C>,
    /// yamux moves only while it is asked for inbound streams; those that come when nobody wants one wait here.
    waiting: VecDeque<yamux::Stream>,
    wants_one: Option<Waker>,
    /// The end of the time that a close may take, once it has begun.
    close_by: Option<Pin<Box<Sleep>>>,
}

impl<C: AsyncRead + AsyncWrite + Unpin> Muxer<C> {
    fn new(connection: Connection<C>) -> Self {
        Self { connection, waiting: VecDeque::new(), wants_one: None, close_by: None }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<yamux::Stream>> {
        self.connection.poll_next_inbound(cx).map(|next| next.unwrap_or(Err(ConnectionError::Closed)).map_err(broken))
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin + 'static> StreamMuxer for Muxer<C> {
    type Substream = yamux::Stream;
    type Error = io::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<yamux::Stream>> {
        if let Some(stream) = self.waiting.pop_front() {
            return Poll::Ready(Ok(stream));
        }
        let next = self.poll_next(cx);
        if next.is_pending() {
            self.wants_one = Some(cx.waker().clone());
        }
        next
    }

    fn poll_outbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<yamux::Stream>> {
        self.connection.poll_new_outbound(cx).map_err(broken)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(closed) = self.connection.poll_close(cx) {
            return Poll::Ready(closed.map_err(broken));
        }
        // The peer reads nothing: dropped is closed as well.
        let close_by = self.close_by.get_or_insert_with(|| Box::pin(sleep(CLOSE_MAX)));
        close_by.as_mut().poll(cx).map(Ok)
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
        let stream = match self.poll_next(cx) {
            Poll::Ready(Ok(stream)) => stream,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        };
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(stream);
            if let Some(waker) = self.wants_one.take() {
                waker.wake();
            }
        }
        // There may be more; others get their turn first.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

fn broken(error: ConnectionError) -> io::Error {
    match error {
        ConnectionError::Io(error) => error,
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// A socket whose peer neither writes nor reads.
    struct Deaf;

    impl AsyncRead for Deaf {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Deaf {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    /// Strangers that read nothing kept every place from which they were sent away.
    #[tokio::test]
    async fn a_peer_that_reads_nothing_does_not_hold_up_a_close() {
        let mut muxer = Muxer::new(Connection::new(Deaf, Config::new(4).0, Mode::Server));
        let start = Instant::now();
        let closed = future::poll_fn(|cx| Pin::new(&mut muxer).poll_close(cx));
        let ended = tokio::time::timeout(5 * CLOSE_MAX, closed).await;
        println!("a peer reads nothing: its connection is closed after {:?}", start.elapsed());
        assert!(ended.is_ok());
    }
}
