//! The asker's side of a blob.

use super::{
    BlobInfo, BlobProgress, BlobSink, CHUNK_BYTES, CHUNKS_WAITING_MAX,
    disk::Part,
    stream::{Header, Paced},
};
use crate::network::{
    config::ms,
    error::BlobError,
    handle::{Inner, Network},
};
use dpgn_protocol::ids::AccountId;
use libp2p::Stream;
use std::io;
use tokio::{sync::mpsc, task::JoinHandle};

/// Fetches a blob from a peer into a file.
pub(in crate::network) async fn fetch(
    network: &Network,
    inner: &Inner,
    from: AccountId,
    request: Vec<u8>,
    sink: BlobSink,
    mut progress: impl FnMut(BlobProgress) + Send,
) -> Result<BlobInfo, BlobError> {
    let (got, limit) = (request.len(), inner.config.limits.blob_request_bytes_max);
    if got > limit {
        return Err(BlobError::RequestTooLarge { got, limit });
    }
    let _slot = inner.fetches.try_acquire().map_err(|_| BlobError::Busy)?;
    let work = async {
        let mut resume = true;
        loop {
            let stream = open(network, inner, from).await?;
            let result = transfer(inner, stream, &request, &sink, resume, &mut progress).await;
            match result {
                // The part may have been started by another peer: this one is blamed only for bytes of its own.
                Err((BlobError::WrongDigest, resumed_from)) if resumed_from > 0 => resume = false,
                Err((error, _)) => return Err(error),
                Ok(info) => return Ok(info),
            }
        }
    };
    tokio::select! {
        result = work => result,
        () = inner.stop.cancelled() => Err(BlobError::Stopped),
    }
}

async fn open(network: &Network, inner: &Inner, from: AccountId) -> Result<Paced<Stream>, BlobError> {
    let limit = ms(2 * inner.config.timing.connect_ms);
    match tokio::time::timeout(limit, network.open_stream(from)).await {
        Ok(stream) => Ok(Paced::new(stream?, ms(inner.config.timing.blob_piece_ms))),
        Err(_) => Err(BlobError::Stalled { piece_bytes: 0, after_ms: limit.as_millis() as u64 }),
    }
}

/// One try. An error comes with the number of bytes that an earlier try had left.
async fn transfer(
    inner: &Inner,
    mut stream: Paced<Stream>,
    request: &[u8],
    sink: &BlobSink,
    resume: bool,
    progress: &mut (impl FnMut(BlobProgress) + Send),
) -> Result<BlobInfo, (BlobError, u64)> {
    let header = question(inner, &mut stream, request, sink).await.map_err(|error| (error, 0))?;
    let wanted = sink.clone();
    let opening = tokio::task::spawn_blocking(move || Part::open(&wanted, header, resume));
    let part = on_disk(opening, sink).await.map_err(|error| (error, 0))?;
    let resumed_from = part.written();
    receive(inner, &mut stream, sink, header, part, progress).await.map_err(|error| (error, resumed_from))?;
    inner.counters.blobs_fetched.one();
    Ok(BlobInfo { len: header.len, resumed_from })
}

/// Asks, and holds what is announced against what was wanted.
async fn question(
    inner: &Inner,
    stream: &mut Paced<Stream>,
    request: &[u8],
    sink: &BlobSink,
) -> Result<Header, BlobError> {
    stream.write_question(request).await?;
    // The owner hashes the file before it answers, and asks its node first.
    let patience = ms(inner.config.timing.blob_decide_ms) + ms(inner.config.timing.blob_piece_ms);
    let header = match tokio::time::timeout(patience, stream.read_header()).await {
        Ok(header) => header?,
        Err(_) => return Err(BlobError::Stalled { piece_bytes: 1, after_ms: patience.as_millis() as u64 }),
    };
    let limit = sink.len_max.min(inner.config.limits.blob_bytes_max);
    if header.len > limit {
        return Err(BlobError::TooLong { got: header.len, limit });
    }
    match sink.digest {
        Some(digest) if digest.domain.is_none() && digest.hash != header.hash => Err(BlobError::WrongDigest),
        _ => Ok(header),
    }
}

/// What the disk's thread is told. Silence means that the stream has broken.
enum ToDisk {
    Chunk(Vec<u8>),
    Finish,
    Discard,
}

async fn receive(
    inner: &Inner,
    stream: &mut Paced<Stream>,
    sink: &BlobSink,
    header: Header,
    part: Part,
    progress: &mut (impl FnMut(BlobProgress) + Send),
) -> Result<(), BlobError> {
    stream.done = part.written();
    stream.write_offset(stream.done).await?;
    progress(BlobProgress { done: stream.done, len: header.len });
    let (to_disk, disk) = mpsc::channel(CHUNKS_WAITING_MAX);
    let writer = tokio::task::spawn_blocking(move || write(part, disk));
    while stream.done < header.len {
        let mut chunk = vec![0; (header.len - stream.done).min(CHUNK_BYTES as u64) as usize];
        if let Err((error, got)) = fill(stream, &mut chunk).await {
            chunk.truncate(got);
            to_disk.send(ToDisk::Chunk(chunk)).await.ok();
            drop(to_disk);
            on_disk(writer, sink).await?;
            return Err(error);
        }
        inner.counters.blob_bytes_received.add(chunk.len());
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
        Ok(false) => Err(BlobError::TooLong { got: header.len + 1, limit: header.len }),
        // Everything is here and verified: how the stream ends is nobody's concern.
        _ => Ok(()),
    }
}

/// Fills a chunk; where the stream breaks, says how much of it came.
async fn fill(stream: &mut Paced<Stream>, chunk: &mut [u8]) -> Result<(), (BlobError, usize)> {
    const PIECE: usize = 64 << 10;
    let mut got = 0;
    for piece in chunk.chunks_mut(PIECE) {
        stream.read_exact(piece).await.map_err(|error| (error, got))?;
        got += piece.len();
        stream.done += piece.len() as u64;
    }
    Ok(())
}

fn write(mut part: Part, mut disk: mpsc::Receiver<ToDisk>) -> Result<(), BlobError> {
    while let Some(message) = disk.blocking_recv() {
        match message {
            ToDisk::Chunk(chunk) => part.write(&chunk)?,
            ToDisk::Finish => return part.finish(),
            ToDisk::Discard => {
                part.discard();
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn on_disk<T>(work: JoinHandle<Result<T, BlobError>>, sink: &BlobSink) -> Result<T, BlobError> {
    match work.await {
        Ok(result) => result,
        Err(error) => Err(BlobError::Disk { path: sink.path.clone(), source: io::Error::other(error) }),
    }
}
