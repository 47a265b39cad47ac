//! Attacks on a state that comes in chunks: changed, left-out, added, swapped, stale and oversized pieces, and manifests that
//! lie. Each is known at once, and the one who sent it is blamed.

use crate::{
    chunks::{SMALL, Served, busy},
    support::*,
};
use dpgn_market::{Assembly, AssemblyError, TakeError};
use dpgn_protocol::{
    bounded::{Bytes, List},
    codec::{self, DecodeError},
    limits::{STATE_CHUNK_BYTES_MAX, STATE_CHUNK_ENTRIES_MAX, STATE_ENTRY_BYTES_MAX},
    ops::Action,
    state_chunk::{Blame, ChunkError, ChunkRange, ManifestError, StateChunk, StateEntry, StateKey, StateManifest},
    state_tree::{self, Part, Sibling, parting},
    units::Credits,
    wire::Wire,
};

#[test]
fn no_changed_byte_of_a_chunk_gets_in() {
    let served = Served::new(&busy().ledger, SMALL);
    let assembly = served.begin();
    let (mut tried, mut unreadable, mut false_ones) = (0, 0, 0);
    for index in 0..served.len() {
        let bytes = served.bytes(index);
        for at in 1..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let Err(TakeError::Chunk(error)) = assembly.clone().take(index, &changed) else {
                unreachable!("byte {at}")
            };
            assert_eq!(error.blame(), Blame::Chunk, "byte {at}: {error}");
            match error {
                ChunkError::Decode(_) => unreadable += 1,
                _ => false_ones += 1,
            }
            tried += 1;
        }
    }
    println!("{tried} changed bytes: {unreadable} chunks are unreadable, {false_ones} are false");
    assert!(tried > 5_000 && false_ones > tried / 2);
    let mut later = served.bytes(0);
    later[0] = codec::VERSION + 1;
    let error = served.refused(0, &later);
    assert_eq!((error.blame(), error), (Blame::Nobody, ChunkError::Decode(DecodeError::UnknownVersion(2))));
}

/// A chunk without one of its entries, and with the forks that its sender needs to hide it at an end.
fn without(chunk: &StateChunk, at: usize) -> StateChunk {
    let mut entries = chunk.entries.to_vec();
    let gone = entries.remove(at);
    let hash = state_tree::leaf(&gone.key, &state_tree::value(&gone.value));
    // Beside the entry that is now at the end, the hidden one is the other side of the lowest fork.
    let hide = |beside: &StateEntry, siblings: &[Sibling]| {
        let bit = parting(&beside.key, &gone.key).unwrap();
        let above = siblings.iter().filter(|sibling| sibling.bit < bit).copied();
        List::new(std::iter::once(Sibling { bit, hash }).chain(above).collect()).unwrap()
    };
    let (mut left, mut right) = (chunk.left.clone(), chunk.right.clone());
    match (entries.first(), entries.last()) {
        (Some(first), _) if at == 0 => left = hide(first, &left),
        (_, Some(last)) if at == entries.len() => right = hide(last, &right),
        _ => {}
    }
    StateChunk { entries: List::new(entries).unwrap(), left, right }
}

#[test]
fn no_entry_is_left_out_added_or_moved() {
    let served = Served::new(&busy().ledger, SMALL);
    let (mut left_out, mut at_ends) = (0, 0);
    for index in 0..served.len() {
        let chunk = served.chunk(index);
        for at in 0..chunk.entries.len() {
            let error = served.refused(index, &without(&chunk, at).to_bytes().unwrap());
            assert_eq!(error.blame(), Blame::Chunk);
            at_ends += usize::from(error == ChunkError::OtherRange(index));
            left_out += 1;
        }
        let swapped: Vec<_> = chunk.entries.iter().rev().cloned().collect();
        if swapped.len() > 2 {
            let mut middle = swapped.clone();
            middle.reverse();
            middle.swap(1, 2);
            let moved = StateChunk { entries: List::new(middle).unwrap(), ..chunk.clone() };
            let error = served.refused(index, &moved.to_bytes().unwrap());
            assert!(matches!(error, ChunkError::OtherState(_) | ChunkError::OtherRange(_)), "{error}");
        }
        let mut more = chunk.entries.to_vec();
        let mut key = more[0].key.to_vec();
        *key.last_mut().unwrap() ^= 1;
        more.insert(1, StateEntry { key: StateKey::new(key).unwrap(), ..more[0].clone() });
        let added = StateChunk { entries: List::new(more).unwrap(), ..chunk };
        assert_eq!(served.refused(index, &added.to_bytes().unwrap()).blame(), Blame::Chunk);
    }
    println!("{left_out} chunks without one entry are refused, {at_ends} of them for where they begin or end");
    assert!(left_out > 60 && at_ends > 20);
}

