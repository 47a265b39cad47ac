//! A state in chunks: put together from whatever order it is what it was, and whoever sends a false piece is known at once.

use crate::support::*;
use dpgn_market::{Assembly, FinishError, Ledger, MakeChunkError, TakeError};
use dpgn_protocol::{
    bounded::{Bytes, List},
    codec,
    genesis::Params,
    ids::{AccountId, StateRoot},
    limits::{STATE_CHUNK_BYTES_MAX, STATE_ENTRY_BYTES_MAX},
    ops::Action,
    state_chunk::{Blame, CHUNK_ENTRIES_BYTES_MAX, ChunkError, StateChunk, StateEntry, StateKey, StateManifest},
    state_tree::{Part, Sibling},
    units::{Credits, Millis},
    wire::Wire,
};

/// Bytes of entries in a chunk here, so that few people make many chunks.
pub const SMALL: usize = 1_200;

/// A state with chunks, as a peer serves it.
pub struct Served {
    pub ledger: Ledger,
    pub root: StateRoot,
    pub manifest: StateManifest,
}

impl Served {
    pub fn new(ledger: &Ledger, bytes_max: usize) -> Self {
        let manifest = ledger.manifest_of(bytes_max).unwrap();
        Self { ledger: ledger.clone(), root: ledger.root().unwrap(), manifest }
    }

    pub fn len(&self) -> u32 {
        self.manifest.ranges.len() as u32
    }

    pub fn chunk(&self, index: u32) -> StateChunk {
        self.ledger.chunk(&self.manifest, index).unwrap()
    }

    pub fn bytes(&self, index: u32) -> Vec<u8> {
        self.chunk(index).to_bytes().unwrap()
    }

    /// What a peer begins with that trusts the root alone.
    pub fn begin(&self) -> Assembly {
        let manifest = StateManifest::from_bytes(&self.manifest.to_bytes().unwrap()).unwrap();
        Assembly::new(manifest, self.root).unwrap()
    }

    /// The numbers of one map's chunks.
    pub fn of(&self, part: Part) -> Vec<u32> {
        (0..self.len()).filter(|&index| self.manifest.ranges[index as usize].part == part).collect()
    }

    /// Why something is refused in the place of a chunk; the true one is taken afterwards.
    pub fn refused(&self, index: u32, bytes: &[u8]) -> ChunkError {
        let mut assembly = self.begin();
        let Err(TakeError::Chunk(error)) = assembly.take(index, bytes) else { unreachable!("chunk {index} was taken") };
        assert_eq!(assembly.missing().len(), self.manifest.ranges.len(), "nothing has changed");
        assembly.take(index, &self.bytes(index)).unwrap();
        error
    }
}

/// A market with something in every map: asks, open and ended tasks, a live award, what was earned before and after the
/// last epoch ended, a bond and a stake.
pub fn busy() -> World {
    let mut world = World::with(1, Params { heartbeat: Millis::from_secs(5), epoch_blocks: 11, ..Params::default() });
    world.register();
    world.ask_all(&[(ALICE, 100_000), (BOB, 110_000), (CAROL, 120_000)]);
    let first = world.open_usual();
    world.prove(first, ALICE);
    for _ in 0..6 {
        let task = world.open_usual();
        world.say(vec![(REQUESTER, Action::Cancel { task })]);
    }
    let started = world.open_usual();
    world.start(ALICE, started);
    for _ in 0..6 {
        world.open_usual();
    }
    let proved = world.open_for(REQUESTER, &[BOB]);
    world.say(vec![(ALICE, Action::Vote { candidate: who(COORDINATOR), amount: Credits::new(2_000_000) })]);
    world.prove(proved, BOB);
    let maps = world.ledger.manifest().unwrap().maps;
    assert!(maps.iter().all(|map| map.entries > 0), "{maps:?}");
    world
}

/// The numbers below `n` in a reproducible order.
fn shuffled(n: u32, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n).collect();
    order.sort_by_key(|index| dpgn_protocol::ids::hash("order", &[&seed.to_le_bytes(), &index.to_le_bytes()]));
    order
}

/// The ledger that is put together from chunks in some order.
fn assembled(served: &Served, seed: u64) -> Ledger {
    let mut assembly = served.begin();
    for index in shuffled(served.len(), seed) {
        assembly.take(index, &served.bytes(index)).unwrap();
    }
    assembly.finish().unwrap()
}

#[test]
fn a_state_from_chunks_is_the_state_and_goes_on_as_it() {
    let mut world = busy();
    let bytes = codec::encode(&world.ledger).unwrap();
    let read: Ledger = codec::decode(&bytes, 1 << 20).unwrap();
    for (seed, bytes_max) in [1, 300, SMALL, 10_000, usize::MAX].into_iter().enumerate() {
        let served = Served::new(&world.ledger, bytes_max);
        let again = assembled(&served, seed as u64);
        println!("{} bytes in {} chunks of up to {bytes_max}", bytes.len(), served.len());
        assert_eq!(codec::encode(&again).unwrap(), bytes);
        assert_eq!(again.root(), world.ledger.root());
        assert!(again.is_consistent() && again == read, "and so is all that follows from it");
    }
    let mut other = World::with_asks(&[]);
    other.ledger = assembled(&Served::new(&world.ledger, SMALL), 7);
    for _ in 0..12 {
        let (here, there) = (world.block(2_000, &[]), other.block(2_000, &[]));
        assert_eq!((here.state_root, here.events), (there.state_root, there.events));
    }
}

