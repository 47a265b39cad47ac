//! State chunk: a piece of a ledger's state that is checked alone, so that pieces may come from anybody in any order.
//!
//! A manifest names the top of each map's tree and the keys between which each chunk lies; the ledger's head, which is
//! small, is in it whole. Both hash to the state root that a block's header names. A chunk holds some neighbouring
//! entries of one map, and beside them the hashes of what lies on either side of the ways to its first and its last
//! entry. So it hashes to the top of its map, or it is false: one changed, added, left-out or misplaced entry is known
//! at once, and whoever sent it is to blame.
//!
//! The tops are bound by the root, the keys are not: a manifest may name keys with an entry between two chunks. The
//! true chunk on either side of such a gap shows it by the fork where it ends ([`ChunkError::Gap`]).

use crate::{
    bounded::{Bytes, List},
    codec::{self, DecodeError, EncodeError, Wire},
    ids::{ManifestHash, StateRoot, hash},
    limits::{
        STATE_CHUNK_BYTES_MAX, STATE_CHUNK_ENTRIES_MAX, STATE_CHUNKS_MAX, STATE_ENTRY_BYTES_MAX, STATE_HEAD_BYTES_MAX,
        STATE_KEY_BYTES_MAX, STATE_MANIFEST_BYTES_MAX, STATE_PATH_MAX,
    },
    state_tree::{self, Hash, Part, Sibling, StateParts, parting},
};
use serde::{Deserialize, Serialize};

/// The key of an entry, as bytes.
pub type StateKey = Bytes<STATE_KEY_BYTES_MAX>;

/// Bytes of a length in an encoding.
const LENGTH_BYTES: usize = 8;
/// Bytes of an encoded sibling: a bit and a hash.
const SIBLING_BYTES: usize = 2 + 32;
/// Bytes of an encoded chunk beside its entries at most: version, three lengths, and siblings.
const AROUND_BYTES_MAX: usize = 1 + 3 * LENGTH_BYTES + 2 * STATE_PATH_MAX * SIBLING_BYTES;
/// Bytes of the entries of one chunk at most, unless it is a single entry.
pub const CHUNK_ENTRIES_BYTES_MAX: usize = STATE_CHUNK_BYTES_MAX - AROUND_BYTES_MAX;

/// The bytes that an entry takes up in a chunk.
pub const fn entry_bytes(key: usize, value: usize) -> usize {
    2 * LENGTH_BYTES + key + value
}

/// An entry of a map: its key and its value, both as they are hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateEntry {
    /// The key of the entry.
    pub key: StateKey,
    /// The encoding of its value.
    pub value: Bytes<STATE_ENTRY_BYTES_MAX>,
}

/// Neighbouring entries of one map, and what is needed to hash from them to the map's top. As somebody sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChunk {
    /// The entries, by key.
    pub entries: List<StateEntry, STATE_CHUNK_ENTRIES_MAX>,
    /// The forks above the first entry whose other side comes before it, the lowest first.
    pub left: List<Sibling, STATE_PATH_MAX>,
    /// The forks above the last entry whose other side comes after it, the lowest first.
    pub right: List<Sibling, STATE_PATH_MAX>,
}

impl Wire for StateChunk {
    // Several entries together have less: see `ChunkRange::bytes_max`.
    const MAX_BYTES: usize = STATE_ENTRY_BYTES_MAX;
}

impl StateChunk {
    /// The topmost hash that the chunk leads to, if its values have these hashes; `None` if it is no part of a tree.
    ///
    /// What lies outside stands for one node each, so there is a row of nodes and a fork between each two neighbours.
    /// In a tree every fork lies below those of a smaller bit, which leaves one way to put them together.
    fn top(&self, values: &[Hash]) -> Option<Hash> {
        let mut row = Row::default();
        for sibling in self.left.iter().rev() {
            row.push(sibling.hash, Some(sibling.bit))?;
        }
        let between = self.entries.windows(2).map(|pair| match pair {
            [one, next] => parting(&one.key, &next.key).map(Some),
            _ => None,
        });
        let after = between.chain([Some(self.right.first().map(|sibling| sibling.bit))]);
        for ((entry, value), after) in self.entries.iter().zip(values).zip(after) {
            row.push(state_tree::leaf(&entry.key, value), after?)?;
        }
        let after = self.right.iter().skip(1).map(|sibling| Some(sibling.bit)).chain([None]);
        for (sibling, after) in self.right.iter().zip(after) {
            row.push(sibling.hash, after)?;
        }
        row.top
    }
}

