//! The tree map beside an ordered map, its root beside that from scratch, and paths that lie.

use super::*;
use dpgn_protocol::{
    codec,
    ids::{AccountId, hash},
    state_tree::Shown,
};
use std::collections::BTreeMap;

type Map = TreeMap<AccountId, u64>;

/// Keys that are spread as hashes are, and some that share all but their last bits.
fn key(n: u64) -> AccountId {
    let mut bytes = hash("key", &[&n.to_le_bytes()]);
    if n.is_multiple_of(3) {
        bytes = [7; 32];
        bytes[31] = n as u8;
    }
    AccountId::from_bytes(bytes)
}

/// A reproducible number below a limit.
fn below(state: &mut u64, limit: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % limit
}

/// The map that these entries make when each is put in once.
fn from_scratch(entries: &BTreeMap<AccountId, u64>) -> Map {
    entries.iter().map(|(key, value)| (*key, *value)).collect()
}

#[test]
fn it_does_what_an_ordered_map_does_and_its_root_is_that_from_scratch() {
    let (mut map, mut model, mut state) = (Map::default(), BTreeMap::new(), 1);
    let mut roots = 0;
    for step in 0..20_000u64 {
        let key = key(below(&mut state, 300));
        match below(&mut state, 4) {
            0 => assert_eq!(map.remove(&key), model.remove(&key)),
            1 => assert_eq!(map.get_mut(&key).map(|v| *v += 1), model.get_mut(&key).map(|v| *v += 1)),
            2 => assert_eq!(*map.get_or_insert_with(key, || step), *model.entry(key).or_insert(step)),
            _ => assert_eq!(map.insert(key, step), model.insert(key, step)),
        }
        assert_eq!((map.len(), map.get(&key)), (model.len(), model.get(&key)));
        if step % 50 == 0 {
            assert!(map.iter().eq(model.iter()));
            assert!(map.iter_from(&key).eq(model.range(key..)));
            assert_eq!(map.root().unwrap(), from_scratch(&model).root().unwrap());
            roots += 1;
        }
    }
    println!("20,000 changes of up to 300 entries: {roots} roots are those from scratch");
    let odd: Vec<_> = map.iter().filter(|(_, value)| *value % 2 != 0).map(|(key, _)| *key).collect();
    for key in odd {
        map.remove(&key);
    }
    model.retain(|_, value| *value % 2 == 0);
    assert!(map.iter().eq(model.iter()));
    assert!(model.keys().all(|key| map.remove(key).is_some()));
    assert_eq!(map.root().unwrap(), Map::default().root().unwrap());
}

#[test]
fn a_copy_knows_nothing_of_later_changes() {
    let mut map: Map = (0..1_000).map(|n| (key(n), n)).collect();
    let (copy, root) = (map.clone(), map.root().unwrap());
    for n in 0..1_000 {
        map.insert(key(n), n + 1);
        map.remove(&key(n / 2));
    }
    assert_ne!(map.root().unwrap(), root);
    let anew: Map = (0..1_000).map(|n| (key(n), n)).collect();
    assert_eq!((copy.root().unwrap(), &copy), (root, &anew));
    assert_eq!(anew.root().unwrap(), root);
}

#[test]
fn a_path_shows_what_the_map_has_and_nothing_else() {
    let map: Map = (0..200).map(|n| (key(n), n)).collect();
    let root = map.root().unwrap();
    let (mut present, mut absent, mut deepest) = (0, 0, 0);
    for n in 0..600 {
        let key = key(n);
        let path = map.path(&key).unwrap();
        let (shown, of) = path.shows(key.as_bytes()).unwrap();
        assert_eq!(of, root);
        match (shown, map.get(&key)) {
            (Shown::Value(digest), Some(value)) => {
                assert_eq!(digest, codec::hash("dpgn state value v1", value).unwrap());
                present += 1;
            }
            (Shown::Absent, None) => absent += 1,
            other => panic!("{other:?}"),
        }
        deepest = deepest.max(path.found.map_or(0, |found| found.siblings.len()));
    }
    println!("{present} entries shown, {absent} shown to be absent; the longest path has {deepest} forks");
    let empty = Map::default();
    assert_eq!(empty.path(&key(1)).unwrap().shows(key(1).as_bytes()), Some((Shown::Absent, empty.root().unwrap())));
}

#[test]
fn no_changed_path_shows_anything_for_the_same_root() {
    let map: Map = (0..200).map(|n| (key(n), n)).collect();
    let root = map.root().unwrap();
    let (mut state, mut refused) = (5, 0);
    for n in 0..2_000 {
        let (asked, other) = (key(n % 400), key(below(&mut state, 400)));
        let path = map.path(&asked).unwrap();
        let mut bytes = codec::encode(&path).unwrap();
        let at = below(&mut state, bytes.len() as u64 - 1) as usize + 1;
        bytes[at] ^= 1 << below(&mut state, 8);
        if let Ok(changed) = codec::decode::<StatePath>(&bytes, 1 << 16) {
            assert!(changed.shows(asked.as_bytes()).is_none_or(|(_, of)| of != root), "byte {at}");
        }
        // A true path of one key says of another only what is true of it.
        if let Some((shown, of)) = path.shows(other.as_bytes()) {
            let is_there = shown != Shown::Absent;
            assert!(of == root && is_there == map.contains_key(&other));
        } else {
            refused += 1;
        }
    }
    println!("2,000 changed paths show nothing; {refused} of 2,000 paths say nothing of another key");
}

#[test]
fn entries_out_of_order_are_no_map() {
    let map: Map = (0..5).map(|n| (key(n), n)).collect();
    let bytes = codec::encode(&map).unwrap();
    assert_eq!(codec::decode::<Map>(&bytes, 1 << 16).unwrap(), map);
    // Version, number of entries, then 40 bytes each.
    let (first, second) = (9..49, 49..89);
    let swapped = [&bytes[..9], &bytes[second.clone()], &bytes[first.clone()], &bytes[89..]].concat();
    let twice = [&bytes[..9], &bytes[first.clone()], &bytes[first], &bytes[89..]].concat();
    for wrong in [swapped, twice] {
        assert!(codec::decode::<Map>(&wrong, 1 << 16).is_err());
    }
}
