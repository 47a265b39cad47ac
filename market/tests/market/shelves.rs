//! The auction on shelves gives what looking at every ask gives, whatever was said before.
//!
//! The ledger itself compares the two at each award, and each shelf with one that is made anew at the end of each block,
//! in builds with debug assertions as this one. `DPGN_CASES=1000` tries more.

use crate::support::*;
use dpgn_market::Stage;
use dpgn_protocol::{
    bounded::List,
    finding::Finding,
    ops::{Action, Ask, Bid, Builder, DeclineReason, Offer},
    outcome::Outcome,
    units::{Credits, Degree, Level, Millis, Ppm},
};

/// Histories that are tried unless `DPGN_CASES` says otherwise, and the blocks of each.
const HISTORIES: u64 = 12;
const BLOCKS: u64 = 60;

/// Numbers from a seed: splitmix64.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn builder(&mut self) -> Builder {
        Builder::new(if self.below(5) == 0 { "other@1" } else { "r1cs@1" }).unwrap()
    }

    /// Few prices and speeds, so that there are ties.
    fn ask(&mut self, world: &World) -> Ask {
        let per_kilorow = Credits::new([0, 1, 100_000, 100_001, 150_000, 240_000][self.below(6) as usize]);
        let rows_per_second = [64, 1_024, 1_024, 4_096][self.below(4) as usize];
        let level = Level::new(1 + self.below(8).saturating_sub(6) as u8).unwrap();
        let warm = (0..3).filter(|_| self.below(3) == 0).map(circuit_id).collect();
        Ask {
            offers: List::new(vec![Offer { level, per_kilorow, rows_per_second }]).unwrap(),
            flat: Credits::new(self.below(3)),
            degree_max: Degree::new(11 + self.below(12).min(9) as u8).unwrap(),
            capacity: self.below(5) as u16,
            lanes: 1 + self.below(2) as u16,
            collateral_max: Credits::new([500_000, u64::MAX][self.below(2) as usize]),
            builders: List::new(vec![self.builder()]).unwrap(),
            warm: List::new(warm).unwrap(),
            expires: world.ledger.time().after(Millis::from_secs(1 + self.below(60))),
        }
    }

    fn bid(&mut self, world: &mut World) -> Bid {
        let mut bid = world.bid();
        bid.circuit = circuit_id(self.below(3) as u8);
        bid.builder = self.builder();
        bid.reward = Credits::new([300_000, 450_000, 1_000_000, 3_000_000][self.below(4) as usize]);
        bid.deadline = world.ledger.time().after(Millis::from_secs(20 + self.below(60)));
        bid.reputation_min = Ppm::new([0, 0, 150_000][self.below(3) as usize]);
        bid.collateral_min = Credits::new([0, 0, 700_000][self.below(3) as usize]);
        let some = |draw: &mut Self| List::new((0..4).map(|_| who(21 + draw.below(20) as u8)).collect()).unwrap();
        match self.below(6) {
            0 => bid.allow = some(self),
            1 => bid.deny = some(self),
            _ => (),
        }
        bid
    }

    /// Something that may be said of a task that somebody holds.
    fn step(&mut self, world: &World) -> Option<(u8, Action)> {
        let live: Vec<_> = world.ledger.tasks().filter(|(_, t)| t.stage.award().is_some()).collect();
        let (task, held) = *live.get(self.below(live.len().max(1) as u64) as usize)?;
        let holder = held.stage.award().unwrap().prover;
        let by = (1..=40).find(|&n| who(n) == holder)?;
        match (&held.stage, self.below(6)) {
            (Stage::Assigned(_), 0..=4) => Some((by, world.starts(by, task))),
            (Stage::InProgress(_), 0..=4) => Some((by, world.deliver(task))),
            (Stage::Delivered(..), n) => {
                let finding = if n == 0 { Finding::False } else { Finding::Valid };
                Some(world.judges(task, &[(COORDINATOR, finding)]).remove(0))
            }
            (_, 5) => Some((by, world.declines(task, DeclineReason::Unable))),
            _ => None,
        }
    }
}

#[test]
fn shelves_give_what_looking_at_every_ask_gives() {
    let histories = std::env::var("DPGN_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(HISTORIES);
    let (mut said, mut refused, mut awards) = (0, 0, 0);
    for seed in 0..histories {
        let (mut draw, mut world) = (Draw(seed), World::new());
        world.say((0..3).map(|n| (REQUESTER, circuit(n))).collect());
        for _ in 0..BLOCKS {
            let mut ops = Vec::new();
            for _ in 0..draw.below(8) {
                let (by, action) = match draw.below(8) {
                    0..2 => (21 + draw.below(20) as u8, asks(draw.ask(&world))),
                    2..4 => (REQUESTER, bids(draw.bid(&mut world))),
                    4 => {
                        let (from, to) = (21 + draw.below(20) as u8, who(21 + draw.below(20) as u8));
                        (from, Action::Transfer { to, amount: Credits::new(draw.below(120_000_000)) })
                    }
                    _ => match draw.step(&world) {
                        Some(step) => step,
                        None => continue,
                    },
                };
                ops.push(world.op(by, action));
            }
            let applied = world.block(100 + draw.below(3_000), &ops);
            said += applied.outcomes.len();
            refused += applied.outcomes.iter().filter(|o| matches!(o, Outcome::Refused(_))).count();
            awards += applied.events.iter().filter(|e| matches!(e, dpgn_market::Event::Awarded { .. })).count();
        }
    }
    println!(
        "{histories} histories: {said} ops, {refused} of them refused, {awards} awards as by looking at every ask"
    );
    assert!(awards as u64 > histories, "{awards}");
}