/// Nodes from left to right, put together as far as they can be.
#[derive(Default)]
struct Row {
    /// Nodes with the bit of the fork that parts each from the next; every fork lies below the one before it.
    waiting: Vec<(Hash, u16)>,
    /// The hash of all, once the last node has come.
    top: Option<Hash>,
}

impl Row {
    /// Adds a node, and the bit of the fork between it and the next; the last one has none. `None` if there is no tree
    /// of such forks.
    fn push(&mut self, mut node: Hash, after: Option<u16>) -> Option<()> {
        while let Some(&(before, bit)) = self.waiting.last() {
            match after {
                Some(after) if after == bit => return None,
                Some(after) if after > bit => break,
                Some(_) | None => {
                    node = state_tree::fork(bit, &before, &node);
                    self.waiting.pop();
                }
            }
        }
        match after {
            Some(bit) => self.waiting.push((node, bit)),
            None => self.top = Some(node),
        }
        Some(())
    }
}

/// The number of entries of a map, and the top of its tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapTop {
    /// The number of entries.
    pub entries: u64,
    /// The hash of the topmost node; `None` in an empty map.
    pub top: Option<Hash>,
}

impl MapTop {
    /// The root of the map.
    pub fn root(&self) -> Hash {
        state_tree::root(self.entries, self.top.as_ref())
    }
}

/// The place of a chunk: a map, and the first and the last key in the chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRange {
    /// The map whose entries the chunk holds.
    pub part: Part,
    /// The key of the chunk's first entry.
    pub first: StateKey,
    /// The key of the chunk's last entry.
    pub last: StateKey,
}

impl ChunkRange {
    /// The most bytes that the encoded chunk may have. An entry that is too large for a chunk with others is alone.
    pub fn bytes_max(&self) -> usize {
        if self.first == self.last { STATE_ENTRY_BYTES_MAX } else { STATE_CHUNK_BYTES_MAX }
    }
}

/// What a state consists of: its head, the tops of its maps, and the places of its chunks. As somebody sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateManifest {
    /// The encoding of all that is no map: network, rules, committee, clock, pools, going rates.
    pub head: Bytes<STATE_HEAD_BYTES_MAX>,
    /// The tops of the maps, in the order of [`Part::ALL`].
    pub maps: [MapTop; Part::ALL.len()],
    /// The places of the chunks, by map in the order of [`Part::ALL`], then by key.
    pub ranges: List<ChunkRange, STATE_CHUNKS_MAX>,
}

impl Wire for StateManifest {
    const MAX_BYTES: usize = STATE_MANIFEST_BYTES_MAX;
}

/// Why a manifest is refused. Each is a fault of its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The manifest is of another state than the header.
    #[error("the manifest is of state {got}, and {expected} is wanted")]
    OtherState {
        /// The root of the state that the manifest is of.
        got: StateRoot,
        /// The root that the header names.
        expected: StateRoot,
    },
    /// A chunk lies before the one before it, or ends before it begins.
    #[error("the places of chunks are not in order at chunk {index}")]
    Disorder {
        /// The number of the chunk, from 0.
        index: usize,
    },
    /// A map has entries and no chunk, or more chunks than entries.
    #[error("{chunks} chunks hold {entries} entries of {part:?}")]
    Count {
        /// The map whose chunks do not fit.
        part: Part,
        /// The number of its chunks.
        chunks: u64,
        /// The number of its entries.
        entries: u64,
    },
}

impl StateManifest {
    /// The hashes of the state's parts.
    pub fn parts(&self) -> StateParts {
        let [accounts, circuits, asks, open, ended, aliases, earned, payouts, candidates, stakes] =
            self.maps.map(|map| map.root());
        let head = hash(state_tree::HEAD_DOMAIN, &[&self.head]);
        StateParts { head, accounts, circuits, asks, open, ended, aliases, earned, payouts, candidates, stakes }
    }

    /// The hash of all of it. A chunk is asked for by this and its number: two manifests of one state may cut it elsewhere,
    /// and no honest peer is to be taken for a liar since it cuts at the usual places.
    pub fn hash(&self) -> Result<ManifestHash, EncodeError> {
        Ok(ManifestHash::from_bytes(codec::hash("dpgn manifest v1", self)?))
    }

    /// The top of one map.
    pub fn map(&self, part: Part) -> &MapTop {
        &self.maps[part.index()]
    }

