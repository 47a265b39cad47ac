//! Frames: how node and worker talk over two pipes.
//!
//! A frame is one byte of kind, four bytes of length (little endian), and the body. Each kind travels one way
//! only and has a limit of its own, checked before a byte of the body is read: a program that is no worker
//! is found out at its first frame.

use dpgn_protocol::limits;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

/// Bytes before a frame's body.
const HEAD_BYTES: usize = 5;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $byte:literal, $max:expr;)*) => {
        /// The kind of a frame: what its body holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum FrameKind {
            $($(#[$doc])* $name = $byte,)*
        }

        impl FrameKind {
            fn from_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The most bytes a body of this kind may have.
            pub(crate) const fn bytes_max(self) -> usize {
                match self {
                    $(Self::$name => $max,)*
                }
            }
        }
    };
}

kinds! {
    /// Node to worker, first of all: its limits.
    Setup = 0x01, 16 << 10;
    /// Node to worker: what is to be done.
    Job = 0x02, 16 << 10;
    /// Node to worker, after a job: its bytes, each piece in a frame.
    Blob = 0x03, larger(limits::RECIPE_BYTES_MAX, limits::INPUTS_BYTES_MAX);
    /// Worker to node: the limits are in force, what else confines it, what it proves with, and what it can build.
    Ready = 0x81, 4 << 10;
    /// Worker to node: how far the job is.
    Progress = 0x82, 64;
    /// Worker to node: how the job ended.
    Reply = 0x83, 2 * limits::PROOF_BYTES_MAX + limits::VERIFIER_DATA_BYTES_MAX;
}

impl FrameKind {
    /// Whether a worker may send this kind. A node refuses the rest at the head: `Blob` alone announces up to 256 MiB.
    const fn is_from_worker(self) -> bool {
        match self {
            Self::Ready | Self::Progress | Self::Reply => true,
            Self::Setup | Self::Job | Self::Blob => false,
        }
    }
}

const fn larger(a: u64, b: u64) -> usize {
    // Both limits are 32-bit numbers: nothing is cut off.
    (if a > b { a } else { b }) as usize
}

/// Why what came through the pipe is not a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The pipe is closed: the other side is gone.
    #[error("the pipe is closed")]
    Closed,
    /// The frame's kind is one that nobody sends.
    #[error("frame of unknown kind {0:#04x}")]
    UnknownKind(u8),
    /// The frame's kind is not due now.
    #[error("frame of kind {got:#04x} out of turn")]
    OutOfTurn {
        /// The byte that names the kind that came.
        got: u8,
    },
    /// The frame has more bytes than its kind may have.
    #[error("frame of kind {kind:#04x} with {got} bytes: the limit is {limit}")]
    TooLarge {
        /// The byte that names the kind.
        kind: u8,
        /// The bytes that the head announces.
        got: u64,
        /// The most bytes that a frame of this kind may have.
        limit: usize,
    },
    /// The body is not what its kind holds.
    #[error("frame of kind {kind:#04x}: {reason}")]
    Malformed {
        /// The byte that names the kind.
        kind: u8,
        /// The reason that the codec gave.
        reason: String,
    },
    /// The system refused to read or write.
    #[error("pipe: {0}")]
    Io(io::ErrorKind),
}

impl From<io::Error> for FrameError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Self::Closed,
            kind => Self::Io(kind),
        }
    }
}

/// One frame. Its body may hold a witness: it is wiped when dropped.
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Frame {
    /// The frame, if it is of this kind.
    pub(crate) fn expect(self, kind: FrameKind) -> Result<Zeroizing<Vec<u8>>, FrameError> {
        if self.kind == kind { Ok(self.body) } else { Err(FrameError::OutOfTurn { got: self.kind as u8 }) }
    }
}

/// The bytes before a body of this length, if its kind may have that many.
pub(crate) fn head(kind: FrameKind, len: usize) -> Result<[u8; HEAD_BYTES], FrameError> {
    let too_large = FrameError::TooLarge { kind: kind as u8, got: len as u64, limit: kind.bytes_max() };
    if len > kind.bytes_max() {
        return Err(too_large);
    }
    let len = u32::try_from(len).map_err(|_| too_large)?.to_le_bytes();
    Ok([kind as u8, len[0], len[1], len[2], len[3]])
}

fn parse_head(head: [u8; HEAD_BYTES]) -> Result<(FrameKind, usize), FrameError> {
    let [kind, len @ ..] = head;
    let kind = FrameKind::from_byte(kind).ok_or(FrameError::UnknownKind(kind))?;
    let (len, limit) = (u32::from_le_bytes(len), kind.bytes_max());
    match usize::try_from(len) {
        Ok(len) if len <= limit => Ok((kind, len)),
        _ => Err(FrameError::TooLarge { kind: kind as u8, got: len.into(), limit }),
    }
}

