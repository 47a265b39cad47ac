//! The asker's side of a blob.

use super::{
    BlobInfo, BlobProgress, BlobSink, CHUNK_BYTES, CHUNKS_WAITING_MAX,
    disk::Part,
    pace,
    seal::{KEY_BYTES, Seal, Side, StreamKey},
    stream::{Header, Paced},
};
use crate::network::{
    config::{NetworkConfig, ms},
    error::FetchError,
    metrics::Counters,
};
use libp2p::Stream;
use std::{future::Future, io, sync::Arc};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Fetches blobs, a limited number of them at once.
pub(in crate::network) struct Fetcher {
    config: Arc<NetworkConfig>,
    counters: Arc<Counters>,
    slots: Semaphore,
    stop: CancellationToken,
}

impl Fetcher {
    pub(in crate::network) fn new(
        config: Arc<NetworkConfig>,
        counters: Arc<Counters>,
        stop: CancellationToken,
    ) -> Self {
        let slots = Semaphore::new(config.limits.blobs_fetched_max);
        Self { config, counters, slots, stop }
    }

    /// Fetches a blob into a file, over a stream that `open` opens to its owner.
    pub(in crate::network) async fn fetch<W>(
        &self,
        open: &(impl Fn() -> W + Sync),
        request: Vec<u8>,
        sink: BlobSink,
        mut progress: impl FnMut(BlobProgress) + Send,
    ) -> Result<BlobInfo, FetchError>
    where
        W: Future<Output = Result<Stream, FetchError>> + Send,
    {
        let (got, limit) = (request.len(), self.config.limits.blob_request_bytes_max);
        if got > limit {
            return Err(FetchError::RequestTooLarge { got, limit });
        }
        let _slot = self.slots.try_acquire().map_err(|_| FetchError::Busy)?;
        let work = async {
            let mut resume = true;
            loop {
                let stream = self.open(open()).await?;
                let result = transfer(self, stream, &request, &sink, resume, &mut progress).await;
                match result {
                    // The part may have been started by another peer: this one is blamed only for bytes of its own.
                    Err((FetchError::WrongDigest, resumed_from)) if resumed_from > 0 => resume = false,
                    Err((error, _)) => return Err(error),
                    Ok(info) => return Ok(info),
                }
            }
        };
        tokio::select! {
            result = work => result,
            () = self.stop.cancelled() => Err(FetchError::Stopped),
        }
    }

    async fn open(
        &self,
        opening: impl Future<Output = Result<Stream, FetchError>> + Send,
    ) -> Result<Paced<Stream>, FetchError> {
        let limit = ms(2 * self.config.timing.connect_ms);
        match tokio::time::timeout(limit, opening).await {
            Ok(stream) => Ok(Paced::new(stream?, pace(&self.config))),
            Err(_) => Err(FetchError::Stalled { piece_bytes: 0, after_ms: limit.as_millis() as u64 }),
        }
    }
}

/// One try. An error comes with the number of bytes that an earlier try had left.
async fn transfer(
    fetcher: &Fetcher,
    mut stream: Paced<Stream>,
    request: &[u8],
    sink: &BlobSink,
    resume: bool,
    progress: &mut (impl FnMut(BlobProgress) + Send),
) -> Result<BlobInfo, (FetchError, u64)> {
    let (header, of_owner) = question(fetcher, &mut stream, request, sink).await.map_err(|error| (error, 0))?;
    let wanted = sink.clone();
    let opening = tokio::task::spawn_blocking(move || Part::open(&wanted, header, resume));
    let part = on_disk(opening, sink).await.map_err(|error| (error, 0))?;
    let resumed_from = part.written();
    let sealed = Sealed { header, of_owner };
    receive(fetcher, &mut stream, sink, sealed, part, progress).await.map_err(|error| (error, resumed_from))?;
    fetcher.counters.blobs_fetched.one();
    Ok(BlobInfo { len: header.len, resumed_from })
}

