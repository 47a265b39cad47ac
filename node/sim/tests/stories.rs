//! The market's stories, through whole nodes in virtual time: what becomes of a task when somebody does not do its part.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on fails by panicking")]

use dpgn_protocol::{
    ops::Raise,
    units::{Credits, Millis},
};
use dpgn_sim::{Adversary, Faults, Machine, Outcome, World, buy, run};
use std::collections::BTreeMap;

/// Provers of these kinds, the cheapest first, and these many requesters; nothing else goes wrong.
fn world(provers: &[Adversary], requesters: usize) -> World {
    World::new(11, provers, requesters, |_| Faults::NONE)
}

/// The credits of a node once its ask stands.
fn before(world: &mut World, node: usize) -> u64 {
    world.run_until(1_500).unwrap();
    world.worth(node)
}

/// The node that each proof was paid to, and how many it was paid for.
fn paid(world: &World) -> BTreeMap<usize, usize> {
    let mut paid = BTreeMap::new();
    for settlement in world.checker.settled().values() {
        *paid.entry(world.node_of(settlement.prover).unwrap()).or_default() += 1;
    }
    paid
}

fn ends(world: &mut World) -> (u64, u64) {
    let Outcome { completed, failed, .. } = run(world).unwrap();
    (completed, failed)
}

#[test]
fn a_winner_that_falls_silent_gives_way_to_the_next_in_time() {
    let mut world = world(&[Adversary::Silent, Adversary::None], 1);
    let had = before(&mut world, 1);
    world.want(3, 300, 2_000);
    let done = ends(&mut world);
    println!("silent: it lost {}, and the next was paid at {} ms", had - world.worth(1), world.now_ms());
    assert_eq!((done, paid(&world)), ((1, 0), BTreeMap::from([(2, 1)])));
    assert!(world.worth(1) < had);
}

#[test]
fn a_false_proof_is_slashed_and_the_next_is_paid() {
    let mut world = world(&[Adversary::False, Adversary::None], 1);
    let had = before(&mut world, 1);
    world.want(3, 300, 2_000);
    let done = ends(&mut world);
    println!("a false proof cost its prover {}", had - world.worth(1));
    assert_eq!((done, paid(&world)), ((1, 0), BTreeMap::from([(2, 1)])));
    assert!(had - world.worth(1) >= 40_000, "all that it had at stake");
}

/// The cheapest ask costs 40,100: the reward begins at a quarter of that, and rises.
#[test]
fn a_price_that_nobody_asks_rises_until_somebody_does() {
    let rising = Raise { step: Credits::new(10_000), every: Millis::from_secs(3), reward_max: Credits::new(200_000) };
    let mut world = world(&[Adversary::None], 1);
    (world.reward, world.raise) = (Credits::new(10_000), Some(rising));
    world.want(2, 200, 2_000);
    assert_eq!(ends(&mut world), (1, 0));
    let price = world.checker.settled().values().map(|bill| bill.price.get()).max();
    println!("10,000 rose until 40,100 was asked for: paid {price:?}");
    assert_eq!(price, Some(40_100), "what it asked, and no more");
}

#[test]
fn a_price_that_nobody_asks_is_refunded() {
    let rising = Raise { step: Credits::new(1_000), every: Millis::from_secs(3), reward_max: Credits::new(20_000) };
    let mut world = world(&[Adversary::None], 1);
    let had = before(&mut world, 2);
    (world.reward, world.raise) = (Credits::new(10_000), Some(rising));
    world.want(2, 200, 2_000);
    assert_eq!(ends(&mut world), (0, 1));
    println!("nobody asked low enough: its fees were {}", had - world.worth(2));
    assert!(had - world.worth(2) < 5_000 + 10 * 100, "only fees, of which each of ten rises pays one");
}

/// Each of three provers waits for the inputs, and says so: both lose a little each time, and the task ends.
#[test]
fn inputs_that_are_never_served_cost_both_a_little() {
    let mut world = world(&[Adversary::None; 3], 1);
    world.nodes[4].host.adversary = Adversary::HoldsInputs;
    let had: Vec<u64> = (1..=4).map(|node| before(&mut world, node)).collect();
    world.want(4, 400, 2_000);
    assert_eq!(ends(&mut world), (0, 1));
    let lost: Vec<u64> = (1..=4).zip(had).map(|(node, had)| had - world.worth(node)).collect();
    println!("inputs never served: the provers lost {:?}, the requester {}", &lost[..3], lost[3]);
    let staked = |nth: u64| 2 * (100 + 4 * (10_000 + 1_000 * nth));
    for (nth, lost) in (0..3).zip(&lost) {
        assert!((1..=staked(nth) / 8 + 100).contains(lost), "{lost} of {}", staked(nth));
    }
    assert!(lost[3] >= lost[..3].iter().sum::<u64>() - 300, "as much as all of them, but for their own fees");
}

/// Binds itself, takes the witness and makes nothing of it: it is too slow, and pays for it.
#[test]
fn a_prover_that_reads_the_witness_and_leaves_pays_for_it() {
    let mut world = world(&[Adversary::Idle, Adversary::None], 1);
    let had = before(&mut world, 1);
    world.want(3, 300, 2_000);
    let done = ends(&mut world);
    let lost = had - world.worth(1);
    println!("the witness was read, and nothing made of it: that cost {lost} of 80,200 at stake");
    assert_eq!((done, paid(&world)), ((1, 0), BTreeMap::from([(2, 1)])));
    assert!(lost >= 80_200 / 4);
}

/// A hundred tasks within a second, five provers with four lanes each: the dearest works too.
#[test]
fn a_burst_spreads_by_capacity() {
    let mut world = world(&[Adversary::None; 5], 4);
    for node in 1..=5 {
        world.nodes[node].machine = Machine { workers: 4, prove_ms: (2_000, 3_000), ..Machine::default() };
    }
    buy(&mut world, 6..10, 25);
    let done = ends(&mut world);
    println!("of 100 tasks {} were proved, by prover: {:?}", done.0, paid(&world));
    assert_eq!(done, (100, 0));
    assert!(paid(&world).values().all(|count| (10..=35).contains(count)) && paid(&world).len() == 5);
}