#[test]
fn a_chunk_is_taken_in_its_own_place_and_state_alone() {
    let mut world = busy();
    let served = Served::new(&world.ledger, SMALL);
    for index in 0..served.len() {
        for other in (0..served.len()).filter(|&other| other != index) {
            assert_eq!(served.refused(index, &served.bytes(other)), ChunkError::OtherRange(index));
        }
    }
    let beyond = ChunkError::Unknown { index: served.len(), chunks: served.len() as usize };
    assert_eq!(beyond.blame(), Blame::Nobody);
    assert_eq!(served.begin().take(served.len(), &served.bytes(0)), Err(TakeError::Chunk(beyond)));

    // One block later, one account has less.
    world.say(vec![(ALICE, Action::Transfer { to: who(BOB), amount: Credits::new(5) })]);
    let later = Served::new(&world.ledger, SMALL);
    let (mut refused, mut same) = (0, 0);
    for index in 0..served.len() {
        match served.begin().take(index, &later.bytes(index)) {
            Ok(()) => same += 1,
            Err(error) => {
                assert_eq!(error, TakeError::Chunk(ChunkError::OtherState(index)));
                refused += 1;
            }
        }
    }
    println!("of the next height, {refused} chunks are refused; {same} are of maps that have not changed");
    assert_eq!(refused, served.of(Part::Accounts).len());
    let error = Assembly::new(later.manifest.clone(), served.root).unwrap_err();
    let other = ManifestError::OtherState { got: later.root, expected: served.root };
    assert_eq!(error, AssemblyError::Manifest(other));
}

#[test]
fn no_chunk_is_too_long_or_holds_too_much() {
    let served = Served::new(&busy().ledger, SMALL);
    let index = served.of(Part::Accounts)[0];
    // Refused by its length alone, whatever it holds.
    for (index, max) in [(index, STATE_CHUNK_BYTES_MAX), (served.of(Part::Circuits)[0], STATE_ENTRY_BYTES_MAX)] {
        let long = vec![codec::VERSION; max + 1];
        let too_large = DecodeError::TooLarge { got: max + 1, limit: max };
        assert_eq!(served.refused(index, &long), ChunkError::Decode(too_large));
    }
    let longer: Vec<u8> = served.bytes(index).into_iter().chain([0]).collect();
    assert_eq!(served.refused(index, &longer), ChunkError::Decode(DecodeError::Trailing(1)));
    // More entries than any chunk has.
    let none = StateEntry { key: StateKey::default(), value: Bytes::default() };
    let mut many = vec![codec::VERSION];
    many.extend((STATE_CHUNK_ENTRIES_MAX as u64 + 1).to_le_bytes());
    many.resize(many.len() + (STATE_CHUNK_ENTRIES_MAX + 1) * 16 + 16, 0);
    assert!(codec::encode(&none).unwrap().len() == 17 && many.len() < STATE_CHUNK_BYTES_MAX);
    assert!(matches!(served.refused(index, &many), ChunkError::Decode(DecodeError::Malformed(_))));
    // Those of the next chunk too: all true, and not what was asked for.
    let mut wide = served.manifest.ranges.to_vec();
    wide[index as usize].last = wide[index as usize + 1].last.clone();
    let wide = StateManifest { ranges: List::new(wide).unwrap(), ..served.manifest.clone() };
    let both = served.ledger.chunk(&wide, index).unwrap().to_bytes().unwrap();
    assert_eq!(served.refused(index, &both), ChunkError::OtherRange(index));
    let nothing = StateChunk { entries: List::default(), left: List::default(), right: List::default() };
    assert_eq!(served.refused(index, &nothing.to_bytes().unwrap()), ChunkError::OtherRange(index));
}

