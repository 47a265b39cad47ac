//! State tree: the Merkle tree over one map of the ledger, and paths that show one entry of it, or that there is none.
//!
//! A binary radix tree over the bits of the keys: a fork stands where keys first differ. So the same entries make
//! the same tree, in whatever order they came in. Every hash of a fork covers the bit it stands at, and the root
//! covers the number of entries; leaves, forks and root are hashed in domains of their own.
//!
//! A path leads a key from the root down to the one leaf where a search for it ends. If that leaf has another key,
//! the map does not have this one.

use crate::{
    bounded::List,
    codec::{self, EncodeError},
    ids::{StateRoot, hash},
    limits::{STATE_KEY_BYTES_MAX, STATE_PATH_MAX},
};
use blake3::{
    Hasher,
    hazmat::{ContextKey, HasherExt as _, hash_derive_key_context},
};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The hash of a node, a value or a whole map.
pub type Hash = [u8; 32];

/// The domain in which the part of the state that is no map is hashed.
pub const HEAD_DOMAIN: &str = "dpgn state head v1";
/// The domain in which values are hashed.
pub const VALUE_DOMAIN: &str = "dpgn state value v1";

/// The hash of a value, from its encoding.
pub fn value(encoding: &[u8]) -> Hash {
    hash(VALUE_DOMAIN, &[encoding])
}

/// The hash of a value's encoding, and the number of its bytes, without holding them all.
pub fn measure<T: Serialize>(value: &T) -> Result<(Hash, usize), EncodeError> {
    // The ledger hashes thousands of values for a block, so what the domain alone decides is computed once.
    static DOMAIN: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context(VALUE_DOMAIN));
    codec::measure(Hasher::new_from_context_key(&DOMAIN), value)
}

/// The hash of an entry: its key, and the hash of its value's encoding.
pub fn leaf(key: &[u8], value: &Hash) -> Hash {
    static DOMAIN: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context("dpgn state leaf v1"));
    let mut hasher = Hasher::new_from_context_key(&DOMAIN);
    hasher.update(value).update(key);
    *hasher.finalize().as_bytes()
}

/// The hash of a fork: the bit where the keys below it part, and what is below it on either side.
///
/// BLAKE3 of both sides, keyed by the domain and the bit. So it takes a single compression; the ledger makes thousands
/// of them for a block.
pub fn fork(bit: u16, zero: &Hash, one: &Hash) -> Hash {
    static DOMAIN: LazyLock<Hash> = LazyLock::new(|| hash("dpgn state fork v1", &[]));
    let (mut key, mut sides) = (*DOMAIN, [0; 64]);
    key.iter_mut().zip(bit.to_le_bytes()).for_each(|(byte, of_bit)| *byte ^= of_bit);
    sides[..32].copy_from_slice(zero);
    sides[32..].copy_from_slice(one);
    *blake3::keyed_hash(&key, &sides).as_bytes()
}

/// The root of a map: its number of entries and its topmost node, which an empty map does not have.
pub fn root(entries: u64, top: Option<&Hash>) -> Hash {
    hash("dpgn state map v1", &[&entries.to_le_bytes(), top.unwrap_or(&[0; 32])])
}

/// The bit of a key at a position, the highest of the first byte being 0; beyond the key's end they are zero.
pub fn bit(key: &[u8], at: u16) -> bool {
    let (byte, shift) = (usize::from(at / 8), 7 - at % 8);
    key.get(byte).is_some_and(|byte| byte >> shift & 1 == 1)
}

/// The first bit where two keys of one length differ; `None` if they are equal.
pub fn parting(a: &[u8], b: &[u8]) -> Option<u16> {
    let at = a.iter().zip(b).position(|(a, b)| a != b)?;
    let first = (a.get(at)? ^ b.get(at)?).leading_zeros();
    u16::try_from(at * 8).ok()?.checked_add(u16::try_from(first).ok()?)
}

/// A fork on the way up from a leaf: where it stands, and the hash of the side that the way does not come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sibling {
    /// The bit where the keys below the fork part.
    pub bit: u16,
    /// The hash of the other side.
    pub hash: Hash,
}

/// The leaf at which the search for a key ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The key of the leaf.
    pub key: List<u8, STATE_KEY_BYTES_MAX>,
    /// The hash of its value's encoding.
    pub value: Hash,
    /// The forks above it, the lowest first.
    pub siblings: List<Sibling, STATE_PATH_MAX>,
}

/// A path in a state tree: it shows the value of one key, or that the map does not have the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatePath {
    /// The number of entries of the map.
    pub entries: u64,
    /// Where a search ends; `None` in an empty map.
    pub found: Option<Found>,
}

/// What a path shows about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The map has the key, with a value of this hash.
    Value(Hash),
    /// The map does not have the key.
    Absent,
}

