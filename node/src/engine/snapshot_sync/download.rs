//! Download: the chunks of one state, from several peers side by side.
//!
//! Each peer is asked for two chunks at once, as many as it answers. Whoever has sent a chunk that held comes first; peers
//! that have not yet share half of the places, so that many silent ones do not keep honest ones waiting. Bounded: chunks that
//! are asked for or wait for their check.

use super::{
    super::{
        effect::{Effect, PeerEffect},
        input::{Call, CallError},
        snapshot_order::{Came, Parts},
        sync::shuffled,
    },
    REST, SnapshotProgress,
    pace::Pace,
    rests::Rests,
};
use dpgn_market::Assembly;
use dpgn_protocol::{
    block::Decided,
    ids::{AccountId, ManifestHash},
    units::{Height, Millis, Timestamp},
    wire::{Refusal, Request, Response},
};
use std::collections::{BTreeMap, BTreeSet};

/// Chunks that are asked for at once, of all peers together.
const ASKED_MAX: usize = 8;
/// Of these, chunks that peers are asked for which have not sent one yet.
const UNPROVEN_MAX: usize = 4;
/// Chunks that one peer is asked for at once: it answers no more.
const PER_PEER_MAX: usize = 2;
/// Chunks that are asked for or wait for their check: 256 KiB each, 2.25 MiB if it is a single large entry.
const HELD_MAX: usize = 16;
/// A chunk comes within this: 2.25 MiB at a quarter of a MiB a second.
const CHUNK_PATIENCE: Millis = Millis::from_secs(9);
/// A peer that does not have this state may have it soon: its last block may be the one before.
const LACKING_REST: Millis = Millis::from_secs(3);
/// A busy peer is asked again after this.
const BUSY_REST: Millis = Millis::new(500);
/// A state of which no chunk has come for so long is not to be had any more.
const STUCK: Millis = Millis::from_secs(30);
/// Bytes of a state that are worth a millisecond in all that it may take: a quarter of a MiB a second. The state bounds them,
/// wherever a liar cuts it.
const BYTES_PER_MS: u64 = 256;

/// The chunks of a state that is put together.
pub(super) struct Download {
    decided: Decided,
    manifest: ManifestHash,
    offered_by: AccountId,
    of: usize,
    /// Chunks that nobody is asked for now.
    wanted: BTreeSet<u32>,
    asked: BTreeMap<u32, (AccountId, Timestamp)>,
    /// Chunks that wait for their check.
    came: Vec<Came>,
    /// The state as far as it is put together; absent while chunks are checked.
    assembly: Option<Box<Assembly>>,
    /// Chunks that are being checked.
    at_check: usize,
    /// Peers that have sent a chunk that held.
    proven: BTreeSet<AccountId>,
    /// The number of the question with which each peer was last asked.
    last_asked: BTreeMap<AccountId, u64>,
    questions: u64,
    /// The time at which the last chunk was taken.
    progressed: Timestamp,
    pace: Pace,
}

impl Download {
    /// Begins; `None` if the manifest has no name, which no manifest lacks that came over the wire.
    pub(super) fn new(now: Timestamp, offered_by: AccountId, decided: Decided, assembly: Assembly) -> Option<Self> {
        let wanted: BTreeSet<u32> = assembly.missing().collect();
        Some(Self {
            decided,
            manifest: assembly.manifest().hash().ok()?,
            offered_by,
            of: wanted.len(),
            wanted,
            asked: BTreeMap::new(),
            came: Vec::new(),
            assembly: Some(Box::new(assembly)),
            at_check: 0,
            proven: BTreeSet::new(),
            last_asked: BTreeMap::new(),
            questions: 0,
            progressed: now,
            pace: Pace::new(now),
        })
    }

    pub(super) fn height(&self) -> Height {
        self.decided.block.header.height
    }

    /// The time of the snapshot's block.
    pub(super) fn time(&self) -> Timestamp {
        self.decided.block.header.time
    }

    pub(super) fn manifest(&self) -> ManifestHash {
        self.manifest
    }

    pub(super) fn offered_by(&self) -> AccountId {
        self.offered_by
    }

    pub(super) fn into_block(self) -> Decided {
        self.decided
    }

    pub(super) fn progress(&self) -> SnapshotProgress {
        let missing = self.wanted.len() + self.asked.len() + self.came.len() + self.at_check;
        SnapshotProgress { height: self.height(), chunks: self.of.saturating_sub(missing), of: self.of }
    }

