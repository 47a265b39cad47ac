//! Chunks: the ledger in pieces for whoever knows its root, made one at a time and each at the cost of its own bytes.
//!
//! A copy of the ledger costs nothing and does not change, so a node keeps one with its manifest and answers from it for
//! as long as it likes while blocks go on. All copies of one state have the same manifest and the same chunks: a chunk
//! is named by the root and its number, and any of them may serve it. [`Assembly`](super::assembly::Assembly) is the
//! other end.
//!
//! Nodes that are far behind ask each other for chunks; a node that stops and starts reads the snapshot that is one encoding
//! from its own disk.

use super::{
    ledger::Ledger,
    tree_map::{ReadKey, TreeMap},
};
use dpgn_protocol::{
    bounded::{Bytes, List},
    codec::{self, EncodeError},
    state_chunk::{CHUNK_ENTRIES_BYTES_MAX, ChunkRange, StateChunk, StateEntry, StateKey, StateManifest},
    state_tree::Part,
};
use serde::Serialize;

/// Why a chunk cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakeChunkError {
    /// The manifest has no such chunk.
    #[error("there is no chunk {0}")]
    Unknown(u32),
    /// The manifest is of another state than the ledger.
    #[error("the manifest is of another state")]
    OtherState,
    /// The chunk holds more than its type allows.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl Ledger {
    /// What the state consists of, and where its chunks lie: the same on every machine. It costs the number of chunks,
    /// and what has changed since the root was last asked for.
    pub fn manifest(&self) -> Result<StateManifest, EncodeError> {
        self.manifest_of(CHUNK_ENTRIES_BYTES_MAX)
    }

    /// A manifest with chunks of at most so many bytes of entries, for lines on which the usual ones are too large.
    /// Whoever is to serve such chunks must know the number.
    pub fn manifest_of(&self, bytes_max: usize) -> Result<StateManifest, EncodeError> {
        let bytes_max = u32::try_from(bytes_max.min(CHUNK_ENTRIES_BYTES_MAX)).unwrap_or(u32::MAX);
        let mut ranges = Vec::new();
        for part in Part::ALL {
            match part {
                Part::Accounts => cut(&self.accounts, part, bytes_max, &mut ranges)?,
                Part::Circuits => cut(&self.circuits, part, bytes_max, &mut ranges)?,
                Part::Asks => cut(self.book.asks(), part, bytes_max, &mut ranges)?,
                Part::Open => cut(&self.open, part, bytes_max, &mut ranges)?,
                Part::Ended => cut(&self.ended, part, bytes_max, &mut ranges)?,
                Part::Aliases => cut(&self.aliases, part, bytes_max, &mut ranges)?,
                Part::Earned => cut(self.payouts.earned(), part, bytes_max, &mut ranges)?,
                Part::Payouts => cut(self.payouts.leaves(), part, bytes_max, &mut ranges)?,
                Part::Candidates => cut(self.stakes.candidates(), part, bytes_max, &mut ranges)?,
                Part::Stakes => cut(self.stakes.stakers(), part, bytes_max, &mut ranges)?,
            }
        }
        let maps = [
            self.accounts.top()?,
            self.circuits.top()?,
            self.book.asks().top()?,
            self.open.top()?,
            self.ended.top()?,
            self.aliases.top()?,
            self.payouts.earned().top()?,
            self.payouts.leaves().top()?,
            self.stakes.candidates().top()?,
            self.stakes.stakers().top()?,
        ];
        Ok(StateManifest { head: Bytes::new(codec::encode(&self.head())?)?, maps, ranges: List::new(ranges)? })
    }

    /// A chunk of this state, by its number in the manifest of it.
    pub fn chunk(&self, manifest: &StateManifest, index: u32) -> Result<StateChunk, MakeChunkError> {
        if manifest.parts().root() != self.root()? {
            return Err(MakeChunkError::OtherState);
        }
        let range = manifest.ranges.get(index as usize).ok_or(MakeChunkError::Unknown(index))?;
        let chunk = match range.part {
            Part::Accounts => take(&self.accounts, range),
            Part::Circuits => take(&self.circuits, range),
            Part::Asks => take(self.book.asks(), range),
            Part::Open => take(&self.open, range),
            Part::Ended => take(&self.ended, range),
            Part::Aliases => take(&self.aliases, range),
            Part::Earned => take(self.payouts.earned(), range),
            Part::Payouts => take(self.payouts.leaves(), range),
            Part::Candidates => take(self.stakes.candidates(), range),
            Part::Stakes => take(self.stakes.stakers(), range),
        }?;
        chunk.ok_or(MakeChunkError::OtherState)
    }
}

/// Adds the places of a map's chunks.
fn cut<K: ReadKey, V: Clone + Serialize>(
    map: &TreeMap<K, V>,
    part: Part,
    bytes_max: u32,
    ranges: &mut Vec<ChunkRange>,
) -> Result<(), EncodeError> {
    for (first, last) in map.cut(bytes_max)? {
        ranges.push(ChunkRange { part, first: key(&first)?, last: key(&last)? });
    }
    Ok(())
}

/// The chunk of a map in this place; `None` if the map does not have its ends.
fn take<K: ReadKey, V: Clone + Serialize>(
    map: &TreeMap<K, V>,
    range: &ChunkRange,
) -> Result<Option<StateChunk>, EncodeError> {
    let (Some(first), Some(last)) = (K::read(&range.first), K::read(&range.last)) else { return Ok(None) };
    let Some(slice) = map.slice(&first, &last)? else { return Ok(None) };
    let entry = |(k, value): &(&K, &V)| Ok(StateEntry { key: key(*k)?, value: Bytes::new(codec::encode(value)?)? });
    let entries = slice.entries.iter().map(entry).collect::<Result<Vec<_>, EncodeError>>()?;
    Ok(Some(StateChunk { entries: List::new(entries)?, left: List::new(slice.left)?, right: List::new(slice.right)? }))
}

fn key<K: ReadKey>(key: &K) -> Result<StateKey, EncodeError> {
    Ok(Bytes::new(key.bytes().as_ref().to_vec())?)
}
