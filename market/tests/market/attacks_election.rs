//! Attacks on elections: each is what somebody would try, and the figure says what it is worth.

use crate::{election::*, support::*};
use dpgn_market::{Candidacy, Event, Ledger, Refused};
use dpgn_protocol::{
    genesis::Params,
    ids::AccountId,
    ops::Action,
    units::{Credits, Millis},
};

const INCUMBENTS: [u8; 4] = [1, 2, 3, 4];

fn candidacy(ledger: &Ledger, n: u8) -> Candidacy {
    ledger.election().candidates.iter().find(|told| told.account == who(n)).unwrap().candidacy
}

/// A minority that spreads itself over many names would get a majority of equal seats.
#[test]
fn a_minority_over_five_names_stays_a_minority() {
    let mut world = World::with(4, Params { member_bond: Credits::new(60_000_000), ..rules() });
    let names = [31, 32, 33, 34, 35];
    act(&mut world, names.map(|n| (n, bonds(32_000_000))).into());
    let mut shares = Vec::new();
    for _ in 0..4 {
        let all: Vec<u8> = INCUMBENTS.into_iter().chain(names).collect();
        end_epoch(&mut world, &all, &[]);
        shares.push(share(&world.ledger, &names));
    }
    println!("40 % of the stake over five of nine names: {shares:?} thousandths of the power, 555 by equal seats");
    assert!(shares.iter().all(|share| *share <= 400), "{shares:?}");
    assert_eq!(shares[3], 399);
}

/// The first to bond would rule a genesis of four alone at the first border.
#[test]
fn the_first_to_bond_does_not_rule() {
    let mut world = World::with(4, rules());
    let before = world.ledger.committee().clone();
    assert!(matches!(world.refused(ALICE, bonds(1_000_000)), Refused::OutOfRange { got: 1_000_000, .. }));
    act(&mut world, vec![(ALICE, bonds(90_000_000))]);
    for _ in 0..3 {
        end_epoch(&mut world, &[ALICE], &[]);
    }
    println!("one candidate with nine times the bond of a member: {} of 1,000", share(&world.ledger, &[ALICE]));
    assert_eq!(world.ledger.committee(), &before);
}

/// Only a quorum can elect again, so a committee of nobody would be for good.
#[test]
fn nobody_stands_and_nothing_halts() {
    let mut world = World::with(4, rules());
    let before = world.ledger.committee().clone();
    for _ in 0..20 {
        end_epoch(&mut world, &[], &[]);
    }
    println!("{} epochs without a candidate, {} members", world.ledger.epoch().get(), before.members().len());
    assert_eq!((world.ledger.epoch().get(), world.ledger.committee()), (19, &before));
    // Candidates that do not renew win no seat either.
    act(&mut world, (31..=36).map(|n| (n, bonds(BOND))).collect());
    for _ in 0..2 {
        end_epoch(&mut world, &[1, 2, 3], &[]);
    }
    assert_eq!(candidacy(&world.ledger, 31), Candidacy::Silent);
}

/// Whoever buys all the stake at once would have the whole committee at the next border.
#[test]
fn whoever_buys_everything_gets_a_third_at_a_border() {
    let mut world = World::with(4, Params { seats: 4, ..rules() });
    let rich = [31, 32, 33, 34];
    act(&mut world, rich.map(|n| (n, bonds(99_000_000))).into());
    let mut shares = Vec::new();
    for _ in 0..5 {
        let all: Vec<u8> = INCUMBENTS.into_iter().chain(rich).collect();
        let before = world.ledger.committee().clone();
        end_epoch(&mut world, &all, &[]);
        let stayed =
            world.ledger.committee().members().iter().map(|m| m.account).filter(|a| before.power(*a).is_some());
        assert!(world.ledger.committee().is_quorum(stayed), "those who were there decide alone");
        shares.push(share(&world.ledger, &rich));
    }
    println!("ten times the stake of all members: {shares:?} thousandths of the power, border by border");
    assert!(shares[0] <= 333 && shares[1] <= 666);
    assert_eq!(shares[4], 1_000);
}

/// Delegated stake risks nothing: without a bond of one's own it must not count for much.
#[test]
fn borrowed_stake_counts_as_a_multiple_of_the_own_bond() {
    let mut world = World::with(4, Params { bond_factor: 3, ..rules() });
    act(&mut world, vec![(ALICE, bonds(BOND)), (11, votes(ALICE, 90_000_000)), (12, votes(ALICE, 90_000_000))]);
    let told = world.ledger.election().candidates.into_iter().find(|told| told.account == who(ALICE)).unwrap();
    println!("a bond of {} with {} of others counts {}", told.bond, told.stake, told.counted);
    assert_eq!((told.stake.get(), told.counted.get()), (180_000_000, 3 * BOND));
}