/// Asks, and holds what is announced against what was wanted.
async fn question(
    fetcher: &Fetcher,
    stream: &mut Paced<Stream>,
    request: &[u8],
    sink: &BlobSink,
) -> Result<(Header, [u8; KEY_BYTES]), FetchError> {
    stream.write_question(request).await?;
    // The owner hashes the file before it answers, and asks its node first.
    let patience = ms(fetcher.config.timing.blob_decide_ms) + ms(fetcher.config.timing.blob_piece_ms);
    let (header, of_owner) = match tokio::time::timeout(patience, stream.read_header()).await {
        Ok(answer) => answer?,
        Err(_) => return Err(FetchError::Stalled { piece_bytes: 1, after_ms: patience.as_millis() as u64 }),
    };
    let limit = sink.len_max.min(fetcher.config.limits.blob_bytes_max);
    if header.len > limit {
        return Err(FetchError::TooLong { got: header.len, limit });
    }
    match sink.digest {
        Some(digest) if digest.domain.is_none() && digest.hash != header.hash => Err(FetchError::WrongDigest),
        _ => Ok((header, of_owner)),
    }
}

/// The announcement of a sealed blob: its header, and the public half of the key that its owner seals with.
struct Sealed {
    header: Header,
    of_owner: [u8; KEY_BYTES],
}

/// A word to the disk's thread. Silence means that the stream has broken.
enum ToDisk {
    Chunk(Zeroizing<Vec<u8>>),
    Finish,
    Discard,
}

async fn receive(
    fetcher: &Fetcher,
    stream: &mut Paced<Stream>,
    sink: &BlobSink,
    Sealed { header, of_owner }: Sealed,
    part: Part,
    progress: &mut (impl FnMut(BlobProgress) + Send),
) -> Result<(), FetchError> {
    let there = part.written();
    let broken = |error: io::Error| FetchError::Broken { done: there, reason: error.to_string() };
    let key = StreamKey::draw().map_err(broken)?;
    stream.write_offset(there, &key.public()).await?;
    let seal = key.seal(Side::Asker, of_owner);
    stream.begin(there);
    progress(BlobProgress { done: stream.done, len: header.len });
    let (to_disk, disk) = mpsc::channel(CHUNKS_WAITING_MAX);
    let writer = tokio::task::spawn_blocking(move || write(part, seal, disk));
    while stream.done < header.len {
        let mut chunk = Zeroizing::new(vec![0; (header.len - stream.done).min(CHUNK_BYTES as u64) as usize]);
        if let Err((error, got)) = fill(stream, &mut chunk).await {
            chunk.truncate(got);
            to_disk.send(ToDisk::Chunk(chunk)).await.ok();
            drop(to_disk);
            on_disk(writer, sink).await?;
            return Err(error);
        }
        fetcher.counters.blob_bytes_received.add(chunk.len());
        if to_disk.send(ToDisk::Chunk(chunk)).await.is_err() {
            // The disk has failed; the thread says how.
            return on_disk(writer, sink).await;
        }
        progress(BlobProgress { done: stream.done, len: header.len });
    }
    let at_end = stream.is_at_end().await;
    let last = if matches!(at_end, Ok(false)) { ToDisk::Discard } else { ToDisk::Finish };
    to_disk.send(last).await.ok();
    on_disk(writer, sink).await?;
    match at_end {
        Ok(false) => Err(FetchError::TooLong { got: header.len + 1, limit: header.len }),
        // Everything is here and verified: how the stream ends is nobody's concern.
        _ => Ok(()),
    }
}

/// Fills a chunk; where the stream breaks, says how much of it came.
async fn fill(stream: &mut Paced<Stream>, chunk: &mut [u8]) -> Result<(), (FetchError, usize)> {
    const PIECE: usize = 64 << 10;
    let mut got = 0;
    for piece in chunk.chunks_mut(PIECE) {
        stream.read_exact(piece).await.map_err(|error| (error, got))?;
        got += piece.len();
    }
    Ok(())
}

fn write(mut part: Part, mut seal: Seal, mut disk: mpsc::Receiver<ToDisk>) -> Result<(), FetchError> {
    while let Some(message) = disk.blocking_recv() {
        match message {
            ToDisk::Chunk(mut chunk) => {
                seal.apply(&mut chunk);
                part.write(&chunk)?;
            }
            ToDisk::Finish => return part.finish(),
            ToDisk::Discard => {
                part.discard();
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn on_disk<T>(work: JoinHandle<Result<T, FetchError>>, sink: &BlobSink) -> Result<T, FetchError> {
    match work.await {
        Ok(result) => result,
        Err(error) => Err(FetchError::Disk { path: sink.path.clone(), source: io::Error::other(error) }),
    }
}
