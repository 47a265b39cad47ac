//! The auction gives what looking at every bid and every ask gives, whatever was said before.
//!
//! The ledger itself runs each auction a second time by looking at all pairs, and compares each shelf with one that is
//! made anew at the end of each block, in builds with debug assertions as this one. `DPGN_CASES=1000` tries more.

use crate::support::*;
use dpgn_market::{Applied, BlockError, Body, Event, Ledger, Stage};
use dpgn_protocol::{
    bounded::List,
    codec,
    finding::Finding,
    genesis::Params,
    ops::{Action, Ask, Bid, Builder, DeclineReason, Offer, SignedOp},
    outcome::Outcome,
    units::{Credits, Degree, Level, Millis, Ppm},
};
use std::collections::BTreeSet;

/// Histories that are tried unless `DPGN_CASES` says otherwise, and the blocks of each.
const HISTORIES: u64 = 8;
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

/// What a block of a history holds.
fn ops(draw: &mut Draw, world: &mut World) -> Vec<SignedOp> {
    let (mut ops, mut busy) = (Vec::new(), BTreeSet::new());
    for _ in 0..draw.below(8) {
        let prover = 21 + draw.below(20) as u8;
        let (by, action) = match draw.below(9) {
            0..2 => (prover, asks(draw.ask(world))),
            2 if busy.insert(prover) => {
                let (sponsor, ask) = (12 + draw.below(2) as u8, asks(draw.ask(world)));
                ops.push(world.sponsored(prover, sponsor, ask));
                continue;
            }
            3..5 => (REQUESTER, bids(draw.bid(world))),
            5 => {
                // Sponsors and provers lose what they have, and get some of it back.
                let some = |draw: &mut Draw| [12, 13, prover][draw.below(3) as usize];
                let (from, to) = (some(draw), 21 + draw.below(20) as u8);
                let (from, to) = if draw.below(2) == 0 { (from, to) } else { (to, from) };
                let amount = [300_000, 700_000, 50_000_000, 100_000_000][draw.below(4) as usize];
                (from, Action::Transfer { to: who(to), amount: Credits::new(amount + draw.below(1_000)) })
            }
            _ => match draw.step(world) {
                Some(step) => step,
                None => continue,
            },
        };
        if busy.insert(by) || by == REQUESTER || by == COORDINATOR {
            ops.push(world.op(by, action));
        }
    }
    ops
}

/// A ledger that was read from a snapshot, where nobody knows which bids sleep.
fn restored(ledger: &Ledger) -> Ledger {
    codec::decode(&codec::encode(ledger).unwrap(), 1 << 24).unwrap()
}

fn count(applied: &Applied, wanted: fn(&Event) -> bool) -> usize {
    applied.events.iter().filter(|event| wanted(event)).count()
}

#[test]
fn auctions_give_what_looking_at_every_pair_gives() {
    let histories = std::env::var("DPGN_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(HISTORIES);
    let (mut said, mut refused, mut awards, mut settled) = (0, 0, 0, 0);
    for seed in 0..histories {
        // Many auctions stop at a cap.
        let cap = if seed % 3 == 0 { 2 } else { 256 };
        let params = Params { epoch_blocks: 16, block_awards_max: cap, ..Params::default() };
        let (mut draw, mut world) = (Draw(seed), World::with(1, params));
        world.say((0..3).map(|n| (REQUESTER, circuit(n))).collect());
        let mut again = restored(&world.ledger);
        for block in 0..BLOCKS {
            let mut ops = ops(&mut draw, &mut world);
            if block % 8 == 0 {
                again = restored(&world.ledger);
                assert_eq!((again.root(), again.is_consistent()), (world.ledger.root(), true));
            }
            let ms = 100 + draw.below(3_000);
            let time = world.ledger.time().after(Millis::new(ms));
            let (parent, last_commit) = (below(&world.ledger), commit(&world.ledger));
            let here = loop {
                let body = Body { parent, time, proposer: who(COORDINATOR), last_commit, ops: &ops };
                match again.apply(body) {
                    // Its payer has nothing left for the fee: no block may hold it.
                    Err(BlockError::Admission { index, .. }) => drop(ops.remove(index)),
                    applied => break applied.unwrap(),
                }
            };
            let applied = world.block(ms, &ops);
            assert_eq!(here, applied, "who has read a snapshot goes on as all others");
            assert!(world.ledger.is_consistent());
            said += applied.outcomes.len();
            refused += applied.outcomes.iter().filter(|o| matches!(o, Outcome::Refused(_))).count();
            awards += count(&applied, |event| matches!(event, Event::Awarded { .. }));
            settled += count(&applied, |event| matches!(event, Event::Settled(_)));
        }
    }
    println!(
        "{histories} histories: {said} ops, {refused} of them refused, {awards} awards as by looking at every pair, \
         {settled} settled"
    );
    assert!(awards as u64 > histories, "{awards}");
}