/// Stake that goes from candidate to candidate would be counted for each of them.
#[test]
fn a_stake_that_moves_is_counted_once_at_each_border() {
    let mut world = World::with(4, rules());
    act(&mut world, vec![(ALICE, bonds(BOND)), (BOB, bonds(BOND)), (11, votes(ALICE, 50_000_000))]);
    let mut counted = Vec::new();
    for (from, to) in [(ALICE, BOB), (BOB, ALICE), (ALICE, BOB)] {
        act(&mut world, vec![(11, unbonds(from, 50_000_000)), (11, votes(to, 50_000_000))]);
        end_epoch(&mut world, &[1, 2, 3, 4, ALICE, BOB], &[]);
        let candidates = world.ledger.election().candidates;
        let of = candidates.iter().filter(|told| [who(ALICE), who(BOB)].contains(&told.account));
        counted.push(of.map(|told| told.counted.get()).sum::<u64>());
    }
    println!("50 credits that move at every border, beside two bonds of 10: {counted:?} counted");
    assert_eq!(counted, [70_000_000; 3]);
    assert_eq!(world.ledger.supply().stakes.get(), 50_000_000);
    // Moving does not free it sooner, and takes nothing from the balance but fees.
    assert_eq!(world.balance(11), RICHES - 50_000_000 - 700);
}

/// Stake that is there at the border alone: bonded in the last block, taken back in the first of the next epoch.
#[test]
fn a_stake_of_one_block_is_locked_as_long_as_any() {
    let mut world = World::with(4, rules());
    while world.ledger.height().get() % EPOCH != EPOCH - 2 {
        world.next();
    }
    act(&mut world, INCUMBENTS.map(|n| (n, Action::Candidate)).into());
    act(&mut world, vec![(ALICE, bonds(BOND)), (11, votes(ALICE, BOND))]);
    let at = world.ledger.time();
    act(&mut world, vec![(ALICE, unbonds(ALICE, BOND)), (11, unbonds(ALICE, BOND))]);
    assert!(share(&world.ledger, &[ALICE]) > 0, "it counted at the border");
    let mut freed = [None; 2];
    for epoch in 1..8 {
        end_epoch(&mut world, &INCUMBENTS, &[]);
        for (freed, n) in freed.iter_mut().zip([ALICE, 11]) {
            let is_free = world.balance(n) > RICHES - BOND;
            *freed = freed.or(is_free.then(|| (epoch, world.ledger.time().since(at).get() / 1_000)));
        }
        // Each epoch takes 30 seconds, and stake is free after two epochs and a minute.
        block_without(&mut world, 17_000, &[], &[]);
    }
    let [bond, stake] = freed.map(Option::unwrap);
    println!("bonded for one block: the bond is free {bond:?} epochs and seconds after it, the stake {stake:?}");
    assert!(stake.1 >= 60 && bond.1 > stake.1, "the bond's time begins when its candidate leaves office");
}

/// A table full of candidates would keep everybody out.
#[test]
fn a_flood_of_candidates_gives_way_to_a_larger_bond() {
    let mut world = World::with(4, Params { seats: 6, candidates_max: 6, stakers_max: 2, ..rules() });
    act(&mut world, vec![(31, bonds(BOND + 1)), (32, bonds(BOND + 2))]);
    assert_eq!(world.refused(ALICE, bonds(BOND + 1)), Refused::Full { what: "candidates", max: 6 });
    act(&mut world, vec![(ALICE, bonds(BOND + 3))]);
    let told = world.ledger.election();
    let bond_of =
        |n| told.candidates.iter().find(|told| told.account == who(n)).map(|t| (t.bond.get(), t.unbonding.get()));
    println!("the smallest bond outside the committee gives way: {:?}", bond_of(31));
    assert_eq!((bond_of(31), bond_of(1)), (Some((0, BOND + 1)), Some((BOND, 0))), "no member does");
    // Stakers give way to more stake, and have theirs back at once.
    act(&mut world, vec![(11, votes(ALICE, 2_000_000)), (12, votes(ALICE, 3_000_000))]);
    assert_eq!(world.refused(13, votes(ALICE, 2_000_000)), Refused::Full { what: "accounts with stake", max: 2 });
    act(&mut world, vec![(13, votes(ALICE, 2_000_001))]);
    assert_eq!((world.balance(11), world.ledger.stakes_of(who(11))), (RICHES - 100, None));
}

/// An account with a bond or a stake would be pruned as the poorest, and its credits with it.
#[test]
fn no_account_with_stake_is_forgotten() {
    let params = Params { accounts_max: 41, keep_epochs: 1, ..rules() };
    let mut world = World::with(4, params);
    act(&mut world, vec![(ALICE, bonds(RICHES - 100)), (BOB, votes(ALICE, RICHES - 100))]);
    assert_eq!((world.balance(ALICE), world.balance(BOB)), (0, 0));
    for n in 100..140 {
        act(
            &mut world,
            vec![(11, Action::Transfer { to: AccountId::from_bytes([n; 32]), amount: Credits::new(2_000) })],
        );
    }
    for _ in 0..4 {
        end_epoch(&mut world, &[], &[]);
    }
    let known = [ALICE, BOB].map(|n| world.ledger.account(who(n)).map(|view| view.staked.get()));
    println!("40 newcomers in a full table, {:?} staked by the two poorest", known);
    assert_eq!(known, [Some(RICHES - 100); 2]);
}

