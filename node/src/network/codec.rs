//! Requests and responses on the wire: a length of four bytes, then so many bytes.
//!
//! A response has a byte before its length: 0 is an answer, 1 is "busy". Nothing is allocated, and nothing of a
//! peer's share is taken, for a length that it claims: both grow as bytes come. Each piece must come, and must be
//! taken, in time: whoever drips is cut.

use super::quota::{Favoured, Portion, Share};
use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use libp2p::{PeerId, StreamProtocol, request_response};
use std::{future::Future, io, time::Duration};
use tokio::{sync::watch, time::Instant};

/// Bytes read, and allocated, at once.
const CHUNK_BYTES: usize = 4 << 10;
/// Bytes that must move in the time of one piece.
const PIECE_BYTES: usize = 64 << 10;
const ANSWER: u8 = 0;
const BUSY: u8 = 1;

/// A request on its way out or in.
#[derive(Debug)]
pub(super) enum Request {
    /// A request that goes out.
    Ours(Vec<u8>),
    /// A request that came in, holding its part of its sender's share.
    Theirs(Vec<u8>, Portion),
    /// A request that came in and was not read. libp2p is silent about errors of reading; the loop wants to know.
    Unread(FrameError),
}

/// The answer to a request: bytes, or "busy".
#[derive(Debug)]
pub(super) enum Reply {
    /// An answer, holding its part of its sender's share if it came in.
    Answer(Vec<u8>, Portion),
    Busy,
}

/// The answer to an own request, holding its part of its sender's share while it is worked with.
pub(crate) type HeldAnswer = (Vec<u8>, Portion);

/// Why a frame was not read, or not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("the frame announces {got} bytes; at most {limit} are allowed")]
    TooLarge { got: usize, limit: usize },
    #[error("too many requests, or too many answers, are being read")]
    OverBudget,
    #[error("fewer than {PIECE_BYTES} bytes moved within {after_ms} ms")]
    Stalled { after_ms: u64 },
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

/// The bytes that the frames of one peer may take.
#[derive(Clone, Debug)]
pub(super) struct Allowance {
    pub(super) peer: PeerId,
    /// Bytes of its requests.
    pub(super) requests: Share,
    /// Bytes of its answers.
    pub(super) answers: Share,
    pub(super) favoured: Favoured,
}

impl Allowance {
    fn take(&self, share: &Share, held: &mut Portion, bytes: usize) -> bool {
        share.take(held, bytes, self.favoured.borrow().contains(&self.peer))
    }
}

/// The limits on the size and slowness of frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameLimits {
    pub(super) request_bytes_max: usize,
    pub(super) response_bytes_max: usize,
    /// A piece of 64 KiB moves within this.
    pub(super) piece_max: Duration,
}

/// Reads and writes frames within its limits.
pub(super) struct Codec {
    limits: FrameLimits,
    /// Absent in the codec that libp2p clones for each connection.
    allowance: Option<Allowance>,
    next: watch::Receiver<Option<Allowance>>,
}

impl Codec {
    pub(super) fn new(limits: FrameLimits, next: watch::Receiver<Option<Allowance>>) -> Self {
        Self { limits, allowance: None, next }
    }
}

impl Clone for Codec {
    /// The clone is for the peer of this codec; if it has none, for the one that was announced last.
    fn clone(&self) -> Self {
        let allowance = self.allowance.clone().or_else(|| self.next.borrow().clone());
        Self { limits: self.limits, allowance, next: self.next.clone() }
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
        let from = self.allowance.as_ref().map(|of| (&of.requests, of));
        match self.frame(self.limits.request_bytes_max, from).read(io).await {
            Ok((bytes, held)) => Ok(Request::Theirs(bytes, held)),
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
            ANSWER => {
                let from = self.allowance.as_ref().map(|of| (&of.answers, of));
                let (bytes, held) = self.frame(self.limits.response_bytes_max, from).read(io).await?;
                Ok(Reply::Answer(bytes, held))
            }
            BUSY => Ok(Reply::Busy),
            status => Err(FrameError::UnknownStatus(status).into()),
        }
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, request: Request) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        match request {
            Request::Ours(bytes) | Request::Theirs(bytes, _) => write_frame(io, &bytes, self.limits.piece_max).await,
            Request::Unread(error) => Err(error.into()),
        }
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, reply: Reply) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        match reply {
            Reply::Answer(bytes, _) => {
                in_time(self.limits.piece_max, Instant::now(), io.write_all(&[ANSWER])).await?;
                write_frame(io, &bytes, self.limits.piece_max).await
            }
            Reply::Busy => in_time(self.limits.piece_max, Instant::now(), io.write_all(&[BUSY])).await,
        }
    }
}

impl Codec {
    fn frame<'a>(&self, bytes_max: usize, from: Option<(&'a Share, &'a Allowance)>) -> FrameReader<'a> {
        FrameReader { bytes_max, piece_max: self.limits.piece_max, from }
    }
}

