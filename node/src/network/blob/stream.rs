//! One blob's stream: reads and writes that end in time, and the few frames before the bytes.

use crate::network::error::FetchError;
use dpgn_protocol::wire::Refusal;
use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use std::{future::Future, io, time::Duration};

/// So many bytes must move within one interval: the least rate of a peer.
const PIECE_BYTES: usize = 64 << 10;

const SERVED: u8 = 0;
const REFUSALS: [(u8, Refusal); 4] =
    [(1, Refusal::NotFound), (2, Refusal::NotAllowed), (3, Refusal::Busy), (4, Refusal::Malformed)];

/// What an owner announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) len: u64,
    pub(super) hash: [u8; 32],
}

/// A stream on which every piece must move in time.
pub(super) struct Paced<S> {
    io: S,
    piece_max: Duration,
    /// Bytes of the blob moved so far, for errors.
    pub(super) done: u64,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Paced<S> {
    pub(super) fn new(io: S, piece_max: Duration) -> Self {
        Self { io, piece_max, done: 0 }
    }

    pub(super) async fn read_exact(&mut self, bytes: &mut [u8]) -> Result<(), FetchError> {
        for piece in bytes.chunks_mut(PIECE_BYTES) {
            let len = piece.len();
            timed(self.piece_max, self.done, len, self.io.read_exact(piece)).await?;
        }
        Ok(())
    }

    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        for piece in bytes.chunks(PIECE_BYTES) {
            timed(self.piece_max, self.done, piece.len(), self.io.write_all(piece)).await?;
        }
        Ok(())
    }

    pub(super) async fn flush(&mut self) -> Result<(), FetchError> {
        timed(self.piece_max, self.done, 0, self.io.flush()).await
    }

    pub(super) async fn close(&mut self) -> Result<(), FetchError> {
        timed(self.piece_max, self.done, 0, self.io.close()).await
    }

    /// Whether the peer has nothing more to send.
    pub(super) async fn is_at_end(&mut self) -> Result<bool, FetchError> {
        let mut more = [0];
        Ok(timed(self.piece_max, self.done, 1, self.io.read(&mut more)).await? == 0)
    }

    /// Sends the asker's request.
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

    /// Sends the owner's header: the blob follows.
    pub(super) async fn write_header(&mut self, header: &Header) -> Result<(), FetchError> {
        self.write_all(&[SERVED]).await?;
        self.write_all(&header.len.to_be_bytes()).await?;
        self.write_all(&header.hash).await?;
        self.flush().await
    }

    pub(super) async fn write_refusal(&mut self, refusal: Refusal) -> Result<(), FetchError> {
        let status = REFUSALS.iter().find(|(_, known)| *known == refusal).map_or(3, |(status, _)| *status);
        self.write_all(&[status]).await?;
        self.flush().await?;
        self.close().await
    }

    pub(super) async fn read_header(&mut self) -> Result<Header, FetchError> {
        let mut status = [0];
        self.read_exact(&mut status).await?;
        if status[0] != SERVED {
            let refusal = REFUSALS.iter().find(|(known, _)| *known == status[0]);
            return Err(match refusal {
                Some((_, refusal)) => FetchError::Refused(*refusal),
                None => FetchError::Malformed { status: status[0] },
            });
        }
        let (mut len, mut hash) = ([0; 8], [0; 32]);
        self.read_exact(&mut len).await?;
        self.read_exact(&mut hash).await?;
        Ok(Header { len: u64::from_be_bytes(len), hash })
    }

    /// From which byte on the asker wants the blob.
    pub(super) async fn write_offset(&mut self, offset: u64) -> Result<(), FetchError> {
        self.write_all(&offset.to_be_bytes()).await?;
        self.flush().await
    }

    pub(super) async fn read_offset(&mut self) -> Result<u64, FetchError> {
        let mut offset = [0; 8];
        self.read_exact(&mut offset).await?;
        Ok(u64::from_be_bytes(offset))
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
