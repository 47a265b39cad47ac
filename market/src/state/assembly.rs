//! Assembly: a ledger put together from chunks, in whatever order and from whomever they come.
//!
//! Every chunk is checked against the root that a block's header names before anything of it is kept, so what is here is
//! always a part of the true state, and a false chunk costs its own bytes once. Memory: the part of the state that is
//! here, and one chunk. A caller that wants to go on after a restart writes the bytes of each chunk that was taken to its
//! disk, and takes them again from there.
//!
//! What must never happen: a ledger that [`Assembly::finish`] gives and whose root is another.

use super::{
    account::Account,
    book::{Book, Standing},
    circuit::Registered,
    clock::Clock,
    ledger::Ledger,
    payouts::{self, Payouts},
    pools::CreditPools,
    rates::Rates,
    snapshot::Stored,
    stakes::{Candidate, Staker, Stakes},
    task::Task,
    tenure::Tenure,
    tree_map::{ReadKey, TreeMap},
};
use dpgn_protocol::{
    codec::{self, DecodeError, EncodeError},
    committee::Committee,
    genesis::Params,
    ids::{AccountId, CircuitId, NetworkId, StateRoot, TaskId},
    limits::{STATE_ENTRY_BYTES_MAX, STATE_HEAD_BYTES_MAX},
    state_chunk::{Blame, ChunkError, ManifestError, StateManifest, VerifiedChunk, VerifiedManifest},
    state_tree::Part,
    units::{Credits, Epoch},
};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is no map in a ledger; the same as [`Head`](super::snapshot::Head), owned.
type Head = (NetworkId, Params, Committee, Tenure, Clock, CreditPools, Rates, Option<Epoch>, bool);

/// A ledger of which some chunks are still missing.
#[derive(Clone, Debug)]
pub struct Assembly {
    manifest: VerifiedManifest,
    root: StateRoot,
    head: Head,
    /// The numbers of the chunks that are still to come.
    missing: BTreeSet<u32>,
    accounts: TreeMap<AccountId, Account>,
    circuits: TreeMap<CircuitId, Registered>,
    asks: TreeMap<AccountId, Standing>,
    open: TreeMap<TaskId, Task>,
    ended: TreeMap<TaskId, Task>,
    aliases: TreeMap<(AccountId, Uuid), TaskId>,
    earned: TreeMap<AccountId, Credits>,
    payouts: TreeMap<AccountId, payouts::Leaf>,
    candidates: TreeMap<AccountId, Candidate>,
    stakers: TreeMap<AccountId, Staker>,
}

/// Why an assembly cannot begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssemblyError {
    /// The manifest does not hold.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The head is true, and this build cannot read it.
    #[error("the head of the state cannot be read: {0}")]
    Head(#[from] DecodeError),
}

/// Why a chunk was not taken. The assembly has not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    /// The chunk is here already.
    #[error("chunk {0} is here already")]
    Duplicate(u32),
    /// The chunk does not hold.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// An entry is true, and this build cannot read it.
    #[error("an entry of chunk {index} cannot be read: {error}")]
    Entry {
        /// The number of the chunk, from 0.
        index: u32,
        /// The reason that the decoder gave.
        error: DecodeError,
    },
    /// A key is true, and this build cannot read it.
    #[error("a key of chunk {0} cannot be read")]
    Key(u32),
}

impl TakeError {
    /// The party that is to blame.
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Chunk(error) => error.blame(),
            Self::Duplicate(_) | Self::Entry { .. } | Self::Key(_) => Blame::Nobody,
        }
    }
}

/// Why an assembly gives no ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FinishError {
    /// Chunks are still to come.
    #[error("{missing} chunks are missing, chunk {first} among them")]
    Missing {
        /// The number of missing chunks.
        missing: usize,
        /// The first one of them.
        first: u32,
    },
    /// The ledger cannot be hashed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// Chunks that each hold did not make the whole: a mistake of this program.
    #[error("the chunks make state {got}, not {expected}")]
    OtherState {
        /// The root of what the chunks make.
        got: StateRoot,
        /// The root that the header names.
        expected: StateRoot,
    },
}

