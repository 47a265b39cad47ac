//! Frames of a council stream: a length of four bytes, then so many bytes.
//!
//! Memory is set aside as bytes come, never for a length that somebody claims.

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use std::{future::Future, io, time::Duration};

/// Bytes that are set aside, or waited for, at once.
pub(super) const PIECE_BYTES: usize = 64 << 10;

/// Why a stream has ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("a frame has at most {limit} bytes here; this one claims {got}")]
    TooLarge { got: usize, limit: usize },
    #[error("no frame came, or no piece of one left, within {after_ms} ms")]
    Stalled { after_ms: u64 },
    #[error("the stream broke: {0}")]
    Broken(#[from] io::Error),
}

/// Reads the length of the next frame, held against its limit.
pub(super) async fn read_len(io: &mut (impl AsyncRead + Unpin), limit: usize) -> Result<usize, LinkError> {
    let mut len = [0; 4];
    io.read_exact(&mut len).await?;
    let got = u32::from_be_bytes(len) as usize;
    if got > limit { Err(LinkError::TooLarge { got, limit }) } else { Ok(got) }
}

/// Reads the bytes of a frame whose length is known.
pub(super) async fn read_bytes(io: &mut (impl AsyncRead + Unpin), len: usize) -> Result<Vec<u8>, LinkError> {
    let mut bytes = Vec::new();
    while bytes.len() < len {
        let (at, piece) = (bytes.len(), (len - bytes.len()).min(PIECE_BYTES));
        bytes.reserve_exact(piece);
        bytes.resize(at + piece, 0);
        io.read_exact(&mut bytes[at..]).await?;
    }
    Ok(bytes)
}

/// Appends a frame to bytes that will be written. Its sender has held it against a limit far below 4 GiB.
pub(super) fn append(bytes: &mut Vec<u8>, frame: &[u8]) {
    bytes.extend_from_slice(&(frame.len() as u32).to_be_bytes());
    bytes.extend_from_slice(frame);
}

/// Writes bytes and flushes them; each piece leaves in time.
pub(super) async fn write(
    io: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    piece_max: Duration,
) -> Result<(), LinkError> {
    for piece in bytes.chunks(PIECE_BYTES) {
        in_time(piece_max, async { Ok(io.write_all(piece).await?) }).await?;
    }
    in_time(piece_max, async { Ok(io.flush().await?) }).await
}

/// Does something within its time.
pub(super) async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, LinkError>>,
) -> Result<T, LinkError> {
    let stalled = |_| LinkError::Stalled { after_ms: limit.as_millis() as u64 };
    tokio::time::timeout(limit, work).await.map_err(stalled)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::io::Cursor;

    #[tokio::test]
    async fn frames_come_back_as_they_were_said() {
        let frames: [Vec<u8>; 4] = [vec![], vec![1; 300], vec![2; PIECE_BYTES], vec![3; 3 * PIECE_BYTES + 1]];
        let mut written = Vec::new();
        for frame in &frames {
            append(&mut written, frame);
        }
        let mut io = Cursor::new(written);
        for frame in &frames {
            let len = read_len(&mut io, 4 * PIECE_BYTES).await.unwrap();
            assert_eq!(&read_bytes(&mut io, len).await.unwrap(), frame);
        }
        assert!(matches!(read_len(&mut io, 1).await, Err(LinkError::Broken(_))));
    }

    /// The reader of a frame that claims much and holds little: what it has set aside when the bytes end.
    #[tokio::test]
    async fn claimed_bytes_are_not_set_aside() {
        let claims = (u32::MAX).to_be_bytes();
        let refused = read_len(&mut Cursor::new(claims), 256 << 10).await;
        assert!(matches!(refused, Err(LinkError::TooLarge { got: 0xffff_ffff, limit: 0x4_0000 })), "{refused:?}");
        // Were it set aside as claimed, this would need an exabyte.
        let broken = read_bytes(&mut Cursor::new([7; 100]), 1 << 60).await;
        assert!(matches!(broken, Err(LinkError::Broken(_))), "{broken:?}");
    }
}
