//! Long histories of anything that anybody may say, with the largest amounts there are.
//!
//! What must hold: nothing panics, credits are conserved, a refused op changes nothing but its nonce and its fee, the order
//! of a block's orders changes nothing, the root is that of the state made anew from its bytes, and a replay gives the
//! same bytes. A million ops take a quarter of an hour:
//! `DPGN_CASES=270 cargo test --release -p dpgn-market --test market long`.

use crate::{
    random::{Saying, action, small},
    support::*,
};
use dpgn_market::{BlockError, Body, Event, Ledger, StakeNews};
use dpgn_protocol::{
    challenge, codec,
    commit::Commit,
    genesis::Params,
    ids::{AccountId, BlockHash},
    ops::{Action, SignedOp},
    outcome::Outcome,
    state_tree::StateParts,
    units::{Millis, Timestamp},
};
use std::collections::BTreeSet;

/// Histories unless `DPGN_CASES` says otherwise, and the blocks of each.
const HISTORIES: u64 = 2;
const BLOCKS: u64 = 40;
const BLOCKS_IF_MANY: u64 = 400;
/// Sayings of a block, at most.
const SAYINGS: u64 = 20;
/// Every so many blocks the costly things are checked.
const SELDOM: u64 = 8;

#[derive(Debug, Default)]
struct Counts {
    blocks: u64,
    ops: u64,
    refused: u64,
    awards: u64,
    tickets: u64,
    challenges: u64,
    bonded: u64,
    elected: u64,
    slashed: u64,
    unlocked: u64,
    reordered: u64,
    refusals_alone: u64,
    roots_anew: u64,
}

/// Numbers from a seed: splitmix64.
fn draw(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % below
}

fn saying(seed: &mut u64) -> Saying {
    let some = draw(seed, 3_000_000);
    let amounts = [0, 1, RICHES, 1 << 63, u64::MAX - 1, u64::MAX];
    let amount = amounts.get(draw(seed, 40) as usize).copied().unwrap_or(some);
    Saying {
        who: 1 + draw(seed, 31) as u8,
        what: draw(seed, 23) as u8,
        which: draw(seed, u64::MAX) as usize,
        amount,
        astray: draw(seed, 7) == 0,
    }
}

struct Block {
    parent: BlockHash,
    last_commit: Option<&'static Commit>,
    time: Timestamp,
    proposer: AccountId,
    ops: Vec<SignedOp>,
}

impl Block {
    fn body(&self) -> Body<'_> {
        let Self { parent, last_commit, time, proposer, ref ops } = *self;
        Body { parent, time, proposer, last_commit, ops }
    }

    /// Applies the block without the ops that no block may hold.
    fn apply_admitted(&mut self, ledger: &mut Ledger) -> dpgn_market::Applied {
        loop {
            match ledger.apply(self.body()) {
                Err(BlockError::Admission { index, .. }) => drop(self.ops.remove(index)),
                applied => return applied.unwrap(),
            }
        }
    }
}

fn is_order(op: &SignedOp) -> bool {
    matches!(op.op().action, Action::Bid(_) | Action::Ask(_))
}

fn bytes(ledger: &Ledger) -> Vec<u8> {
    codec::encode(ledger).unwrap()
}

/// The roots of all that no refused op may change.
fn parts(ledger: &Ledger) -> [[u8; 32]; 5] {
    let StateParts { circuits, asks, open, ended, aliases, .. } = ledger.prove_account(who(1)).unwrap().parts;
    [circuits, asks, open, ended, aliases]
}

/// A refused op, alone in its block, changes its signer's account by its nonce and its fee, and the pools by the fee.
fn check_refused(ledger: &Ledger, block: &Block, counts: &mut Counts) {
    let (mut with, mut without) = (ledger.clone(), ledger.clone());
    let mut alone = Block { ops: block.ops[..1.min(block.ops.len())].to_vec(), ..*block };
    let applied = alone.apply_admitted(&mut with);
    // At the end of an epoch the committee gets its half of the fee.
    let is_last = applied.events.iter().any(|event| matches!(event, Event::EpochEnded { .. }));
    if is_last || !matches!(applied.outcomes[..], [Outcome::Refused(_)]) {
        return;
    }
    without.apply(Body { ops: &[], ..block.body() }).unwrap();
    assert_eq!(parts(&with), parts(&without), "{:?}", alone.ops[0].op());
    for account in ledger.accounts().filter(|account| *account != alone.ops[0].signer()) {
        assert_eq!(with.account(account), without.account(account));
    }
    let fee = ledger.params().op_fee.get();
    let lost = without.supply().accounts.get() - with.supply().accounts.get();
    assert!(lost <= fee, "{lost}");
    counts.refusals_alone += 1;
}