/// Members that are not there would keep seat and fees.
#[test]
fn who_is_silent_loses_seat_and_fees() {
    let mut world = World::with(7, Params { committee_min: 4, epoch_blocks: EPOCH * 3, ..rules() });
    let standing: Vec<_> = (1..=7).collect();
    let run = |world: &mut World, silent: &[u8]| -> Vec<Event> {
        let ops: Vec<_> = standing.iter().map(|&n| world.op(n, Action::Candidate)).collect();
        let mut events = block_without(world, 1_000, &ops, silent).events;
        while !world.ledger.height().get().is_multiple_of(EPOCH * 3) {
            events.extend(block_without(world, 1_000, &[], silent).events);
        }
        events
    };
    act(&mut world, vec![(ALICE, Action::Bond { amount: Credits::new(BOND) })]);
    let (before, burned) = (world.balance(7), world.ledger.supply().burned.get());
    let fees = world.ledger.supply().fees.get();
    run(&mut world, &[7]);
    let (got, gone) = (world.balance(7) - before, world.ledger.supply().burned.get() - burned);
    println!(
        "of {fees} in fees the silent one of seven got {got}, {gone} are burned; {} members",
        world.ledger.committee().members().len()
    );
    assert_eq!((got, gone), (0, fees / 7));
    assert_eq!(world.ledger.committee().power(who(7)), None);
    assert!(world.ledger.committee().power(who(1)).is_some());
    // It may come back: it stands again, and is not absent from a committee that it isn't in.
    run(&mut world, &[]);
    assert!(world.ledger.committee().power(who(7)).is_some());
}

/// A proposer would take the seats of others by leaving their votes out of its commits.
#[test]
fn a_proposer_that_leaves_votes_out_harms_nobody() {
    let mut world = World::with(4, rules());
    // With one candidate more, the seats are not kept for want of candidates.
    let mut ops: Vec<_> = INCUMBENTS.map(|n| world.op(n, Action::Candidate)).into();
    ops.push(world.op(ALICE, bonds(BOND)));
    let mut ops = Some(ops);
    while world.ledger.height().get() < EPOCH {
        // The first member never shows the vote of the second.
        let is_liar = in_turn(&world.ledger) == who(1);
        let silent = if is_liar { vec![2] } else { vec![] };
        let (ledger, parent) = (&world.ledger, below(&world.ledger));
        let all = ledger.deciders().members().iter().map(|member| member.account);
        let voters = all.filter(|a| !silent.iter().any(|n| who(*n) == *a));
        let commit = dpgn_protocol::commit::Commit::assumed(ledger.height(), parent, ledger.deciders(), voters);
        let last_commit = Some(&commit).filter(|_| ledger.height().get() > 0);
        let time = ledger.time().after(Millis::from_secs(1));
        let proposer = in_turn(ledger);
        let said = ops.take().unwrap_or_default();
        world.ledger.apply(dpgn_market::Body { parent, time, proposer, last_commit, ops: &said }).unwrap();
    }
    let share = share(&world.ledger, &[2]);
    println!("a quarter of the power leaves one member's votes out of all its commits: it keeps {share} thousandths");
    assert_eq!(share, 200, "a fifth of the stake");
}

/// Amounts that no sum holds.
#[test]
fn the_largest_amounts_break_nothing() {
    let mut world = World::with(
        4,
        Params { bond_factor: u64::MAX, bond_min: Credits::new(1), stake_min: Credits::new(1), ..rules() },
    );
    for amount in [0, u64::MAX, u64::MAX - 1, 1 << 63] {
        for action in [bonds(amount), votes(1, amount), unbonds(1, amount), unbonds(ALICE, amount)] {
            world.refused(ALICE, action);
        }
    }
    act(&mut world, vec![(ALICE, bonds(1)), (BOB, votes(ALICE, RICHES - 100)), (11, votes(ALICE, 1))]);
    end_epoch(&mut world, &[1, 2, 3, 4, ALICE], &[]);
    let shares = [1, ALICE].map(|n| share(&world.ledger, &[n]));
    println!("a factor of 2^64 - 1 and a bond of 1: {shares:?} thousandths");
    assert!(shares[1] <= 333);
    act(&mut world, vec![(ALICE, unbonds(ALICE, 1))]);
    end_epoch(&mut world, &[1, 2, 3, 4], &[]);
    assert!(share(&world.ledger, &[ALICE]) == 0);
}
