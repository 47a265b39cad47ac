//! Requests and responses on the wire: a length of four bytes, then so many bytes.
//!
//! A response has a byte before its length: 0 is an answer, 1 is "busy". Nothing is allocated for a length
//! that somebody claims: memory grows as the bytes come, within a budget that all requests share.

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use libp2p::{StreamProtocol, request_response};
use std::{io, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes read, and allocated, at once.
const PIECE_BYTES: usize = 64 << 10;
const ANSWER: u8 = 0;
const BUSY: u8 = 1;

/// A request on its way out or in.
#[derive(Debug)]
pub(super) enum Request {
    /// One that goes out.
    Ours(Vec<u8>),
    /// One that came in, holding its share of the budget.
    Theirs(Vec<u8>, Option<OwnedSemaphorePermit>),
    /// One that came in and was not read. libp2p is silent about errors of reading; the loop wants to know.
    Unread(FrameError),
}

/// The answer to a request: bytes, or "busy".
#[derive(Debug)]
pub(super) enum Reply {
    Answer(Vec<u8>),
    Busy,
}

/// Why a frame was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("the frame announces {got} bytes; at most {limit} are allowed")]
    TooLarge { got: usize, limit: usize },
    #[error("too many requests are being read")]
    OverBudget,
    #[error("the response has the unknown status {0}")]
    UnknownStatus(u8),
}

impl From<FrameError> for io::Error {
    fn from(error: FrameError) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}

impl FrameError {
    /// The frame error inside an I/O error, if there is one.
    pub(super) fn inside(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

/// Reads and writes frames within its limits.
#[derive(Clone)]
pub(super) struct Codec {
    request_bytes_max: usize,
    response_bytes_max: usize,
    budget: Arc<Semaphore>,
}

impl Codec {
    pub(super) fn new(request_bytes_max: usize, response_bytes_max: usize, bytes_open_max: usize) -> Self {
        Self { request_bytes_max, response_bytes_max, budget: Arc::new(Semaphore::new(bytes_open_max)) }
    }
}

impl request_response::Codec for Codec {
    type Protocol = StreamProtocol;
    type Request = Request;
    type Response = Reply;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Request>
    where
        T: AsyncRead + Unpin + Send,
    {
        match read_frame(io, self.request_bytes_max, Some(&self.budget)).await {
            Ok((bytes, permit)) => Ok(Request::Theirs(bytes, permit)),
            Err(error) => FrameError::inside(&error).cloned().map(Request::Unread).ok_or(error),
        }
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Reply>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut status = [0];
        io.read_exact(&mut status).await?;
        match status[0] {
            ANSWER => Ok(Reply::Answer(read_frame(io, self.response_bytes_max, None).await?.0)),
            BUSY => Ok(Reply::Busy),
            status => Err(FrameError::UnknownStatus(status).into()),
        }
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, request: Request) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        match request {
            Request::Ours(bytes) | Request::Theirs(bytes, _) => write_frame(io, &bytes).await,
            Request::Unread(error) => Err(error.into()),
        }
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, reply: Reply) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        match reply {
            Reply::Answer(bytes) => {
                io.write_all(&[ANSWER]).await?;
                write_frame(io, &bytes).await
            }
            Reply::Busy => io.write_all(&[BUSY]).await,
        }
    }
}

async fn read_frame<T>(
    io: &mut T,
    limit: usize,
    budget: Option<&Arc<Semaphore>>,
) -> io::Result<(Vec<u8>, Option<OwnedSemaphorePermit>)>
where
    T: AsyncRead + Unpin + Send,
{
    let mut length = [0; 4];
    io.read_exact(&mut length).await?;
    let got = u32::from_be_bytes(length) as usize;
    if got > limit {
        return Err(FrameError::TooLarge { got, limit }.into());
    }
    let mut bytes = Vec::new();
    let mut permit: Option<OwnedSemaphorePermit> = None;
    while bytes.len() < got {
        let start = bytes.len();
        let piece = (got - start).min(PIECE_BYTES);
        if let Some(budget) = budget {
            let share = Arc::clone(budget).try_acquire_many_owned(piece as u32).map_err(|_| FrameError::OverBudget)?;
            match &mut permit {
                Some(permit) => permit.merge(share),
                None => permit = Some(share),
            }
        }
        bytes.resize(start + piece, 0);
        io.read_exact(&mut bytes[start..]).await?;
    }
    Ok((bytes, permit))
}

async fn write_frame<T>(io: &mut T, bytes: &[u8]) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
{
    let length =
        u32::try_from(bytes.len()).map_err(|_| FrameError::TooLarge { got: bytes.len(), limit: u32::MAX as usize })?;
    io.write_all(&length.to_be_bytes()).await?;
    io.write_all(bytes).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::io::Cursor;
    use request_response::Codec as _;

    const PROTOCOL: StreamProtocol = StreamProtocol::new("/test");

    async fn request(codec: &mut Codec, wire: &[u8]) -> io::Result<Request> {
        codec.read_request(&PROTOCOL, &mut Cursor::new(wire)).await
    }

    fn bytes(request: &Request) -> Result<&[u8], &FrameError> {
        match request {
            Request::Ours(bytes) | Request::Theirs(bytes, _) => Ok(bytes),
            Request::Unread(error) => Err(error),
        }
    }

    #[tokio::test]
    async fn frames_come_back_as_they_went() {
        let mut codec = Codec::new(200_000, 200_000, 1 << 20);
        for size in [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 200_000] {
            let sent = vec![5; size];
            let mut wire = Cursor::new(Vec::new());
            codec.write_request(&PROTOCOL, &mut wire, Request::Ours(sent.clone())).await.unwrap();
            assert_eq!(bytes(&request(&mut codec, wire.get_ref()).await.unwrap()), Ok(sent.as_slice()));

            let mut wire = Cursor::new(Vec::new());
            codec.write_response(&PROTOCOL, &mut wire, Reply::Answer(sent.clone())).await.unwrap();
            wire.set_position(0);
            let Reply::Answer(got) = codec.read_response(&PROTOCOL, &mut wire).await.unwrap() else { panic!("busy") };
            assert_eq!(got, sent);
        }
    }

    #[tokio::test]
    async fn a_claimed_length_is_refused_before_a_byte_is_read() {
        let mut codec = Codec::new(100, 100, 1 << 20);
        let unread = request(&mut codec, &101_u32.to_be_bytes()).await.unwrap();
        assert_eq!(bytes(&unread), Err(&FrameError::TooLarge { got: 101, limit: 100 }));
        let error = request(&mut codec, &100_u32.to_be_bytes()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let error = codec.read_response(&PROTOCOL, &mut Cursor::new([9])).await.unwrap_err();
        assert_eq!(FrameError::inside(&error), Some(&FrameError::UnknownStatus(9)));
    }

    #[tokio::test]
    async fn all_requests_share_one_budget() {
        let mut codec = Codec::new(1_000, 0, 1_500);
        let mut wire = 1_000_u32.to_be_bytes().to_vec();
        wire.extend([0; 1_000]);
        let first = request(&mut codec, &wire).await.unwrap();
        let unread = request(&mut codec.clone(), &wire).await.unwrap();
        assert_eq!(bytes(&unread), Err(&FrameError::OverBudget));
        drop((first, unread));
        assert!(bytes(&request(&mut codec, &wire).await.unwrap()).is_ok());
    }
}