/// The orders of a block, each of another account, give one state in whichever order they come.
fn check_reordered(ledger: &Ledger, block: &Block, seed: &mut u64, counts: &mut Counts) {
    let mut signers = BTreeSet::new();
    let orders = block.ops.iter().filter(|op| is_order(op) && signers.insert(op.signer())).cloned();
    let mut block = Block { ops: orders.collect(), ..*block };
    let (mut first, mut again) = (ledger.clone(), ledger.clone());
    let applied = block.apply_admitted(&mut first);
    for n in (1..block.ops.len()).rev() {
        block.ops.swap(n, draw(seed, n as u64 + 1) as usize);
    }
    let reordered = again.apply(block.body()).unwrap();
    assert_eq!(applied.state_root, reordered.state_root);
    let awards = |events: &[Event]| events.iter().filter(|e| matches!(e, Event::Awarded { .. })).cloned().collect();
    let (a, b): (Vec<_>, Vec<_>) = (awards(&applied.events), awards(&reordered.events));
    assert_eq!(a, b);
    counts.reordered += 1;
}

fn history(seed: u64, blocks: u64, counts: &mut Counts) {
    // In narrow books orders displace each other, so theirs matters; in wide ones it must not.
    let is_wide = seed.is_multiple_of(2);
    let wide = || Params { tasks_max: 8_192, asks_max: 4_096, ..small() };
    let mut world = World::with(4, if is_wide { wide() } else { small() });
    let (start, mut told, mut seed) = (world.ledger.clone(), Vec::new(), seed);
    for n in 0..blocks {
        let sayings: Vec<_> = (0..draw(&mut seed, SAYINGS)).map(|_| saying(&mut seed)).collect();
        let said = sayings.iter().map(|saying| {
            let (by, action) = action(&mut world, saying);
            world.op(by, action)
        });
        let ops = said.collect();
        let time = world.ledger.time().after(Millis::new(1 + draw(&mut seed, 8_000)));
        let (parent, last_commit) = (below(&world.ledger), commit(&world.ledger));
        let mut block = Block { parent, last_commit, time, proposer: in_turn(&world.ledger), ops };
        if n.is_multiple_of(SELDOM) {
            check_refused(&world.ledger, &block, counts);
            if is_wide {
                check_reordered(&world.ledger, &block, &mut seed, counts);
            }
        }
        let applied = block.apply_admitted(&mut world.ledger);
        assert!(world.ledger.supply().is_conserved());
        counts.blocks += 1;
        counts.ops += applied.outcomes.len() as u64;
        counts.refused += applied.outcomes.iter().filter(|o| matches!(o, Outcome::Refused(_))).count() as u64;
        counts.awards += applied.events.iter().filter(|e| matches!(e, Event::Awarded { .. })).count() as u64;
        counts.tickets += applied.events.iter().filter(|e| matches!(e, Event::Ticketed { .. })).count() as u64;
        let network = challenge::requester(world.ledger.network());
        let is_challenge = |e: &&Event| matches!(e, Event::Opened { requester, .. } if *requester == network);
        counts.challenges += applied.events.iter().filter(is_challenge).count() as u64;
        for event in &applied.events {
            match event {
                Event::Stake(StakeNews::Bonded { .. }) => counts.bonded += 1,
                Event::Stake(StakeNews::Elected { .. }) => counts.elected += 1,
                Event::Stake(StakeNews::Slashed { .. }) => counts.slashed += 1,
                Event::Stake(StakeNews::Unlocked { .. }) => counts.unlocked += 1,
                _ => {}
            }
        }
        if n.is_multiple_of(SELDOM) {
            let anew: Ledger = codec::decode(&bytes(&world.ledger), 1 << 26).unwrap();
            assert_eq!(anew.root().unwrap(), applied.state_root, "the root, made anew");
            counts.roots_anew += 1;
        }
        told.push(block);
    }
    let mut replayed = start;
    told.iter().for_each(|block| drop(replayed.apply(block.body()).unwrap()));
    assert_eq!(bytes(&replayed), bytes(&world.ledger), "a replay, byte for byte");
}

#[test]
fn long_histories_hold_together() {
    let many = std::env::var("DPGN_CASES").ok().and_then(|n| n.parse().ok());
    let mut counts = Counts::default();
    for seed in 0..many.unwrap_or(HISTORIES) {
        history(seed, if many.is_some() { BLOCKS_IF_MANY } else { BLOCKS }, &mut counts);
    }
    println!("{counts:?}");
    assert!(counts.awards > 0 && counts.refusals_alone > 0 && counts.reordered > 0, "{counts:?}");
}
