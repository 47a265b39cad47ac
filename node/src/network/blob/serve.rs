//! The owner's side of blobs: one task that takes streams, and one per stream.

use super::{CHUNKS_WAITING_MAX, disk::Source, stream::Paced};
use crate::network::{
    config::{NetworkConfig, ms},
    error::FetchError,
    event::{BlobAnswer, BlobToken, Event, Outlet},
    identity::account_of,
    limiter::Limiter,
    metrics::Counters,
    streams::Incoming,
};
use dpgn_protocol::{ids::AccountId, wire::Refusal};
use libp2p::{PeerId, Stream};
use std::{collections::HashMap, sync::Arc, time::Instant};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// Takes streams, within its limits.
pub(in crate::network) struct Server {
    shared: Arc<Shared>,
    stop: CancellationToken,
    limiter: Limiter<PeerId>,
    streams: JoinSet<PeerId>,
    per_peer: HashMap<PeerId, usize>,
}

struct Shared {
    config: Arc<NetworkConfig>,
    counters: Arc<Counters>,
    outlet: Outlet,
}

impl Server {
    pub(in crate::network) fn new(
        config: Arc<NetworkConfig>,
        counters: Arc<Counters>,
        outlet: Outlet,
        stop: CancellationToken,
    ) -> Self {
        let limiter = Limiter::new(config.limits.blob_rate);
        let shared = Arc::new(Shared { config, counters, outlet });
        Self { shared, stop, limiter, streams: JoinSet::new(), per_peer: HashMap::new() }
    }

    /// Runs until the network stops; streams that are open then are cut.
    pub(in crate::network) async fn run(mut self, mut incoming: mpsc::Receiver<Incoming>) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                Some(ended) = self.streams.join_next() => {
                    if let Ok(peer) = ended {
                        self.free(peer);
                    }
                }
                stream = incoming.recv() => match stream {
                    Some(Incoming { peer, stream }) => self.accept(peer, stream),
                    None => break,
                },
            }
        }
        self.streams.shutdown().await;
    }

    /// A stream above a limit hears "busy"; one far above it hears nothing.
    fn accept(&mut self, peer: PeerId, stream: Stream) {
        let limits = &self.shared.config.limits;
        let Ok(from) = account_of(&peer) else { return };
        let (all, own) = (self.streams.len(), self.per_peer.get(&peer).copied().unwrap_or(0));
        if all >= 2 * limits.blobs_served_max || own >= 2 * limits.blobs_served_per_peer_max {
            self.shared.counters.overloaded.one();
            return;
        }
        let in_rate = self.limiter.allow(peer, 0, Instant::now());
        if !in_rate {
            self.shared.counters.overrun.one();
        }
        let busy = !in_rate || all >= limits.blobs_served_max || own >= limits.blobs_served_per_peer_max;
        self.limiter.tidy(Instant::now());
        *self.per_peer.entry(peer).or_insert(0) += 1;
        let shared = Arc::clone(&self.shared);
        let stream = Paced::new(stream, ms(shared.config.timing.blob_piece_ms));
        self.streams.spawn(async move {
            let result = if busy { refuse(stream, Refusal::Busy).await } else { serve(&shared, from, stream).await };
            if let Err(error) = result {
                tracing::debug!(peer = %from, %error, "a blob was not served");
            }
            peer
        });
    }

    fn free(&mut self, peer: PeerId) {
        if let Some(open) = self.per_peer.get_mut(&peer) {
            *open -= 1;
            if *open == 0 {
                self.per_peer.remove(&peer);
            }
        }
    }
}

async fn refuse(mut stream: Paced<Stream>, refusal: Refusal) -> Result<(), FetchError> {
    stream.write_refusal(refusal).await
}

async fn serve(shared: &Shared, from: AccountId, mut stream: Paced<Stream>) -> Result<(), FetchError> {
    let request = match stream.read_question(shared.config.limits.blob_request_bytes_max).await {
        Err(FetchError::RequestTooLarge { .. }) => return refuse(stream, Refusal::Malformed).await,
        request => request?,
    };
    let path = match decide(shared, from, request).await {
        BlobAnswer::Serve(path) => path,
        BlobAnswer::Refuse(refusal) => return refuse(stream, refusal).await,
    };
    let opened = tokio::task::spawn_blocking(move || Source::open(&path)).await;
    let source = match opened {
        Ok(Ok(source)) if source.header.len <= shared.config.limits.blob_bytes_max => source,
        other => {
            tracing::warn!(peer = %from, error = ?other.map(|opened| opened.err()), "a blob can't be read, or is too long");
            return refuse(stream, Refusal::NotFound).await;
        }
    };
    let len = source.header.len;
    stream.write_header(&source.header).await?;
    let offset = stream.read_offset().await?;
    if offset > len {
        return Err(FetchError::TooLong { got: offset, limit: len });
    }
    send(shared, &mut stream, source, offset).await?;
    stream.close().await?;
    shared.counters.blobs_served.one();
    Ok(())
}

/// What the node says; "busy" if it says nothing in time.
async fn decide(shared: &Shared, from: AccountId, request: Vec<u8>) -> BlobAnswer {
    let (answer, decision) = oneshot::channel();
    let event = Event::BlobRequest { from, request, token: BlobToken { answer } };
    if !shared.outlet.offer(event) {
        shared.counters.overloaded.one();
        return BlobAnswer::Refuse(Refusal::Busy);
    }
    match tokio::time::timeout(ms(shared.config.timing.blob_decide_ms), decision).await {
        Ok(Ok(answer)) => answer,
        _ => BlobAnswer::Refuse(Refusal::Busy),
    }
}

/// A thread reads ahead by a few chunks; the stream takes them at its own pace.
async fn send(shared: &Shared, stream: &mut Paced<Stream>, source: Source, offset: u64) -> Result<(), FetchError> {
    let len = source.header.len;
    let (from_disk, mut chunks) = mpsc::channel::<Vec<u8>>(CHUNKS_WAITING_MAX);
    let reader =
        tokio::task::spawn_blocking(move || source.send(offset, |chunk| from_disk.blocking_send(chunk).is_ok()));
    stream.done = offset;
    while let Some(chunk) = chunks.recv().await {
        stream.write_all(&chunk).await?;
        stream.done += chunk.len() as u64;
        shared.counters.blob_bytes_sent.add(chunk.len());
    }
    if stream.done < len {
        let reason = match reader.await {
            Ok(Err(error)) => error.to_string(),
            _ => "the file has shrunk".to_owned(),
        };
        return Err(FetchError::Broken { done: stream.done, reason });
    }
    stream.flush().await
}