/// One frame off the front of bytes that are all there.
pub(crate) fn split<'a>(bytes: &mut &'a [u8]) -> Result<(FrameKind, &'a [u8]), FrameError> {
    let (&head, rest) = bytes.split_first_chunk().ok_or(FrameError::Closed)?;
    let (kind, len) = parse_head(head)?;
    let (body, rest) = rest.split_at_checked(len).ok_or(FrameError::Closed)?;
    *bytes = rest;
    Ok((kind, body))
}

/// Writes one frame and waits for the pipe to take it.
pub(crate) async fn send<W: AsyncWrite + Unpin>(to: &mut W, kind: FrameKind, body: &[u8]) -> Result<(), FrameError> {
    to.write_all(&head(kind, body.len())?).await?;
    to.write_all(body).await?;
    Ok(to.flush().await?)
}

/// Reads one frame of a worker. Not to be resumed when cancelled midway: the pipe is then of no more use.
pub(crate) async fn receive<R: AsyncRead + Unpin>(from: &mut R) -> Result<Frame, FrameError> {
    let mut bytes = [0; HEAD_BYTES];
    from.read_exact(&mut bytes).await?;
    let (kind, len) = parse_head(bytes)?;
    if !kind.is_from_worker() {
        return Err(FrameError::OutOfTurn { got: kind as u8 });
    }
    // Allocated whole, not grown: growing would leave copies behind that nobody wipes.
    let mut body = Zeroizing::new(vec![0; len]);
    from.read_exact(&mut body).await?;
    Ok(Frame { kind, body })
}

/// [`send`] for a worker, which has no async runtime.
#[cfg(any(test, feature = "plonky2"))]
pub(crate) fn send_sync(to: &mut impl io::Write, kind: FrameKind, body: &[u8]) -> Result<(), FrameError> {
    to.write_all(&head(kind, body.len())?)?;
    to.write_all(body)?;
    Ok(to.flush()?)
}

/// [`receive`] for a worker, which has no async runtime.
#[cfg(any(test, feature = "plonky2"))]
pub(crate) fn receive_sync(from: &mut impl io::Read) -> Result<Frame, FrameError> {
    let mut bytes = [0; HEAD_BYTES];
    from.read_exact(&mut bytes)?;
    let (kind, len) = parse_head(bytes)?;
    let mut body = Zeroizing::new(vec![0; len]);
    from.read_exact(&mut body)?;
    Ok(Frame { kind, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_received() {
        let mut pipe = Vec::new();
        send_sync(&mut pipe, FrameKind::Job, b"job").unwrap();
        send_sync(&mut pipe, FrameKind::Blob, b"").unwrap();
        let mut pipe = pipe.as_slice();
        let job = receive_sync(&mut pipe).unwrap();
        assert_eq!((job.kind, job.body.as_slice()), (FrameKind::Job, b"job".as_slice()));
        assert!(receive_sync(&mut pipe).unwrap().expect(FrameKind::Blob).unwrap().is_empty());
        assert_eq!(receive_sync(&mut pipe).err(), Some(FrameError::Closed));
    }

    #[test]
    fn nothing_is_read_past_a_bad_head() {
        for (bytes, error) in [
            (b"y\ny\ny\n".as_slice(), FrameError::UnknownKind(b'y')),
            (&[0x82, 0, 1, 0, 0], FrameError::TooLarge { kind: 0x82, got: 256, limit: 64 }),
            (
                &[0x83, 255, 255, 255, 255],
                FrameError::TooLarge { kind: 0x83, got: u32::MAX.into(), limit: FrameKind::Reply.bytes_max() },
            ),
            (&[0x81, 4, 0, 0, 0, 1], FrameError::Closed),
            (&[0x81, 4], FrameError::Closed),
        ] {
            assert_eq!(receive_sync(&mut &*bytes).err(), Some(error));
        }
    }

    #[tokio::test]
    async fn a_worker_cannot_make_its_node_allocate_for_a_blob() {
        // 255 MiB are announced and never come: with the body allocated first, this ends in `Closed`.
        let announced = [0x03, 0, 0, 0xf0, 0x0f];
        assert_eq!(receive(&mut announced.as_slice()).await.err(), Some(FrameError::OutOfTurn { got: 0x03 }));
        let mut ready = [0x81, 0, 0, 0, 0].as_slice();
        assert!(receive(&mut ready).await.is_ok_and(|frame| frame.kind == FrameKind::Ready));
    }

    #[test]
    fn a_body_above_its_limit_is_not_sent() {
        let mut pipe = Vec::new();
        let error = send_sync(&mut pipe, FrameKind::Progress, &[0; 65]).unwrap_err();
        assert_eq!(error, FrameError::TooLarge { kind: 0x82, got: 65, limit: 64 });
        assert!(pipe.is_empty());
    }

    #[test]
    fn a_frame_out_of_turn_is_an_error() {
        let frame = Frame { kind: FrameKind::Reply, body: Zeroizing::new(Vec::new()) };
        assert_eq!(frame.expect(FrameKind::Ready).err(), Some(FrameError::OutOfTurn { got: 0x83 }));
    }
}
