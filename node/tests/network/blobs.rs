//! Blobs: whole, resumed, refused; and what lying or dripping owners leave behind.

use crate::{
    liar::{Liar, announce},
    node::{Node, soon, until},
};
use dpgn_node::network::{BlobInfo, BlobSink, Digest, FetchError, Network, NetworkConfig, account_of};
use dpgn_protocol::{ids::AccountId, wire::Refusal};
use futures::AsyncWriteExt as _;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const MIB: usize = 1 << 20;

/// Bytes that differ everywhere.
fn bytes(len: usize) -> Arc<Vec<u8>> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(b"a blob").finalize_xof().fill(&mut bytes);
    Arc::new(bytes)
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

/// An asker, and a directory with a place for its blob.
struct Asker {
    node: Node,
    dir: TempDir,
}

impl Asker {
    fn start(edit: impl FnOnce(&mut NetworkConfig)) -> Self {
        Self { node: Node::start(1, edit), dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("blob")
    }

    fn sink(&self, digest: Option<Digest>) -> BlobSink {
        BlobSink { path: self.path(), len_max: 64 << 20, digest, cancel: Default::default() }
    }

    async fn fetch(&self, from: AccountId, digest: Option<Digest>) -> Result<BlobInfo, FetchError> {
        soon("an end of the fetch", fetch(&self.node.network, from, self.sink(digest))).await
    }

    /// From a liar, which is dialled first.
    async fn fetch_from(&self, liar: &Liar, digest: Option<Digest>) -> Result<BlobInfo, FetchError> {
        self.node.network.dial(liar.address.clone()).await.unwrap();
        self.fetch(account_of(&liar.peer).unwrap(), digest).await
    }

    fn leaves_nothing(&self) {
        let left: Vec<_> = fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }
}

async fn fetch(network: &Network, from: AccountId, sink: BlobSink) -> Result<BlobInfo, FetchError> {
    network.fetch_blob(from, b"that blob, please".to_vec(), sink, |_| {}).await
}

/// An honest owner that serves one file to everybody.
async fn owner(file: &Path) -> (AccountId, libp2p::Multiaddr) {
    let mut node = Node::start(2, |_| {});
    let (account, address, file) = (node.account(), node.address().await, file.to_owned());
    tokio::spawn(async move {
        while let Some(event) = node.events.recv().await {
            if let dpgn_node::network::Event::BlobRequest { token, request, .. } = event {
                assert_eq!(request, b"that blob, please");
                node.network.serve_blob(token, file.clone());
            }
        }
    });
    (account, address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_megabytes_arrive_whole_and_private() {
    let asker = Asker::start(|_| {});
    let data = bytes(20 * MIB + 12_345);
    let file = asker.dir.path().join("original");
    fs::write(&file, data.as_slice()).unwrap();
    let (account, address) = owner(&file).await;
    asker.node.network.dial(address).await.unwrap();
    let mut seen = Vec::new();
    let start = Instant::now();
    let info = asker
        .node
        .network
        .fetch_blob(
            account,
            b"that blob, please".to_vec(),
            asker.sink(Some(Digest::plain(digest(&data)))),
            |progress| {
                seen.push(progress.done);
            },
        )
        .await
        .unwrap();
    println!("{} bytes in {:?}", info.len, start.elapsed());
    assert_eq!(info, BlobInfo { len: data.len() as u64, resumed_from: 0 });
    assert!(fs::read(asker.path()).unwrap() == *data);
    assert_eq!(fs::metadata(asker.path()).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(seen.is_sorted() && seen.first() == Some(&0) && seen.last() == Some(&info.len), "{seen:?}");
    assert_eq!(asker.node.network.metrics().blob_bytes_received, info.len);

    // An empty one, and one in a domain of its own, whose digest is not what is announced.
    fs::write(&file, b"").unwrap();
    assert_eq!(asker.fetch(account, None).await.unwrap().len, 0);
    fs::write(&file, b"a recipe").unwrap();
    let id = dpgn_protocol::ids::hash("dpgn test", &[b"a recipe"]);
    asker.fetch(account, Some(Digest::derived("dpgn test", id))).await.unwrap();
    assert_eq!(fs::read(asker.path()).unwrap(), b"a recipe");
}

/// A liar that serves a blob's true length and hash, the first so many bytes, and then breaks the stream.
async fn breaks_after(data: &Arc<Vec<u8>>, sent: Vec<u8>) -> Liar {
    let (len, hash) = (data.len() as u64, digest(data));
    let liar = Liar::start(None).await;
    liar.serve_blobs(move |mut stream| {
        let sent = sent.clone();
        async move {
            announce(&mut stream, len, &hash).await?.send(&mut stream, &sent).await?;
            stream.close().await
        }
    });
    liar
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_transfer_is_resumed_where_it_broke() {
    let asker = Asker::start(|_| {});
    let data = bytes(5 * MIB);
    let known = Some(Digest::plain(digest(&data)));
    let liar = breaks_after(&data, data[..3 * MIB + 64 * 1_024].to_vec()).await;
    let error = asker.fetch_from(&liar, known).await.unwrap_err();
    assert!(matches!(error, FetchError::Broken { .. }), "{error}");
    assert!(!asker.path().exists(), "half a blob has no name");

    let file = asker.dir.path().join("original");
    fs::write(&file, data.as_slice()).unwrap();
    let (account, address) = owner(&file).await;
    asker.node.network.dial(address).await.unwrap();
    let info = asker.fetch(account, known).await.unwrap();
    assert_eq!(info.resumed_from, (3 * MIB + 64 * 1_024) as u64);
    assert!(fs::read(asker.path()).unwrap() == *data);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_part_is_not_blamed_on_the_next_owner() {
    let asker = Asker::start(|_| {});
    let data = bytes(3 * MIB);
    let known = Some(Digest::plain(digest(&data)));
    let liar = breaks_after(&data, vec![0; MIB]).await;
    asker.fetch_from(&liar, known).await.unwrap_err();

    let file = asker.dir.path().join("original");
    fs::write(&file, data.as_slice()).unwrap();
    let (account, address) = owner(&file).await;
    asker.node.network.dial(address).await.unwrap();
    assert_eq!(asker.fetch(account, known).await.unwrap().resumed_from, 0, "begun again");
    assert!(fs::read(asker.path()).unwrap() == *data);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lies_about_a_blob_leave_nothing_behind() {
    let asker = Asker::start(|_| {});
    let data = bytes(2 * MIB);
    let (len, hash) = (data.len() as u64, digest(&data));

    let longer = Liar::start(None).await;
    let sent = Arc::clone(&data);
    longer.serve_blobs(move |mut stream| {
        let sent = Arc::clone(&sent);
        async move {
            let mut announced = announce(&mut stream, len, &hash).await?;
            announced.send(&mut stream, &sent).await?;
            announced.send(&mut stream, b"and more").await?;
            stream.close().await
        }
    });
    let error = asker.fetch_from(&longer, Some(Digest::plain(hash))).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLong { .. }), "{error}");
    asker.leaves_nothing();

    for known in [Some(Digest::plain(hash)), None] {
        let wrong = Liar::start(None).await;
        wrong.serve_blobs(move |mut stream| async move {
            announce(&mut stream, len, &hash).await?.send(&mut stream, &vec![1; len as usize]).await?;
            stream.close().await
        });
        let error = asker.fetch_from(&wrong, known).await.unwrap_err();
        assert!(matches!(error, FetchError::WrongDigest), "{error}");
        asker.leaves_nothing();
    }

    // Nothing is set aside for a length that is only claimed.
    let huge = Liar::start(None).await;
    huge.serve_blobs(move |mut stream| async move { announce(&mut stream, u64::MAX, &hash).await.map(drop) });
    let error = asker.fetch_from(&huge, Some(Digest::plain(hash))).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLong { got: u64::MAX, .. }), "{error}");

    let other = Liar::start(None).await;
    other.serve_blobs(move |mut stream| async move { announce(&mut stream, len, &[9; 32]).await.map(drop) });
    let error = asker.fetch_from(&other, Some(Digest::plain(hash))).await.unwrap_err();
    assert!(matches!(error, FetchError::WrongDigest), "{error}");

    let odd = Liar::start(None).await;
    odd.serve_blobs(|mut stream| async move { stream.write_all(&[77]).await });
    let error = asker.fetch_from(&odd, None).await.unwrap_err();
    assert!(matches!(error, FetchError::UnknownStatus { status: 77 }), "{error}");
    asker.leaves_nothing();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dripping_owner_is_cut() {
    let asker = Asker::start(|config| config.timing.blob_piece_ms = 600);
    let data = bytes(2 * MIB);
    let (len, hash) = (data.len() as u64, digest(&data));
    let liar = Liar::start(None).await;
    liar.serve_blobs(move |mut stream| async move {
        announce(&mut stream, len, &hash).await?;
        loop {
            stream.write_all(&[1]).await?;
            stream.flush().await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let start = Instant::now();
    let error = asker.fetch_from(&liar, None).await.unwrap_err();
    assert!(matches!(error, FetchError::Stalled { after_ms: 600, .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));
    asker.leaves_nothing();
}

/// Sixteen streams that each drip 64 KiB per fifteen seconds held up a prover for hours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_drips_whole_pieces_is_cut_at_the_least_rate() {
    let asker = Asker::start(|config| {
        config.timing.blob_piece_ms = 600;
        config.limits.blob_bytes_per_s_least = 1 << 20;
    });
    let (len, hash) = (64 << 20, [7; 32]);
    let liar = Liar::start(None).await;
    liar.serve_blobs(move |mut stream| async move {
        announce(&mut stream, len, &hash).await?;
        loop {
            stream.write_all(&[1; 64 << 10]).await?;
            stream.flush().await?;
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    });
    let start = Instant::now();
    let error = asker.fetch_from(&liar, None).await.unwrap_err();
    println!("64 KiB per 0.4 s of 64 MiB: cut after {:?} instead of {} s", start.elapsed(), 1_024 * 4 / 10);
    assert!(matches!(error, FetchError::Stalled { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));
    assert_eq!(asker.node.network.metrics().bans, 0, "slowness is no lie");
    asker.leaves_nothing();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_say_no() {
    let asker = Asker::start(|_| {});
    let mut owner = Node::start(2, |config| {
        config.timing.blob_decide_ms = 500;
    });
    asker.node.dial(&owner).await;
    for refusal in [Refusal::NotFound, Refusal::NotAllowed, Refusal::Busy, Refusal::Malformed] {
        let (network, from, sink) = (asker.node.network.clone(), owner.account(), asker.sink(None));
        let fetched = tokio::spawn(async move { fetch(&network, from, sink).await });
        let (who, _, token) = owner.asked_for_blob().await;
        assert_eq!(who, asker.node.account());
        owner.network.refuse(token, refusal);
        assert!(matches!(fetched.await.unwrap(), Err(FetchError::Refused(said)) if said == refusal));
    }
    // Nobody decides: busy.
    let undecided = asker.fetch(owner.account(), None).await;
    assert!(matches!(undecided, Err(FetchError::Refused(Refusal::Busy))), "{undecided:?}");

    asker.leaves_nothing();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_path_has_one_fetch_and_shutdown_ends_it() {
    let asker = Asker::start(|_| {});
    let hash = [5; 32];
    let liar = Liar::start(None).await;
    liar.serve_blobs(move |mut stream| async move {
        announce(&mut stream, 1_000, &hash).await?;
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(())
    });
    let second = Liar::start(None).await;
    second.serve_blobs(move |mut stream| async move { announce(&mut stream, 1_000, &hash).await.map(drop) });
    asker.node.network.dial(liar.address.clone()).await.unwrap();
    let (network, from, sink) =
        (asker.node.network.clone(), account_of(&liar.peer).unwrap(), asker.sink(Some(Digest::plain(hash))));
    let first = tokio::spawn(async move { fetch(&network, from, sink).await });
    until("the part", async || asker.dir.path().join("blob.part").exists()).await;
    let error = asker.fetch_from(&second, Some(Digest::plain(hash))).await.unwrap_err();
    assert!(matches!(error, FetchError::InUse { .. }), "{error}");
    soon("shutdown", asker.node.network.shutdown()).await;
    assert!(matches!(soon("an end", first).await.unwrap(), Err(FetchError::Stopped)));
}