#[test]
fn chunks_are_those_of_a_copy_while_blocks_go_on() {
    let mut world = busy();
    let served = Served::new(&world.ledger, SMALL);
    let bytes = codec::encode(&served.ledger).unwrap();
    world.wait(20);
    assert_ne!(world.ledger.root().unwrap(), served.root);
    assert_eq!(codec::encode(&assembled(&served, 1)).unwrap(), bytes);
    assert_eq!(world.ledger.chunk(&served.manifest, 0), Err(MakeChunkError::OtherState));
    assert_eq!(served.ledger.chunk(&served.manifest, served.len()), Err(MakeChunkError::Unknown(served.len())));
}

#[test]
fn an_assembly_goes_on_with_the_chunks_on_a_disk() {
    let served = Served::new(&busy().ledger, SMALL);
    let (mut before, mut disk) = (served.begin(), Vec::new());
    let half = shuffled(served.len(), 3)[..served.len() as usize / 2].to_vec();
    for &index in &half {
        before.take(index, &served.bytes(index)).unwrap();
        disk.push((index, served.bytes(index)));
    }
    let missing = before.missing().collect::<Vec<_>>();
    assert_eq!(before.finish().unwrap_err(), FinishError::Missing { missing: missing.len(), first: missing[0] });
    // One is damaged in between.
    disk[0].1[40] ^= 1;
    let mut after = served.begin();
    let damaged = disk.iter().filter(|(index, bytes)| after.take(*index, bytes).is_err()).count();
    assert_eq!((damaged, after.missing().len()), (1, missing.len() + 1));
    assert_eq!(after.take(half[1], &disk[1].1), Err(TakeError::Duplicate(half[1])));
    assert_eq!(TakeError::Duplicate(0).blame(), Blame::Nobody);
    for index in after.missing().collect::<Vec<_>>() {
        after.take(index, &served.bytes(index)).unwrap();
    }
    assert_eq!(after.finish().unwrap().root().unwrap(), served.root);
}

#[test]
fn the_least_state_there_is_comes_in_one_chunk() {
    let world = World::with(1, Params { member_bond: Credits::ZERO, ..Params::default() });
    let served = Served::new(&world.ledger, usize::MAX);
    assert_eq!(served.of(Part::Accounts), [0]);
    assert_eq!(served.len(), 1, "empty maps have no chunks");
    assert_eq!(codec::encode(&assembled(&served, 1)).unwrap(), codec::encode(&world.ledger).unwrap());
    // Without any entry there is no chunk, and nothing to wait for: but no network is without a member.
    let maps = [Default::default(); Part::ALL.len()];
    let empty = StateManifest { head: served.manifest.head.clone(), maps, ranges: List::default() };
    let root = empty.parts().root();
    let finished = Assembly::new(empty, root).unwrap().finish().unwrap();
    assert_eq!((finished.root().unwrap(), finished.accounts_len()), (root, 0));
}

/// Whoever pays to an account chooses its id: 257 of them make a way of as many forks as a key has bits.
#[test]
fn the_longest_way_fits_beside_a_chunk() {
    let mut world = World::new();
    let deep = |bit: Option<usize>| {
        let mut bytes = [0; 32];
        bit.into_iter().for_each(|bit| bytes[bit / 8] = 0x80 >> (bit % 8));
        AccountId::from_bytes(bytes)
    };
    let keys: Vec<_> = [None].into_iter().chain((0..256).map(Some)).map(deep).collect();
    for keys in keys.chunks(50) {
        world.say(keys.iter().map(|&to| (ALICE, Action::Transfer { to, amount: Credits::new(1_000) })).collect());
    }
    let served = Served::new(&world.ledger, 1);
    let chunks: Vec<_> = (0..served.len()).map(|index| served.chunk(index)).collect();
    let longest = chunks.iter().map(|chunk| chunk.left.len() + chunk.right.len()).max().unwrap();
    let bytes = chunks.iter().map(|chunk| chunk.to_bytes().unwrap().len()).max().unwrap();
    println!(
        "{} chunks of one entry; the longest way has {longest} forks, the largest chunk {bytes} bytes",
        chunks.len()
    );
    assert_eq!(longest, 256);
    assert_eq!(codec::encode(&assembled(&served, 5)).unwrap(), codec::encode(&world.ledger).unwrap());
    // In usual chunks they are a few like all others, however they lie.
    let usual = Served::new(&world.ledger, 4_000);
    println!("{} entries lie in {} chunks of up to 4,000 bytes", world.ledger.accounts_len(), usual.len());
    assert!(usual.len() < 20);
}

/// The worst entries and the longest ways still make chunks that may be sent.
#[test]
fn every_chunk_that_can_be_made_can_be_sent() {
    let key = StateKey::new(vec![7; 48]).unwrap();
    let sibling = Sibling { bit: 1, hash: [1; 32] };
    let siblings = || List::new(vec![sibling; 384]).unwrap();
    let chunk = |value: usize, n: usize| {
        let entry = StateEntry { key: key.clone(), value: Bytes::new(vec![1; value]).unwrap() };
        let entries = List::new(vec![entry; n]).unwrap();
        StateChunk { entries, left: siblings(), right: siblings() }.to_bytes().unwrap().len()
    };
    let full = chunk(CHUNK_ENTRIES_BYTES_MAX / 100 - 64, 100);
    assert!(full <= STATE_CHUNK_BYTES_MAX && full > STATE_CHUNK_BYTES_MAX - 100, "{full}");
    // An account that holds 2^16 awards, more than an ask may name, has some kilobytes of history too.
    let largest = chunk((1 << 16) * 32 + (16 << 10), 1);
    println!("a full chunk has {full} bytes, that of the largest account {largest}");
    assert!(largest <= STATE_ENTRY_BYTES_MAX);
}