impl Assembly {
    /// Begins with a manifest that somebody sent, for the state whose root a block's header names.
    pub fn new(manifest: StateManifest, root: StateRoot) -> Result<Self, AssemblyError> {
        let manifest = manifest.verify(root)?;
        let head = codec::decode(&manifest.head, STATE_HEAD_BYTES_MAX)?;
        let missing = (0..).zip(manifest.ranges.iter()).map(|(index, _)| index).collect();
        Ok(Self {
            manifest,
            root,
            head,
            missing,
            accounts: TreeMap::default(),
            circuits: TreeMap::default(),
            asks: TreeMap::default(),
            open: TreeMap::default(),
            ended: TreeMap::default(),
            aliases: TreeMap::default(),
            earned: TreeMap::default(),
            payouts: TreeMap::default(),
            candidates: TreeMap::default(),
            stakers: TreeMap::default(),
        })
    }

    /// The manifest that the assembly began with.
    pub fn manifest(&self) -> &StateManifest {
        &self.manifest
    }

    /// The numbers of the chunks that are still to come.
    pub fn missing(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.missing.iter().copied()
    }

    /// Takes the bytes that came as the chunk of this number.
    pub fn take(&mut self, index: u32, bytes: &[u8]) -> Result<(), TakeError> {
        let is_known = (index as usize) < self.manifest.ranges.len();
        if is_known && !self.missing.contains(&index) {
            return Err(TakeError::Duplicate(index));
        }
        let chunk = self.manifest.open(index, bytes)?;
        match chunk.part() {
            Part::Accounts => fill(&mut self.accounts, index, &chunk),
            Part::Circuits => fill(&mut self.circuits, index, &chunk),
            Part::Asks => fill(&mut self.asks, index, &chunk),
            Part::Open => fill(&mut self.open, index, &chunk),
            Part::Ended => fill(&mut self.ended, index, &chunk),
            Part::Aliases => fill(&mut self.aliases, index, &chunk),
            Part::Earned => fill(&mut self.earned, index, &chunk),
            Part::Payouts => fill(&mut self.payouts, index, &chunk),
            Part::Candidates => fill(&mut self.candidates, index, &chunk),
            Part::Stakes => fill(&mut self.stakers, index, &chunk),
        }?;
        self.missing.remove(&index);
        Ok(())
    }

    /// The ledger, once all chunks are here. What follows from the state (what is due, shelves, sums) is made anew.
    pub fn finish(self) -> Result<Ledger, FinishError> {
        if let Some(&first) = self.missing.first() {
            return Err(FinishError::Missing { missing: self.missing.len(), first });
        }
        let (network, params, committee, tenure, clock, pools, rates, epoch, backlog) = self.head;
        let ledger = Ledger::from(Stored {
            network,
            params,
            committee,
            clock,
            pools,
            accounts: self.accounts,
            circuits: self.circuits,
            book: Book::from(self.asks),
            rates,
            payouts: Payouts::new(self.earned, self.payouts, epoch),
            stakes: Stakes::new(self.candidates, self.stakers),
            tenure,
            open: self.open,
            ended: self.ended,
            aliases: self.aliases,
            backlog,
        });
        let got = ledger.root()?;
        if got != self.root {
            return Err(FinishError::OtherState { got, expected: self.root });
        }
        Ok(ledger)
    }
}

/// Puts a chunk's entries into its map: all of them, or none if one cannot be read.
fn fill<K: ReadKey, V: Clone + Serialize + DeserializeOwned>(
    map: &mut TreeMap<K, V>,
    index: u32,
    chunk: &VerifiedChunk,
) -> Result<(), TakeError> {
    let mut read = Vec::with_capacity(chunk.entries().len());
    for (entry, hash) in chunk.entries() {
        let key = K::read(&entry.key).ok_or(TakeError::Key(index))?;
        let value: V =
            codec::decode(&entry.value, STATE_ENTRY_BYTES_MAX).map_err(|error| TakeError::Entry { index, error })?;
        read.push((key, value, *hash, entry.value.len()));
    }
    for (key, value, hash, len) in read {
        map.add_known(key, value, hash, len);
    }
    Ok(())
}
