//! A search gives what sorting all entries gives, on shapes that are hard for it.

use super::*;
use crate::state::rates::GoingRate;
use std::cmp::Reverse;

fn entry(n: u32, reputation: u32, price: u64) -> Entry {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&n.wrapping_mul(2_654_435_761).to_be_bytes());
    Entry {
        reputation: Ppm::new(reputation),
        price: Credits::new(price),
        asked: Timestamp::new(u64::from(n % 3)),
        prover: AccountId::from_bytes(id),
        proven: Millis::new(u64::from(n % 7)),
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

/// Shapes: spread at random, few points, one diagonal, a curve on which every ask is best for somebody.
fn shaped(shape: u64, n: u32, seed: &mut u64) -> Entry {
    let r = (draw(seed) % 1_000_001) as u32;
    match shape {
        0 => entry(n, r, draw(seed) % 1_000_000),
        1 => entry(n, r % 3, draw(seed) % 3),
        2 => entry(n, r, 1_000 + 2 * u64::from(r)),
        _ => entry(n, r, u64::from(r) * u64::from(r)),
    }
}

fn sorted(all: &[Entry], direction: &Direction, limits: &Limits) -> Vec<AccountId> {
    let allowed = |e: &&Entry| {
        e.price <= limits.price_max
            && e.reputation >= limits.reputation_min
            && e.proven <= limits.proven_max
            && e.warm & limits.warm == limits.warm
            && e.able >= limits.stakes.of(e.declared)
    };
    let mut all: Vec<_> = all.iter().filter(allowed).collect();
    all.sort_by_key(|e| (Reverse(direction.value_of(e)), Reverse(e.reputation), e.asked, e.prover));
    all.into_iter().map(|e| e.prover).collect()
}

#[test]
fn a_search_gives_what_sorting_gives() {
    let (mut seed, mut searches) = (1, 0);
    let going = GoingRate { price: Credits::new(5_000), time: Millis::new(2_000) };
    for shape in 0..4 {
        for size in [1, 2, 31, 33, 200, 3_000] {
            let (mut shelf, mut all) = (Shelf::default(), Vec::<Entry>::new());
            for n in 0..size {
                let entry = shaped(shape, n, &mut seed);
                shelf.put(entry.prover, Some(Placed { entry, has_room: true }));
                all.push(entry);
                if draw(&mut seed).is_multiple_of(4) {
                    let gone = all.swap_remove(draw(&mut seed) as usize % all.len());
                    shelf.put(gone.prover, None);
                }
            }
            let copy = shelf.clone();
            for _ in 0..20 {
                let direction = match draw(&mut seed) % 4 {
                    0 => Direction::CHEAPEST,
                    1 => Direction { reputation: 2, price: 1 },
                    _ => Direction { reputation: (draw(&mut seed) % 3_000_000).into(), price: 1 },
                };
                let limits = Limits {
                    price_max: Credits::new(draw(&mut seed) % 2_000_000),
                    reputation_min: Ppm::new((draw(&mut seed) % 300_000) as u32),
                    proven_max: Millis::new(draw(&mut seed) % 8),
                    warm: u64::from(draw(&mut seed).is_multiple_of(5)),
                    stakes: Stakes {
                        least: Credits::new(draw(&mut seed) % 10_000 * (draw(&mut seed) % 2)),
                        reward: Credits::new(draw(&mut seed) % 20_000),
                        going: Some(going).filter(|_| draw(&mut seed).is_multiple_of(2)),
                    },
                };
                let found: Vec<_> = shelf.tree.search(direction, limits).map(|e| e.prover).collect();
                assert_eq!(found, sorted(&all, &direction, &limits), "shape {shape}, {size} entries");
                searches += 1;
            }
            assert_eq!(shelf.len(), all.len());
            while let Some(gone) = all.pop() {
                shelf.put(gone.prover, None);
            }
            assert!(shelf.tree.top().is_none() && copy.tree.top().is_some() || size < 3, "a copy keeps what it had");
        }
    }
    println!("{searches} searches of four shapes and up to 3,000 entries give what sorting gives");
}

/// However the asks lie, the first two are found at once.
#[test]
fn the_best_two_of_a_diagonal_are_found_without_a_walk() {
    let mut seed = 7;
    for shape in 0..4 {
        let mut shelf = Shelf::default();
        for n in 0..20_000 {
            let entry = shaped(shape, n, &mut seed);
            shelf.put(entry.prover, Some(Placed { entry, has_room: true }));
        }
        let limits = Limits {
            price_max: Credits::new(u64::MAX),
            reputation_min: Ppm::new(0),
            proven_max: Millis::new(u64::MAX),
            warm: 0,
            stakes: Stakes::NONE,
        };
        let mut search = shelf.tree.search(Direction { reputation: 2, price: 1 }, limits);
        let (first, second) = (search.next().is_some(), search.next().is_some());
        let left = search.waiting();
        println!("shape {shape}: of 20,000 asks {left} nodes and entries were looked at and are left");
        assert!(first && second && left < 400, "{left}");
    }
}
