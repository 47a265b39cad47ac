//! Kept states: the last snapshots of a node, from which it serves nodes that are far behind.
//!
//! A ledger is a tree that shares its nodes with later ones, so a state that is kept costs what has changed since. All nodes
//! cut a state in the same places. What is made of it here takes long, and is made off the loop.

use dpgn_market::Ledger;
use dpgn_protocol::{
    block::Decided,
    bounded::Bytes,
    codec,
    ids::{BlockHash, ManifestHash},
    snapshot::SnapshotHead,
    state_chunk::StateManifest,
    units::Height,
    wire::{Refusal, Response},
};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// States that are kept in memory: whoever takes one has as long as so many snapshots take, and its line may be slow.
const KEPT_MAX: usize = 4;

/// A state, and the block that left it.
pub struct Kept {
    decided: Decided,
    ledger: Arc<Ledger>,
    /// The manifest with its hash, once somebody has asked for it; absent if the state cannot be cut.
    cut: OnceLock<Option<(StateManifest, ManifestHash)>>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({}, {:?})", self.height(), self.block())
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.block() == other.block()
    }
}

impl Kept {
    /// Keeps the ledger that a block has left.
    pub fn new(decided: Decided, ledger: Arc<Ledger>) -> Self {
        Self { decided, ledger, cut: OnceLock::new() }
    }

    /// The height of the state.
    pub fn height(&self) -> Height {
        self.decided.block.header.height
    }

    /// The block that left the state.
    pub fn block(&self) -> BlockHash {
        self.decided.certificate.block
    }

    /// The answer to whoever asks for the snapshot. It costs the number of chunks, the first time.
    pub fn head(&self) -> Response {
        let head = |(manifest, _): &(StateManifest, _)| SnapshotHead {
            decided: self.decided.clone(),
            manifest: manifest.clone(),
        };
        let head = self.cut().map(head);
        head.map_or(Response::Refused(Refusal::NotFound), |head| Response::Snapshot(Box::new(head)))
    }

    /// The answer to whoever asks for a chunk that this manifest of one of these states names. It costs the chunk's bytes.
    pub fn chunk(among: &[Arc<Self>], manifest: ManifestHash, index: u32) -> Response {
        let is_it = |kept: &&Arc<Self>| kept.cut().is_some_and(|(_, hash)| *hash == manifest);
        let Some(kept) = among.iter().find(is_it) else { return Response::Refused(Refusal::NotFound) };
        let bytes = kept.cut().and_then(|(manifest, _)| {
            let chunk = kept.ledger.chunk(manifest, index).ok()?;
            Bytes::new(codec::encode(&chunk).ok()?).ok()
        });
        bytes.map_or(Response::Refused(Refusal::Malformed), Response::Chunk)
    }

    fn cut(&self) -> Option<&(StateManifest, ManifestHash)> {
        let cut = || {
            let manifest = self.ledger.manifest().ok()?;
            let hash = manifest.hash().ok()?;
            Some((manifest, hash))
        };
        self.cut.get_or_init(cut).as_ref()
    }
}

/// The states that this node serves, the newest last.
#[derive(Default)]
pub(super) struct Shelf(Vec<Arc<Kept>>);

impl Shelf {
    pub(super) fn new(kept: Option<Arc<Kept>>) -> Self {
        Self(kept.into_iter().collect())
    }

    pub(super) fn keep(&mut self, decided: Decided, ledger: Arc<Ledger>) {
        self.0.push(Arc::new(Kept::new(decided, ledger)));
        if self.0.len() > KEPT_MAX {
            self.0.remove(0);
        }
    }

    /// The newest state, if it is above a height.
    pub(super) fn newest(&self, above: Height) -> Option<Arc<Kept>> {
        self.0.last().filter(|kept| kept.height() > above).cloned()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Arc<Kept>> {
        self.0.clone()
    }
}