    /// Whether no chunk has come for so long that none will, or chunks come too slowly.
    pub(super) fn is_stuck(&self, now: Timestamp) -> bool {
        now >= self.progressed.after(STUCK) || self.pace.is_lost(now)
    }

    /// Gives up who is late, asks whom it is time to ask, and returns chunks that are to be checked.
    pub(super) fn tick(
        &mut self,
        now: Timestamp,
        peers: &BTreeSet<AccountId>,
        rests: &mut Rests,
        effects: &mut Vec<Effect>,
    ) -> Option<Parts> {
        let is_late = |(_, since): &(AccountId, Timestamp)| now >= since.after(CHUNK_PATIENCE);
        for (index, (peer, _)) in self.asked.extract_if(.., |_, asked| is_late(asked)) {
            self.wanted.insert(index);
            self.proven.remove(&peer);
            rests.rest(peer, now.after(REST));
        }
        while self.asked.len() < ASKED_MAX && self.asked.len() + self.came.len() + self.at_check < HELD_MAX {
            let Some(&index) = self.wanted.first() else { break };
            let Some(from) = self.next(now, peers, rests) else { break };
            self.wanted.remove(&index);
            self.asked.insert(index, (from, now));
            self.questions += 1;
            self.last_asked.insert(from, self.questions);
            let manifest = self.manifest;
            let (call, request) = (Call::Chunk { from, manifest, index }, Request::Chunk { manifest, index });
            effects.push(PeerEffect::Ask { to: from, call, request }.into());
        }
        if self.came.is_empty() && self.of > 0 {
            return None;
        }
        let assembly = self.assembly.take()?;
        let chunks = std::mem::take(&mut self.came);
        self.at_check = chunks.len();
        Some(Parts::Chunks { assembly, chunks })
    }

    /// The peer to ask next, if one may be: who has sent a chunk, who has offered the snapshot, and then whoever the dice say,
    /// so that no name is worth choosing.
    fn next(&self, now: Timestamp, peers: &BTreeSet<AccountId>, rests: &Rests) -> Option<AccountId> {
        let under_way = |peer: &AccountId| self.asked.values().filter(|(asked, _)| asked == peer).count();
        let unproven = self.asked.values().filter(|(peer, _)| !self.proven.contains(peer)).count();
        let may = |peer: &&AccountId| {
            !rests.is_resting(**peer)
                && under_way(peer) < PER_PEER_MAX
                && (self.proven.contains(peer) || unproven < UNPROVEN_MAX)
        };
        let order = |peer: &AccountId| {
            let asked = self.last_asked.get(peer).copied();
            let is_next = self.proven.contains(peer) || (*peer == self.offered_by && asked.is_none());
            (!is_next, asked, shuffled(now, self.questions, *peer))
        };
        peers.iter().filter(may).copied().min_by_key(order)
    }

    /// A peer has sent a chunk, or has not.
    pub(super) fn came(
        &mut self,
        now: Timestamp,
        from: AccountId,
        index: u32,
        result: Result<Response, CallError>,
        rests: &mut Rests,
    ) {
        if self.asked.get(&index).is_none_or(|(asked, _)| *asked != from) {
            return;
        }
        self.asked.remove(&index);
        let rest = match result {
            Ok(Response::Chunk(bytes)) => {
                self.came.push(Came { index, from, bytes: bytes.into_vec() });
                return;
            }
            Err(CallError::Refused(Refusal::NotFound)) => LACKING_REST,
            Err(CallError::Refused(Refusal::Busy)) => BUSY_REST,
            Ok(_) | Err(_) => REST,
        };
        self.wanted.insert(index);
        rests.rest(from, now.after(rest));
    }

    /// Chunks were checked: these peers' held, each of so many bytes, and those of these numbers did not.
    pub(super) fn taken(
        &mut self,
        now: Timestamp,
        assembly: Box<Assembly>,
        held: &[(AccountId, u64)],
        refused: impl Iterator<Item = u32>,
    ) {
        let missing: BTreeSet<u32> = assembly.missing().collect();
        self.wanted.extend(refused.filter(|index| missing.contains(index)));
        (self.assembly, self.at_check) = (Some(assembly), 0);
        if !held.is_empty() {
            self.proven.extend(held.iter().map(|(peer, _)| *peer));
            self.progressed = now;
            self.pace.earn(Millis::new(held.iter().map(|(_, bytes)| bytes / BYTES_PER_MS).sum()));
        }
    }
}