/// Reads one frame within its limits.
struct FrameReader<'a> {
    bytes_max: usize,
    piece_max: Duration,
    /// The share that the bytes are taken from; absent in tests alone.
    from: Option<(&'a Share, &'a Allowance)>,
}

impl FrameReader<'_> {
    async fn read<T: AsyncRead + Unpin + Send>(&self, io: &mut T) -> io::Result<(Vec<u8>, Portion)> {
        let mut length = [0; 4];
        in_time(self.piece_max, Instant::now(), io.read_exact(&mut length)).await?;
        let (got, limit) = (u32::from_be_bytes(length) as usize, self.bytes_max);
        if got > limit {
            return Err(FrameError::TooLarge { got, limit }.into());
        }
        let (mut bytes, mut held, mut since) = (Vec::new(), Portion::default(), Instant::now());
        let mut chunk = vec![0; got.min(CHUNK_BYTES)];
        while bytes.len() < got {
            let most = (got - bytes.len()).min(CHUNK_BYTES);
            let count = in_time(self.piece_max, since, io.read(&mut chunk[..most])).await?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if self.from.is_some_and(|(share, of)| !of.take(share, &mut held, count)) {
                return Err(FrameError::OverBudget.into());
            }
            if bytes.len() / PIECE_BYTES < (bytes.len() + count) / PIECE_BYTES {
                since = Instant::now();
            }
            bytes.extend_from_slice(&chunk[..count]);
        }
        Ok((bytes, held))
    }
}

async fn write_frame<T>(io: &mut T, bytes: &[u8], piece_max: Duration) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
{
    let length =
        u32::try_from(bytes.len()).map_err(|_| FrameError::TooLarge { got: bytes.len(), limit: u32::MAX as usize })?;
    in_time(piece_max, Instant::now(), io.write_all(&length.to_be_bytes())).await?;
    for piece in bytes.chunks(PIECE_BYTES) {
        in_time(piece_max, Instant::now(), io.write_all(piece)).await?;
    }
    Ok(())
}