    /// Checks that the manifest is of the state with this root, and that its chunks can be all of it.
    pub fn verify(self, root: StateRoot) -> Result<VerifiedManifest, ManifestError> {
        let got = self.parts().root();
        if got != root {
            return Err(ManifestError::OtherState { got, expected: root });
        }
        let place = |range: &ChunkRange| (range.part.index(), range.first.to_vec());
        let mut before = None;
        for (index, range) in self.ranges.iter().enumerate() {
            if before >= Some(place(range)) || range.first > range.last {
                return Err(ManifestError::Disorder { index });
            }
            before = Some((range.part.index(), range.last.to_vec()));
        }
        for part in Part::ALL {
            let chunks = self.ranges.iter().filter(|range| range.part == part).count() as u64;
            let entries = self.map(part).entries;
            if chunks > entries || (chunks == 0) != (entries == 0) {
                return Err(ManifestError::Count { part, chunks, entries });
            }
        }
        Ok(VerifiedManifest(self))
    }
}

/// A manifest of the state that a header names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedManifest(StateManifest);

impl std::ops::Deref for VerifiedManifest {
    type Target = StateManifest;

    fn deref(&self) -> &StateManifest {
        &self.0
    }
}

/// Why a chunk is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// The manifest has no such chunk.
    #[error("there is no chunk {index}: the manifest has {chunks}")]
    Unknown {
        /// The number of the chunk, from 0.
        index: u32,
        /// The number of chunks of the manifest.
        chunks: usize,
    },
    /// The bytes are no chunk, or too many.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The chunk holds other entries than those of its place.
    #[error("what came as chunk {0} begins or ends elsewhere")]
    OtherRange(u32),
    /// The chunk is not of this state: an entry is changed, missing or added.
    #[error("chunk {0} does not lead to the root of its map")]
    OtherState(u32),
    /// The chunk is true, and shows that there are entries between it and the next one or the one before.
    #[error("the manifest leaves out entries beside chunk {0}")]
    Gap(u32),
}

/// The party that is to blame for a chunk that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The sender of the chunk is to blame: it could have checked the chunk as the receiver did.
    Chunk,
    /// The sender of the manifest is to blame, and not that of the chunk.
    Manifest,
    /// Nobody is to blame: another protocol version, or the receiver's own question.
    Nobody,
}

impl ChunkError {
    /// The party that is to blame.
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Decode(error) if error.is_unknown_version() => Blame::Nobody,
            Self::Decode(_) | Self::OtherRange(_) | Self::OtherState(_) => Blame::Chunk,
            Self::Gap(_) => Blame::Manifest,
            Self::Unknown { .. } => Blame::Nobody,
        }
    }
}

/// A chunk that is part of the state that a header names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedChunk {
    part: Part,
    entries: Vec<(StateEntry, Hash)>,
}

impl VerifiedChunk {
    /// The map whose entries these are.
    pub fn part(&self) -> Part {
        self.part
    }

    /// The entries by key, each with the hash of its value's encoding.
    pub fn entries(&self) -> &[(StateEntry, Hash)] {
        &self.entries
    }
}

impl VerifiedManifest {
    /// Reads the chunk of this number, and checks it against the root. It costs the bytes of the chunk, which are
    /// counted before anything is read.
    pub fn open(&self, index: u32, bytes: &[u8]) -> Result<VerifiedChunk, ChunkError> {
        let (at, chunks) = (index as usize, self.ranges.len());
        let range = self.ranges.get(at).ok_or(ChunkError::Unknown { index, chunks })?;
        let chunk: StateChunk = codec::decode(bytes, range.bytes_max())?;
        let ends = chunk.entries.first().zip(chunk.entries.last());
        if ends.is_none_or(|(first, last)| (&first.key, &last.key) != (&range.first, &range.last)) {
            return Err(ChunkError::OtherRange(index));
        }
        let values: Vec<Hash> = chunk.entries.iter().map(|entry| state_tree::value(&entry.value)).collect();
        let top = chunk.top(&values);
        if top.is_none() || top != self.map(range.part).top {
            return Err(ChunkError::OtherState(index));
        }
        // From here on all that the chunk says is true.
        let lowest = |siblings: &[Sibling]| siblings.first().map(|sibling| sibling.bit);
        let of_map = |other: &&ChunkRange| other.part == range.part;
        let before = at.checked_sub(1).and_then(|at| self.ranges.get(at)).filter(of_map);
        let after = self.ranges.get(at + 1).filter(of_map);
        let is_gap = lowest(&chunk.left) != before.and_then(|before| parting(&before.last, &range.first))
            || lowest(&chunk.right) != after.and_then(|after| parting(&range.last, &after.first));
        if is_gap {
            return Err(ChunkError::Gap(index));
        }
        let entries = chunk.entries.into_vec().into_iter().zip(values).collect();
        Ok(VerifiedChunk { part: range.part, entries })
    }
}