/// A manifest of the true state whose sender would have one entry forgotten between two chunks.
#[test]
fn a_manifest_with_a_gap_is_shown_by_true_chunks() {
    let served = Served::new(&busy().ledger, SMALL);
    let (mut before, mut after) = (0, 0);
    let mut lie = |change: &dyn Fn(&mut Vec<ChunkRange>), around: [Option<u32>; 2]| {
        let mut ranges = served.manifest.ranges.to_vec();
        change(&mut ranges);
        let manifest = StateManifest { ranges: List::new(ranges).unwrap(), ..served.manifest.clone() };
        let lying = Served { ledger: served.ledger.clone(), root: served.root, manifest };
        let mut shown = around.map(|index| {
            let index = index?;
            let error = lying.begin().take(index, &lying.bytes(index)).err()?;
            assert_eq!(error, TakeError::Chunk(ChunkError::Gap(index)));
            assert_eq!(error.blame(), Blame::Manifest, "and not whoever sent the chunk");
            Some(index)
        });
        assert!(shown.iter().any(Option::is_some), "nobody sees it");
        before += usize::from(shown[0].take().is_some());
        after += usize::from(shown[1].take().is_some());
    };
    for index in 0..served.len() {
        let at = index as usize;
        let chunk = served.chunk(index);
        if chunk.entries.len() < 2 {
            continue;
        }
        let next = (index + 1 < served.len()).then_some(index + 1);
        let next = next.filter(|&next| served.manifest.ranges[next as usize].part == served.manifest.ranges[at].part);
        let last_but_one = chunk.entries[chunk.entries.len() - 2].key.clone();
        lie(&|ranges| ranges[at].last = last_but_one.clone(), [Some(index), next]);
        let previous = index.checked_sub(1);
        let previous = previous.filter(|&p| served.manifest.ranges[p as usize].part == served.manifest.ranges[at].part);
        let second = chunk.entries[1].key.clone();
        lie(&|ranges| ranges[at].first = second.clone(), [previous, Some(index)]);
    }
    println!("gaps are shown by {before} chunks before them and {after} after them");
    assert!(before > 5 && after > 5);
}

#[test]
fn a_manifest_is_whole_and_in_order_or_refused() {
    let served = Served::new(&busy().ledger, SMALL);
    let refused = |change: &dyn Fn(&mut StateManifest)| {
        let mut manifest = served.manifest.clone();
        change(&mut manifest);
        manifest.verify(served.root).unwrap_err()
    };
    let ranges = |change: &dyn Fn(&mut Vec<ChunkRange>)| {
        refused(&|manifest| {
            let mut ranges = manifest.ranges.to_vec();
            change(&mut ranges);
            manifest.ranges = List::new(ranges).unwrap();
        })
    };
    assert_eq!(ranges(&|ranges| ranges.swap(0, 1)), ManifestError::Disorder { index: 1 });
    assert_eq!(ranges(&|ranges| ranges.insert(1, ranges[0].clone())), ManifestError::Disorder { index: 1 });
    let asks = ManifestError::Count { part: Part::Asks, chunks: 0, entries: 3 };
    assert_eq!(ranges(&|ranges| ranges.retain(|range| range.part != Part::Asks)), asks);
    for part in Part::ALL {
        let error = refused(&|manifest| manifest.maps[part.index()].entries += 1);
        assert!(matches!(error, ManifestError::OtherState { .. }));
        let error = refused(&|manifest| manifest.maps[part.index()].top = None);
        assert!(matches!(error, ManifestError::OtherState { .. }));
    }
    let error = refused(&|manifest| manifest.head = Bytes::new(vec![1; 90]).unwrap());
    assert!(matches!(error, ManifestError::OtherState { .. }));
    let long = vec![codec::VERSION; StateManifest::MAX_BYTES + 1];
    assert!(matches!(StateManifest::from_bytes(&long), Err(DecodeError::TooLarge { .. })));
}
