//! One blob's stream: reads and writes that end in time, and the few frames before the bytes.

use super::seal::KEY_BYTES;
use crate::network::error::FetchError;
use dpgn_protocol::wire::Refusal;
use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use std::{
    future::Future,
    io,
    time::{Duration, Instant},
};

/// Bytes that are waited for at once.
const PIECE_BYTES: usize = 64 << 10;

const SERVED: u8 = 0;
const REFUSALS: [(u8, Refusal); 4] =
    [(1, Refusal::NotFound), (2, Refusal::NotAllowed), (3, Refusal::Busy), (4, Refusal::Malformed)];

/// The length and hash of a blob that its owner announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) len: u64,
    pub(super) hash: [u8; 32],
}

/// The least pace of a peer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// A piece of 64 KiB moves within this.
    pub(super) piece_max: Duration,
    /// Bytes per second on average, over all that has moved since the transfer began.
    pub(super) bytes_per_s_least: u64,
}

/// A stream on which every piece must move in time, and all of them at a least rate on average: one that drips
/// holds its place for its first [`Pace::piece_max`] and not for hours.
pub(super) struct Paced<S> {
    io: S,
    pace: Pace,
    /// The end of the question, at which everything before the blob must have been said.
    until: Option<Instant>,
    /// The start of the transfer, and the bytes that were there already.
    began: Option<(Instant, u64)>,
    /// Bytes of the blob moved so far, those that were there already included.
    pub(super) done: u64,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Paced<S> {
    pub(super) fn new(io: S, pace: Pace) -> Self {
        Self { io, pace, until: None, began: None, done: 0 }
    }

    /// Sets the time within which everything must be said from now on, until the transfer begins.
    pub(super) fn talk_for(&mut self, limit: Duration) {
        self.until = Some(Instant::now() + limit);
    }

    /// The blob's bytes move from now on; so many are there already.
    pub(super) fn begin(&mut self, done: u64) {
        self.done = done;
        self.until = None;
        self.began = Some((Instant::now(), done));
    }

    /// The time that the next piece may take.
    fn patience(&self, piece_bytes: usize) -> Duration {
        let now = Instant::now();
        let mut patience = self.pace.piece_max;
        if let Some(until) = self.until {
            patience = patience.min(until.saturating_duration_since(now));
        }
        if let Some((start, there)) = self.began {
            let moved = self.done.saturating_sub(there) + piece_bytes as u64;
            let paid_for = Duration::from_secs_f64(moved as f64 / self.pace.bytes_per_s_least as f64);
            patience = patience.min((start + self.pace.piece_max + paid_for).saturating_duration_since(now));
        }
        patience
    }

    pub(super) async fn read_exact(&mut self, bytes: &mut [u8]) -> Result<(), FetchError> {
        for piece in bytes.chunks_mut(PIECE_BYTES) {
            let len = piece.len();
            let patience = self.patience(len);
            timed(patience, self.done, len, self.io.read_exact(piece)).await?;
            if self.began.is_some() {
                self.done += len as u64;
            }
        }
        Ok(())
    }

    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        for piece in bytes.chunks(PIECE_BYTES) {
            let patience = self.patience(piece.len());
            timed(patience, self.done, piece.len(), self.io.write_all(piece)).await?;
            if self.began.is_some() {
                self.done += piece.len() as u64;
            }
        }
        Ok(())
    }

    pub(super) async fn flush(&mut self) -> Result<(), FetchError> {
        timed(self.patience(0), self.done, 0, self.io.flush()).await
    }

    pub(super) async fn close(&mut self) -> Result<(), FetchError> {
        timed(self.patience(0), self.done, 0, self.io.close()).await
    }

    /// Whether the peer has nothing more to send.
    pub(super) async fn is_at_end(&mut self) -> Result<bool, FetchError> {
        let mut more = [0];
        Ok(timed(self.patience(1), self.done, 1, self.io.read(&mut more)).await? == 0)
    }

    /// Sends the question for a blob.
    pub(super) async fn write_question(&mut self, question: &[u8]) -> Result<(), FetchError> {
        // The caller has held it against a limit far below 4 GiB.
        self.write_all(&(question.len() as u32).to_be_bytes()).await?;
        self.write_all(question).await?;
        self.flush().await
    }

    pub(super) async fn read_question(&mut self, limit: usize) -> Result<Vec<u8>, FetchError> {
        let mut len = [0; 4];
        self.read_exact(&mut len).await?;
        let got = u32::from_be_bytes(len) as usize;
        if got > limit {
            return Err(FetchError::RequestTooLarge { got, limit });
        }
        let mut question = vec![0; got];
        self.read_exact(&mut question).await?;
        Ok(question)
    }

    /// Sends the owner's header and the public half of its key: the blob follows.
    pub(super) async fn write_header(&mut self, header: &Header, key: &[u8; KEY_BYTES]) -> Result<(), FetchError> {
        self.write_all(&[SERVED]).await?;
        self.write_all(&header.len.to_be_bytes()).await?;
        self.write_all(&header.hash).await?;
        self.write_all(key).await?;
        self.flush().await
    }

    pub(super) async fn write_refusal(&mut self, refusal: Refusal) -> Result<(), FetchError> {
        let status = REFUSALS.iter().find(|(_, known)| *known == refusal).map_or(3, |(status, _)| *status);
        self.write_all(&[status]).await?;
        self.flush().await?;
        self.close().await
    }

    pub(super) async fn read_header(&mut self) -> Result<(Header, [u8; KEY_BYTES]), FetchError> {
        let mut status = [0];
        self.read_exact(&mut status).await?;
        if status[0] != SERVED {
            let refusal = REFUSALS.iter().find(|(known, _)| *known == status[0]);
            return Err(match refusal {
                Some((_, refusal)) => FetchError::Refused(*refusal),
                None => FetchError::UnknownStatus { status: status[0] },
            });
        }
        let (mut len, mut hash, mut key) = ([0; 8], [0; 32], [0; KEY_BYTES]);
        self.read_exact(&mut len).await?;
        self.read_exact(&mut hash).await?;
        self.read_exact(&mut key).await?;
        Ok((Header { len: u64::from_be_bytes(len), hash }, key))
    }

    /// Sends the offset from which on the asker wants the blob, and the public half of its key.
    pub(super) async fn write_offset(&mut self, offset: u64, key: &[u8; KEY_BYTES]) -> Result<(), FetchError> {
        self.write_all(&offset.to_be_bytes()).await?;
        self.write_all(key).await?;
        self.flush().await
    }

    pub(super) async fn read_offset(&mut self) -> Result<(u64, [u8; KEY_BYTES]), FetchError> {
        let (mut offset, mut key) = ([0; 8], [0; KEY_BYTES]);
        self.read_exact(&mut offset).await?;
        self.read_exact(&mut key).await?;
        Ok((u64::from_be_bytes(offset), key))
    }
}

async fn timed<T>(
    limit: Duration,
    done: u64,
    piece_bytes: usize,
    work: impl Future<Output = io::Result<T>> + Send,
) -> Result<T, FetchError> {
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(FetchError::Broken { done, reason: error.to_string() }),
        Err(_) => Err(FetchError::Stalled { piece_bytes, after_ms: limit.as_millis() as u64 }),
    }
}
