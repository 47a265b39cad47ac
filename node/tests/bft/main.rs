//! Committees under torture: many cores in virtual time, with a network, disks and members as bad as a seed says.
//!
//! Nothing that is checked may ever happen: a disagreement, two words of an honest member where one is allowed, a word
//! that is not on its disk, evidence against the honest, a stall after all is well again. And each checker is seen to
//! fire, in worlds that break one rule on purpose.
//!
//! `DPGN_BFT_SEEDS` and `DPGN_BFT_FROM` say how many seeds, and from which on: `just bft 1000`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
#![expect(clippy::print_stdout, reason = "figures are printed")]

mod checks;
mod controls;
mod forge;
mod host;
mod hosting;
mod liars;
mod noise;
mod plan;
mod random;
mod records;
mod story;
mod world;

use checks::{Kind, Violation};
use plan::{Manner, Plan, SECOND, Us};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use world::World;

/// Heights that the honest must decide once all is well.
const HEIGHTS: u64 = 10;
/// The longest that this may take.
const RECOVERY_MAX: Us = 60 * SECOND;

/// Runs a world through its bad times and until it has recovered. Gives the time of recovery.
pub fn run(world: &mut World) -> Result<Us, Violation> {
    while world.now < world.plan.bad_until {
        step(world)?;
    }
    let healed = world.now;
    let top = world.heights().into_iter().max().unwrap();
    while world.heights().into_iter().min().unwrap() < top + HEIGHTS {
        step(world)?;
        if world.now > healed + RECOVERY_MAX {
            let rounds: Vec<_> =
                world.hosts.iter().map(|h| h.core.as_ref().and_then(|core| core.round()).map(|(_, r)| r)).collect();
            let what = format!("heights {:?}, rounds {rounds:?}, {:?}", world.heights(), world.plan.manners);
            world.violated(Kind::Stall, what);
        }
    }
    Ok(world.now - healed)
}

fn step(world: &mut World) -> Result<(), Violation> {
    world.step();
    world.checks.violation.clone().map_or(Ok(()), Err)
}

/// A number from the environment, if it is set.
fn number(text: Result<String, std::env::VarError>) -> Option<u64> {
    text.ok().map(|text| text.parse().unwrap())
}

/// What many seeds have shown.
#[derive(Default)]
struct Tally {
    seeds: u64,
    heights: u64,
    crashes: u64,
    events: u64,
    evidence: u64,
    convicted: usize,
    worst: Us,
    worst_seed: u64,
    rounds: BTreeMap<u32, u64>,
    manners: BTreeMap<String, u64>,
}

impl Tally {
    fn add(&mut self, world: &World, recovery: Us) {
        self.seeds += 1;
        self.heights += world.heights().into_iter().max().unwrap();
        self.crashes += world.crashes;
        self.events += world.events;
        self.evidence += world.checks.evidence;
        self.convicted += world.checks.convicted.len();
        if recovery > self.worst {
            (self.worst, self.worst_seed) = (recovery, world.plan.seed);
        }
        for (round, count) in &world.checks.rounds {
            *self.rounds.entry(*round).or_default() += count;
        }
        for manner in world.plan.manners.iter().filter(|m| **m != Manner::Honest) {
            *self.manners.entry(format!("{manner:?}")).or_default() += 1;
        }
    }

    fn print(&self, name: &str, took: Duration) {
        println!(
            "{name}: {} seeds clean, {} heights, {} crashes, {} events, {} pairs of evidence ({} times a member convicted); \
             {HEIGHTS} heights after healing in {} ms at worst (seed {}); {:.1} s\n  rounds {:?}\n  {:?}",
            self.seeds,
            self.heights,
            self.crashes,
            self.events,
            self.evidence,
            self.convicted,
            self.worst / 1_000,
            self.worst_seed,
            took.as_secs_f64(),
            self.rounds,
            self.manners
        );
    }
}

/// Runs worlds of seeds: a few, or as many as a person wants, one in so many of them.
fn torture(name: &str, few: u64, one_in: u64, plan: impl Fn(u64) -> Plan) {
    let from = number(std::env::var("DPGN_BFT_FROM")).unwrap_or(0);
    let count = number(std::env::var("DPGN_BFT_SEEDS")).map_or(few, |seeds| seeds.div_ceil(one_in));
    let (mut tally, started) = (Tally::default(), Instant::now());
    for seed in from..from + count {
        let mut world = World::new(plan(seed));
        match run(&mut world) {
            Ok(recovery) => tally.add(&world, recovery),
            Err(violation) => panic!(
                "seed {seed}: {violation:?}\nagain: DPGN_BFT_FROM={seed} DPGN_BFT_SEEDS=1 cargo test --release -p dpgn-node \
                 --test bft {name} -- --nocapture"
            ),
        }
    }
    tally.print(name, started.elapsed());
}

#[test]
fn four_members_of_which_one_lies() {
    torture("four_members_of_which_one_lies", 20, 1, |seed| Plan::bad(seed, 4, 1));
}

#[test]
fn seven_members_of_which_two_lie() {
    torture("seven_members_of_which_two_lie", 4, 5, |seed| Plan::bad(seed, 7, 2));
}

#[test]
fn twenty_two_members_of_which_seven_lie() {
    torture("twenty_two_members_of_which_seven_lie", 0, 50, |seed| Plan::bad(seed, 22, 7));
}

#[test]
fn committees_that_hand_over() {
    torture("committees_that_hand_over", 9, 3, Plan::handover);
}

#[test]
fn a_seed_has_one_history() {
    let history = |seed| {
        let mut world = World::new(Plan::bad(seed, 4, 1));
        run(&mut world).unwrap();
        (world.trace, world.events, world.heights())
    };
    assert_eq!(history(7), history(7));
    assert_ne!(history(7).0, history(8).0);
}