impl StatePath {
    /// What the path shows about a key, and the root of the map for which it does. `None` if it is no path of that
    /// key: a fork out of order, or one that the search would have left on the other side.
    pub fn shows(&self, key: &[u8]) -> Option<(Shown, Hash)> {
        let Some(found) = &self.found else {
            return (self.entries == 0).then(|| (Shown::Absent, root(0, None)));
        };
        let mut node = leaf(&found.key, &found.value);
        let mut below = u16::MAX;
        for sibling in found.siblings.iter() {
            let side = bit(&found.key, sibling.bit);
            if sibling.bit >= below || side != bit(key, sibling.bit) {
                return None;
            }
            below = sibling.bit;
            node = if side { fork(below, &sibling.hash, &node) } else { fork(below, &node, &sibling.hash) };
        }
        let is_same_length = found.key.len() == key.len();
        let shown = if found.key[..] == *key { Shown::Value(found.value) } else { Shown::Absent };
        (is_same_length && self.entries > 0).then(|| (shown, root(self.entries, Some(&node))))
    }
}

/// The hashes of a ledger's parts, in the order in which its root covers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateParts {
    /// The hash of all that is no map: network, rules, committee, clock, pools.
    pub head: Hash,
    /// The root of the accounts by id.
    pub accounts: Hash,
    /// The root of the registered circuits by id.
    pub circuits: Hash,
    /// The root of the standing asks by prover.
    pub asks: Hash,
    /// The root of the tasks that have not ended, by id.
    pub open: Hash,
    /// The root of the tasks that have ended and are not yet forgotten, by id.
    pub ended: Hash,
    /// The root of the ids of tasks by requester and alias.
    pub aliases: Hash,
    /// The root of what accounts have earned since the last epoch ended, by account.
    pub earned: Hash,
    /// The root of what accounts had earned by then, by account.
    pub payouts: Hash,
    /// The root of the candidates for the committee, by account.
    pub candidates: Hash,
    /// The root of what accounts have locked on candidates, by account.
    pub stakes: Hash,
}

impl StateParts {
    /// The root of the ledger, which a block's header names.
    pub fn root(&self) -> StateRoot {
        let Self { head, accounts, circuits, asks, open, ended, aliases, earned, payouts, candidates, stakes } = self;
        let parts = [head, accounts, circuits, asks, open, ended, aliases, earned, payouts, candidates, stakes];
        StateRoot::from_bytes(hash("dpgn state v4", &parts.map(|part| part.as_slice())))
    }

    /// The root of one map.
    pub fn of(&self, part: Part) -> &Hash {
        match part {
            Part::Accounts => &self.accounts,
            Part::Circuits => &self.circuits,
            Part::Asks => &self.asks,
            Part::Open => &self.open,
            Part::Ended => &self.ended,
            Part::Aliases => &self.aliases,
            Part::Earned => &self.earned,
            Part::Payouts => &self.payouts,
            Part::Candidates => &self.candidates,
            Part::Stakes => &self.stakes,
        }
    }
}

/// One of the maps of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Accounts by id.
    Accounts,
    /// Registered circuits by id.
    Circuits,
    /// Standing asks by prover.
    Asks,
    /// Tasks that have not ended, by id.
    Open,
    /// Tasks that have ended, by id.
    Ended,
    /// Ids of tasks by requester and alias.
    Aliases,
    /// What accounts have earned since the last epoch ended.
    Earned,
    /// What accounts had earned by the end of the last epoch.
    Payouts,
    /// Candidates for the committee.
    Candidates,
    /// What accounts have locked on candidates.
    Stakes,
}

impl Part {
    /// All maps, in the order in which the root covers them.
    pub const ALL: [Self; 10] = [
        Self::Accounts,
        Self::Circuits,
        Self::Asks,
        Self::Open,
        Self::Ended,
        Self::Aliases,
        Self::Earned,
        Self::Payouts,
        Self::Candidates,
        Self::Stakes,
    ];

    /// The position of the map among all.
    pub const fn index(self) -> usize {
        match self {
            Self::Accounts => 0,
            Self::Circuits => 1,
            Self::Asks => 2,
            Self::Open => 3,
            Self::Ended => 4,
            Self::Aliases => 5,
            Self::Earned => 6,
            Self::Payouts => 7,
            Self::Candidates => 8,
            Self::Stakes => 9,
        }
    }
}

/// A proof of what a ledger holds under one key of one map, for whoever knows the ledger's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateProof {
    /// The map that the key is looked up in.
    pub part: Part,
    /// The hashes of all parts.
    pub parts: StateParts,
    /// The path to the entry.
    pub path: StatePath,
}

impl StateProof {
    /// What the proof shows about a key of its map in the state with this root; `None` if it shows nothing.
    pub fn shows(&self, root: StateRoot, key: &[u8]) -> Option<Shown> {
        let (shown, of_map) = self.path.shows(key)?;
        (self.parts.root() == root && *self.parts.of(self.part) == of_map).then_some(shown)
    }
}
