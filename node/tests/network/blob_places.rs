//! Places at a server of blobs: strangers who are silent, slow or many hold up nobody that has an award.

use crate::{
    liar::Liar,
    node::{Node, soon, until},
};
use dpgn_node::network::{BlobSink, Event, FetchError, Network, NetworkConfig, account_of, peer_of};
use dpgn_protocol::{ids::AccountId, wire::Refusal};
use futures::{AsyncReadExt as _, AsyncWriteExt as _};
use libp2p::{Multiaddr, PeerId, Stream};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const BLOB_BYTES: usize = 8 << 20;

/// An honest owner of one file that says yes to everybody.
struct Owner {
    network: Network,
    peer: PeerId,
    address: Multiaddr,
    dir: TempDir,
}

impl Owner {
    async fn start(edit: impl FnOnce(&mut NetworkConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("original");
        std::fs::write(&file, vec![9; BLOB_BYTES]).unwrap();
        let mut node = Node::start(2, edit);
        let (network, address) = (node.network.clone(), node.address().await);
        let peer = peer_of(&node.account()).unwrap();
        tokio::spawn(async move {
            while let Some(event) = node.events.recv().await {
                if let Event::BlobRequest { token, .. } = event {
                    node.network.serve_blob(token, file.clone());
                }
            }
        });
        Self { network, peer, address, dir }
    }

    fn account(&self) -> AccountId {
        self.network.local_peer()
    }

    async fn fetched_by(&self, node: &Node, name: &str) -> Result<u64, FetchError> {
        let sink =
            BlobSink { path: self.dir.path().join(name), len_max: 64 << 20, digest: None, cancel: Default::default() };
        let fetch = node.network.fetch_blob(self.account(), b"please".to_vec(), sink, |_| {});
        soon("an end of the fetch", fetch).await.map(|info| info.len)
    }

    /// So many liars, connected.
    async fn liars(&self, count: usize) -> Vec<Arc<Liar>> {
        let mut liars = Vec::new();
        for _ in 0..count {
            let liar = Arc::new(Liar::start(Some(self.address.clone())).await);
            let account = account_of(&liar.peer).unwrap();
            until("a liar", async || self.network.peers().await.iter().any(|peer| peer.account == account)).await;
            liars.push(liar);
        }
        liars
    }
}

/// A place that a liar has taken, if there was one: from here on it may read, or not.
async fn place_of(liar: &Liar, owner: PeerId) -> Option<Stream> {
    let mut stream = liar.ask_and_hold(owner, "blob", b"please").await.unwrap();
    // The header and the owner's key; then: from the first byte on, and a key.
    let mut header = [0; 73];
    stream.read_exact(&mut header).await.ok()?;
    stream.write_all(&[0; 40]).await.unwrap();
    stream.flush().await.unwrap();
    Some(stream)
}

/// Four strangers held all sixteen places of a requester by opening streams and saying nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_ask_nothing_hold_no_place() {
    let owner = Owner::start(|_| {}).await;
    let mut held = Vec::new();
    for liar in owner.liars(5).await {
        for _ in 0..4 {
            let (liar, peer) = (Arc::clone(&liar), owner.peer);
            held.push(tokio::spawn(async move {
                loop {
                    let start = Instant::now();
                    liar.write_raw(peer, "blob", &[]).await;
                    // Refused at once: then not quite as fast.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    if start.elapsed() > Duration::from_secs(60) {
                        return;
                    }
                }
            }));
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (prover, stranger) = (Node::start(3, |_| {}), Node::start(4, |_| {}));
    for node in [&prover, &stranger] {
        node.network.dial(owner.address.clone()).await.unwrap();
    }
    owner.network.favour([prover.account()]);
    let start = Instant::now();
    assert_eq!(owner.fetched_by(&prover, "for the prover").await.unwrap(), BLOB_BYTES as u64);
    let prover_took = start.elapsed();
    assert_eq!(owner.fetched_by(&stranger, "for a stranger").await.unwrap(), BLOB_BYTES as u64);
    println!(
        "twenty silent streams of five strangers: 8 MiB went to a prover in {prover_took:?}, to a stranger as well"
    );
    assert!(prover_took < Duration::from_secs(3), "{prover_took:?}");
    let counted = owner.network.metrics();
    assert_eq!((counted.bans, counted.blobs_served), (0, 2));
    for task in held {
        task.abort();
    }
}

/// Askers that take what they asked for by drips, or not at all, fill the strangers' places; no prover notices.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn askers_that_do_not_read_leave_the_kept_places_and_are_cut() {
    const CUT_AFTER_MS: u64 = 5_000;
    let owner = Owner::start(|config| {
        config.timing.blob_piece_ms = CUT_AFTER_MS;
        config.limits.blob_bytes_per_s_least = 4 << 20;
    })
    .await;
    let mut held = Vec::new();
    for liar in owner.liars(3).await {
        for _ in 0..4 {
            held.extend(place_of(&liar, owner.peer).await);
        }
    }
    let start = Instant::now();
    let (prover, stranger) = (Node::start(3, |_| {}), Node::start(4, |_| {}));
    for node in [&prover, &stranger] {
        node.network.dial(owner.address.clone()).await.unwrap();
    }
    owner.network.favour([prover.account()]);
    let busy = owner.fetched_by(&stranger, "too early").await;
    assert!(matches!(busy, Err(FetchError::Refused(Refusal::Busy))), "{busy:?}");
    assert_eq!(owner.fetched_by(&prover, "for the prover").await.unwrap(), BLOB_BYTES as u64);
    let prover_took = start.elapsed();
    // The drippers are cut, and strangers are served again.
    let mut tries = 0;
    while owner.fetched_by(&stranger, "later").await.is_err() {
        tries += 1;
        assert!(tries < 100, "the places never come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!(
        "twelve streams that nobody reads: a prover served after {prover_took:?}, a stranger after {:?}",
        start.elapsed()
    );
    assert!(prover_took < Duration::from_millis(CUT_AFTER_MS), "before any is cut: {prover_took:?}");
    assert!(start.elapsed() < Duration::from_millis(3 * CUT_AFTER_MS), "{:?}", start.elapsed());
    until("a score", async || owner.network.peers().await.iter().any(|peer| peer.score < -4.0)).await;
    assert_eq!(owner.network.metrics().bans, 0, "slowness is no lie");
    drop(held);
}

/// Two accounts that had an award each held all kept places, and held them on when the awards had ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_places_are_few_to_each_and_end_with_favour() {
    let owner = Owner::start(|_| {}).await;
    let liars = owner.liars(4).await;
    let (strangers, once_favoured) = liars.split_at(2);
    owner.network.favour(once_favoured.iter().map(|liar| account_of(&liar.peer).unwrap()));
    let (mut open, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        for liar in strangers {
            open.extend(place_of(liar, owner.peer).await);
        }
    }
    for _ in 0..4 {
        for liar in once_favoured {
            kept.extend(place_of(liar, owner.peer).await);
        }
    }
    let places = kept.len();
    let prover = Node::start(3, |_| {});
    prover.network.dial(owner.address.clone()).await.unwrap();
    owner.network.favour([prover.account()]);
    let whole = soon("the ends of streams", async {
        let mut whole = 0;
        for mut stream in kept {
            let mut bytes = Vec::new();
            let read = stream.read_to_end(&mut bytes).await;
            whole += usize::from(read.is_ok() && bytes.len() == BLOB_BYTES);
        }
        whole
    })
    .await;
    println!(
        "of 8 kept places {places} went to two peers that asked 8 times; when their awards ended {whole} of them were \
         served on"
    );
    assert_eq!((open.len(), places, whole), (8, 4, 0));
    assert_eq!(owner.fetched_by(&prover, "for the prover").await.unwrap(), BLOB_BYTES as u64);
    assert_eq!(owner.network.metrics().bans, 0);
}
