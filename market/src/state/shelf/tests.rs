//! A search gives what sorting all entries gives, on shapes that are hard for it.

use super::*;
use crate::state::rates::GoingRate;
use std::cmp::Reverse;

fn entry(n: u32, reputation: u32, price: u64) -> Entry {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&n.wrapping_mul(2_654_435_761).to_be_bytes());
    Entry {
        key: Key {
            price: Credits::new(price),
            reputation: Ppm::new(reputation),
            asked: Timestamp::new(u64::from(n % 3)),
            prover: AccountId::from_bytes(id),
        },
        room: 1,
        proven: Millis::new(u64::from(n % 7) << (n % 5)),
        idle_until: Moment::default().after(Millis::new(u64::from(n % 10))),
        warm: u64::from(n.is_multiple_of(11)),
        declared: Millis::new(u64::from(n % 5) * 1_000),
        guarantor: AccountId::from_bytes(id),
        able: Credits::new(u64::from(n % 13) * 1_000),
    }
}

/// A number from a seed: splitmix64.
fn draw(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The shapes in which asks lie, with the weights of reputation and price that are hard for each.
const SHAPES: [(&str, i128, i128); 9] = [
    ("spread at random", 2, 1),
    ("on few points", 1, 1),
    ("on one line", 2, 1),
    ("on a curve, each the best for somebody", 1_000_000, 1),
    ("of one reputation", 2, 1),
    ("of one price", 2, 1),
    ("all the same", 2, 1),
    ("on a line that is steep, prices up to 2^64", 1 << 44, 1),
    ("of prices up to 2^64, spread at random", 1 << 44, 1),
];

fn shaped(shape: usize, n: u32, seed: &mut u64) -> Entry {
    let r = (draw(seed) % 1_000_001) as u32;
    match shape {
        0 => entry(n, r, draw(seed) % 1_000_000),
        1 => entry(n, r % 3, draw(seed) % 3),
        2 => entry(n, r, 1_000 + 2 * u64::from(r)),
        3 => entry(n, r, u64::from(r) * u64::from(r)),
        4 => entry(n, 500_000, draw(seed) % 1_000_000),
        5 => entry(n, r, 500_000),
        6 => entry(n, 500_000, 500_000),
        7 => entry(n, r, u64::from(r) << 44),
        _ => entry(n, r, draw(seed)),
    }
}

fn sorted(all: &[Entry], direction: &Direction, limits: &Limits) -> Vec<AccountId> {
    let allowed = |e: &&Entry| {
        e.key.price <= limits.price_max
            && e.key.reputation >= limits.reputation_min
            && e.proven <= limits.proven_max
            && e.turn_done() <= limits.turn_done_max
            && e.warm & limits.warm == limits.warm
            && e.able >= limits.stakes.of(e.declared)
    };
    let mut all: Vec<_> = all.iter().filter(allowed).collect();
    all.sort_by_key(|e| (Reverse(direction.value_of(e)), Reverse(e.key.reputation), e.key.asked, e.key.prover));
    all.into_iter().map(|e| e.key.prover).collect()
}

/// A shelf of so many asks of a shape, of which a quarter has come and gone, and what is left of them.
fn shelved(shape: usize, size: u32, seed: &mut u64) -> (Shelf, Vec<Entry>) {
    let (mut shelf, mut all) = (Shelf::default(), Vec::<Entry>::new());
    let everything = Search { direction: Direction { reputation: 1, price: 1 }, ..search_for(SHAPES[shape], 1) };
    for n in 0..size {
        let entry = shaped(shape, n, seed);
        shelf.put(entry.key.prover, Some(Placed { entry, has_room: true }));
        all.push(entry);
        if draw(seed).is_multiple_of(4) {
            let gone = all.swap_remove(draw(seed) as usize % all.len());
            shelf.put(gone.key.prover, None);
        }
        // Whoever searches now and then leaves hulls that later changes must not make wrong.
        if draw(seed).is_multiple_of(16) {
            everything.opens(&shelf.tree);
            hurried(everything, draw(seed) % 64).run_impatiently(&shelf.tree);
        }
    }
    (shelf, all)
}

fn search_for((_, reputation, price): (&str, i128, i128), most: usize) -> Search {
    let limits = Limits {
        price_max: Credits::MAX,
        reputation_min: Ppm::new(0),
        proven_max: Millis::new(u64::MAX),
        turn_done_max: Moment::LAST,
        warm: 0,
        stakes: Stakes::NONE,
    };
    Search { direction: Direction { reputation, price }, limits, least: None, most }
}

fn hurried(search: Search, proven_max: u64) -> Search {
    Search { limits: Limits { proven_max: Millis::new(proven_max), ..search.limits }, ..search }
}

#[test]
fn a_search_gives_what_sorting_gives() {
    let mut seed = 1;
    let going = GoingRate { price: Credits::new(5_000), time: Millis::new(2_000) };
    for (shape, hard) in SHAPES.into_iter().enumerate() {
        let (mut searches, mut found) = (0, 0);
        for size in [1, 2, 31, 33, 200, 800] {
            let (mut shelf, mut all) = shelved(shape, size, &mut seed);
            let copy = shelf.clone();
            for turn in 0..40 {
                let Search { mut direction, .. } = search_for(hard, 0);
                match draw(&mut seed) % 4 {
                    0 => direction.reputation = 0,
                    1 => (),
                    2 => direction.reputation *= i128::from(1 + draw(&mut seed) % 1_000),
                    _ => direction.price *= i128::from(1 + draw(&mut seed) % 1_000),
                }
                let some = |seed: &mut u64, of: &dyn Fn(&Entry) -> u64| {
                    all.get(draw(seed) as usize % all.len().max(1)).map_or(0, of)
                };
                let limits = Limits {
                    price_max: Credits::new(some(&mut seed, &|e| e.key.price.get())),
                    reputation_min: Ppm::new(some(&mut seed, &|e| e.key.reputation.get().into()) as u32 / 3),
                    proven_max: Millis::new((draw(&mut seed) % 8) << (draw(&mut seed) % 5)),
                    turn_done_max: Moment::default().after(Millis::new(draw(&mut seed) % 16)),
                    warm: u64::from(draw(&mut seed).is_multiple_of(5)),
                    stakes: Stakes {
                        least: Credits::new(draw(&mut seed) % 10_000 * (draw(&mut seed) % 2)),
                        reward: Credits::new(draw(&mut seed) % 20_000),
                        going: Some(going).filter(|_| draw(&mut seed).is_multiple_of(2)),
                    },
                };
                let limits = if turn % 2 == 0 { search_for(hard, 0).limits } else { limits };
                let wanted = sorted(&all, &direction, &limits);
                let search = Search { direction, limits, least: None, most: usize::MAX };
                let provers = |search: Search| -> Vec<_> {
                    search.run(&shelf.tree, Some).map(|(entry, _)| entry.key.prover).collect()
                };
                assert_eq!(provers(search), wanted, "{}, {size} entries", hard.0);
                let two = &wanted[..wanted.len().min(2)];
                let search = Search { most: 2, ..search };
                let impatient: Vec<_> = search.run_impatiently(&shelf.tree).iter().map(|e| e.key.prover).collect();
                assert_eq!((provers(search), impatient), (two.to_vec(), two.to_vec()));
                let best = shelf.tree.best(direction, limits).map(|best| best.key.prover);
                assert_eq!(best, wanted.first().copied());
                let cheapest = shelf.tree.cheapest(limits).next().map(|cheapest| cheapest.key.price);
                let all_allowed = all.iter().filter(|e| wanted.contains(&e.key.prover));
                assert_eq!(cheapest, all_allowed.map(|e| e.key.price).min());
                (searches, found) = (searches + 1, found + wanted.len());
            }
            assert_eq!(shelf.len(), all.len());
            // Award after award, each to the best of what is left, or of what is fast enough.
            let search = search_for(hard, 1);
            while !all.is_empty() {
                let search =
                    hurried(search, if draw(&mut seed).is_multiple_of(2) { u64::MAX } else { draw(&mut seed) % 64 });
                let Search { direction, limits, .. } = search;
                let best = shelf.tree.best(direction, limits).copied();
                let rank = |e: &Entry| (direction.value_of(e), e.key.reputation, Reverse((e.key.asked, e.key.prover)));
                let fast = all.iter().filter(|e| e.proven <= limits.proven_max);
                assert_eq!(best.as_ref(), fast.max_by_key(|e| rank(e)), "{}, {} are left", hard.0, all.len());
                assert_eq!(search.run_impatiently(&shelf.tree).first().copied(), best.as_ref());
                all.retain(|entry| Some(entry) != best.as_ref());
                best.into_iter().for_each(|best| shelf.put(best.key.prover, None));
                searches += 1;
            }
            assert!(all.is_empty() && (copy.tree.top().is_some() || size < 3), "a copy keeps what it had");
        }
        println!("asks {}: {searches} searches find {found} asks in the order of sorting", hard.0);
    }
}

/// However the asks lie, the first two are found at once.
#[test]
fn the_best_two_are_found_without_a_walk_however_asks_lie() {
    let mut seed = 7;
    for (shape, hard) in SHAPES.into_iter().enumerate() {
        let (shelf, _) = shelved(shape, 20_000, &mut seed);
        let opened = search_for(hard, 2).opens(&shelf.tree);
        println!("asks {}: of 20,000 asks {opened} parts of the tree are opened for the best two", hard.0);
        assert!(opened < 100, "{opened}");
    }
}

/// However they lie, asks that are better than all that are fast enough, and slower than a quarter more, are no walk for a
/// bid in a hurry.
#[test]
fn better_asks_that_are_too_slow_are_no_walk() {
    const LIMIT: u64 = 40_000;
    let mut seed = 11;
    for (shape, hard) in SHAPES.into_iter().enumerate() {
        let mut shelf = Shelf::default();
        for n in 0..20_000 {
            let mut entry = shaped(shape, n, &mut seed);
            let half = entry.key.reputation.get() / 2;
            let is_slow = n % 2 == 0;
            entry.key.reputation = Ppm::new(if is_slow { half + 500_000 } else { half });
            entry.proven = Millis::new(if is_slow { LIMIT * 5 / 4 } else { LIMIT - u64::from(n) });
            shelf.put(entry.key.prover, Some(Placed { entry, has_room: true }));
        }
        let opened = hurried(search_for(hard, 2), LIMIT).opens(&shelf.tree);
        println!("asks {}: of 20,000 asks, half of them too slow, {opened} parts are opened for the best two", hard.0);
        assert!(opened < 200, "{opened}");
    }
}