/// Does work that must be done by `within` after its beginning.
async fn in_time<R>(within: Duration, since: Instant, work: impl Future<Output = io::Result<R>>) -> io::Result<R> {
    let late = |_| FrameError::Stalled { after_ms: within.as_millis() as u64 };
    tokio::time::timeout_at(since + within, work).await.map_err(late)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::quota::Quota;
    use futures::io::Cursor;
    use request_response::Codec as _;
    use std::{
        collections::HashSet,
        pin::Pin,
        sync::Arc,
        task::{Context, Poll},
    };

    const PROTOCOL: StreamProtocol = StreamProtocol::new("/test");

    fn codec(request_bytes_max: usize, response_bytes_max: usize, allowance: Option<Allowance>) -> Codec {
        let limits = FrameLimits { request_bytes_max, response_bytes_max, piece_max: Duration::from_millis(200) };
        Codec { allowance, ..Codec::new(limits, watch::channel(None).1) }
    }

    fn allowance(quota: &mut Quota<PeerId>, peer: PeerId, favoured: &[PeerId]) -> Option<Allowance> {
        let favoured: HashSet<PeerId> = favoured.iter().copied().collect();
        let favoured = watch::channel(Arc::new(favoured)).1;
        Some(Allowance { peer, requests: quota.share(peer), answers: quota.share(peer), favoured })
    }

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
        let mut codec = codec(200_000, 200_000, None);
        for size in [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 200_000] {
            let sent = vec![5; size];
            let mut wire = Cursor::new(Vec::new());
            codec.write_request(&PROTOCOL, &mut wire, Request::Ours(sent.clone())).await.unwrap();
            assert_eq!(bytes(&request(&mut codec, wire.get_ref()).await.unwrap()), Ok(sent.as_slice()));

            let mut wire = Cursor::new(Vec::new());
            codec.write_response(&PROTOCOL, &mut wire, Reply::Answer(sent.clone(), Portion::default())).await.unwrap();
            wire.set_position(0);
            let Reply::Answer(got, _) = codec.read_response(&PROTOCOL, &mut wire).await.unwrap() else {
                panic!("busy")
            };
            assert_eq!(got, sent);
        }
    }

    #[tokio::test]
    async fn a_claimed_length_is_refused_before_a_byte_is_read() {
        let mut codec = codec(100, 100, None);
        let unread = request(&mut codec, &101_u32.to_be_bytes()).await.unwrap();
        assert_eq!(bytes(&unread), Err(&FrameError::TooLarge { got: 101, limit: 100 }));
        let error = request(&mut codec, &100_u32.to_be_bytes()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let error = codec.read_response(&PROTOCOL, &mut Cursor::new([9])).await.unwrap_err();
        assert_eq!(FrameError::inside(&error), Some(&FrameError::UnknownStatus(9)));
    }

    /// Strangers that announce as much as they may and send all but the last byte of it. Each used to take 64 KiB
    /// of what all share before a byte had come, for twenty seconds, and as often as it liked.
    #[tokio::test]
    async fn silent_and_dripping_strangers_take_their_shares_for_a_short_time() {
        let mut quota = Quota::new(128 << 20, 8 << 20);
        let mut dripping = Vec::new();
        let (mut silent, mut cut) = (0, 0);
        let start = Instant::now();
        for _ in 0..10 {
            let stranger = PeerId::random();
            for _ in 0..12 {
                let mut codec = codec(1 << 20, 0, allowance(&mut quota, stranger, &[]));
                dripping.push(tokio::spawn(async move {
                    let mut wire = ((1_u32) << 20).to_be_bytes().to_vec();
                    wire.resize((1 << 20) + 3, 0);
                    let mut wire = Cursor::new(wire).chain(Never);
                    codec.read_request(&PROTOCOL, &mut wire).await.unwrap()
                }));
            }
            let mut codec = codec(1 << 20, 0, allowance(&mut quota, stranger, &[]));
            let silence = codec.read_request(&PROTOCOL, &mut Never).await.unwrap();
            silent += usize::from(bytes(&silence) == Err(&FrameError::Stalled { after_ms: 200 }));
        }
        let mut wire = (1_u32 << 20).to_be_bytes().to_vec();
        wire.resize((1 << 20) + 4, 0);
        let member = PeerId::random();
        let mut of_member = codec(1 << 20, 0, allowance(&mut quota, member, &[member]));
        let served = bytes(&request(&mut of_member, &wire).await.unwrap()).map(<[u8]>::len).unwrap();
        for read in dripping {
            cut += usize::from(bytes(&read.await.unwrap()).is_err());
        }
        let mut of_stranger = codec(1 << 20, 0, allowance(&mut quota, PeerId::random(), &[]));
        assert!(bytes(&request(&mut of_stranger, &wire).await.unwrap()).is_ok(), "all is given back");
        println!(
            "120 dripping streams of ten strangers: {cut} cut, and {silent} silent ones; a coordinator's {served} \
             bytes were read among them, a stranger's after {:?}",
            start.elapsed()
        );
        assert_eq!((cut, silent, served), (120, 10, 1 << 20));
        assert!(start.elapsed() < Duration::from_secs(8));
    }

    /// Own questions under way, and each peer that is asked sends all of its answer but the last byte: 256 answers of
    /// four MiB were a GiB of memory. Here all is a sixty-fourth of that.
    #[tokio::test]
    async fn answers_that_do_not_end_take_no_more_than_all_may_have() {
        const ANSWER_BYTES: usize = 64 << 10;
        let mut quota = Quota::new(32 * ANSWER_BYTES, 2 * ANSWER_BYTES);
        let mut wire = vec![ANSWER];
        wire.extend((ANSWER_BYTES as u32).to_be_bytes());
        wire.resize(wire.len() + ANSWER_BYTES, 0);
        let whole = wire.clone();
        wire.pop();
        let (mut reads, strangers) = (Vec::new(), [(); 32].map(|()| PeerId::random()));
        for stranger in strangers.repeat(8) {
            let mut codec = codec(0, ANSWER_BYTES, allowance(&mut quota, stranger, &[]));
            let mut io = Cursor::new(wire.clone()).chain(Never);
            reads.push(tokio::spawn(async move { codec.read_response(&PROTOCOL, &mut io).await.unwrap_err() }));
        }
        tokio::task::yield_now().await;
        let member = PeerId::random();
        let mut of_member = codec(0, ANSWER_BYTES, allowance(&mut quota, member, &[member]));
        let read = of_member.read_response(&PROTOCOL, &mut Cursor::new(&whole)).await.unwrap();
        let Reply::Answer(served, _held) = read else { panic!("busy") };
        let mut held = 0;
        for read in reads {
            let error = read.await.unwrap();
            held += usize::from(FrameError::inside(&error) == Some(&FrameError::Stalled { after_ms: 200 }));
        }
        println!("of 256 answers that do not end {held} are held at once, and a coordinator's is read among them");
        assert!(held <= 16 && served.len() == ANSWER_BYTES, "{held}");
    }

    /// A stream on which nothing comes.
    struct Never;

    impl AsyncRead for Never {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn one_peer_has_its_share_of_what_all_have() {
        let (mut quota, peer) = (Quota::new(4_000, 1_500), PeerId::random());
        let mut codec = codec(1_000, 0, allowance(&mut quota, peer, &[]));
        let mut wire = 1_000_u32.to_be_bytes().to_vec();
        wire.extend([0; 1_000]);
        let first = request(&mut codec, &wire).await.unwrap();
        let unread = request(&mut codec.clone(), &wire).await.unwrap();
        assert_eq!(bytes(&unread), Err(&FrameError::OverBudget));
        drop((first, unread));
        assert!(bytes(&request(&mut codec, &wire).await.unwrap()).is_ok());
    }
}
