//! Attacks by and with evidence: who signs two words loses its bond, once, and nobody loses anything by what is no evidence.

use crate::{election::*, support::*};
use dpgn_market::{Candidacy, Event, Refused, StakeNews};
use dpgn_protocol::{
    council::{NoEvidence, Prevote, WordKind},
    genesis::Params,
    ops::Action,
    outcome::Outcome,
    refusal::RefusalCode,
    sign::SignError,
    units::{Credits, Height},
};

fn refused_code(world: &mut World, n: u8, action: Action) -> Outcome {
    let op = world.op(n, action);
    block_without(world, 100, &[op], &[]).outcomes.remove(0)
}

/// A liar would take its bond back before anybody has shown what it signed, or bond again and keep its seat.
#[test]
fn an_equivocator_loses_bond_and_what_it_took_back_and_its_seat() {
    for which in 0..3 {
        let mut world = World::with(5, rules());
        act(&mut world, vec![(1, bonds(50_000_000)), (ALICE, votes(1, 7_000_000))]);
        act(&mut world, vec![(1, unbonds(1, 30_000_000))]);
        let lie = evidence(&world.ledger, 1, 2, which);
        let burned = world.ledger.supply().burned.get();
        let balance = world.balance(2);
        let applied = act(&mut world, vec![(2, lie)]);
        let all = Credits::new(50_000_000 + BOND);
        assert!(applied.events.contains(&Event::Stake(StakeNews::Slashed { account: who(1), burned: all })));
        let gone = world.ledger.supply().burned.get() - burned;
        assert_eq!(
            (gone, world.balance(2)),
            (all.get(), balance),
            "nothing for who brings it, and no fee for a member"
        );
        act(&mut world, vec![(1, bonds(20_000_000))]);
        end_epoch(&mut world, &[2, 3, 4, 5], &[]);
        println!("of 60 credits {} are burned, its voters keep {}", gone / 1_000_000, world.ledger.supply().stakes);
        assert_eq!((world.ledger.committee().power(who(1)), world.ledger.committee().members().len()), (None, 4));
        assert_eq!(world.ledger.supply().stakes.get(), 7_000_000);
    }
}

/// With too few candidates the incumbents stay, and a liar among them would too, with nothing at stake.
#[test]
fn a_slashed_member_goes_though_the_others_stay() {
    let mut world = World::with(4, rules());
    let lie = evidence(&world.ledger, 1, 2, 2);
    act(&mut world, vec![(2, lie)]);
    end_epoch(&mut world, &[], &[]);
    let left: Vec<_> = (1..=4).filter(|n| world.ledger.committee().power(who(*n)).is_some()).collect();
    println!("without candidates {left:?} of four stay");
    assert_eq!(left, [2, 3, 4]);
    let mut alone = World::with(1, rules());
    let lie = evidence(&alone.ledger, 1, 2, 2);
    act(&mut alone, vec![(2, lie)]);
    end_epoch(&mut alone, &[], &[]);
    assert_eq!(alone.ledger.committee().members().len(), 1, "somebody must stay");
}

/// The same lie would be shown again and again: to burn a later bond, or to fill blocks.
#[test]
fn one_bond_is_burned_once() {
    let mut world = World::with(4, rules());
    act(&mut world, vec![(1, bonds(BOND))]);
    let lies: Vec<_> = (0..3).map(|which| evidence(&world.ledger, 1, 2, which)).collect();
    act(&mut world, vec![(2, lies[0].clone())]);
    act(&mut world, vec![(1, bonds(BOND))]);
    let before = (world.balance(2), world.ledger.supply().bonds);
    for lie in &lies {
        assert!(matches!(world.refused(2, lie.clone()), Refused::SlashedSince { .. }));
        assert_eq!(refused_code(&mut world, 2, lie.clone()), Outcome::Refused(RefusalCode::SlashedSince));
    }
    let paid = before.0 - world.balance(2);
    println!("three more of the same height cost their sender {paid}, a member, and its victim nothing");
    assert_eq!((paid, world.ledger.supply().bonds), (300, before.1));
    // What it says after that burns the new bond.
    let again = evidence(&world.ledger, 1, world.ledger.height().get(), 2);
    act(&mut world, vec![(3, again)]);
    assert_eq!(world.ledger.supply().bonds.get(), 3 * BOND);
}

/// Old keys are sold once their stake is free, and sign whatever the buyer likes.
#[test]
fn evidence_does_not_outlive_the_stake() {
    let mut world = World::with(5, rules());
    act(&mut world, vec![(5, unbonds(5, BOND))]);
    let early = evidence(&world.ledger, 1, 2, 2);
    let mut left = None;
    let mut too_old = None;
    for epoch in 0..12 {
        end_epoch(&mut world, &[1, 2, 3, 4], &[]);
        block_without(&mut world, 15_000, &[], &[]);
        if left.is_none() && world.balance(5) > RICHES {
            left = Some(epoch);
            let retired = evidence(&world.ledger, 5, 2, 2);
            assert_eq!(world.refused(2, retired), Refused::NothingAtStake(who(5)));
        }
        if let Err(Refused::EvidenceOld { height, floor }) = check(&mut world, 2, early.clone()) {
            too_old = too_old.or(Some(epoch));
            assert!(height <= floor);
        }
    }
    println!("a bond is free after {left:?} epochs, evidence of before is too old after {too_old:?}");
    assert!(left.is_some() && too_old.is_some());
}

fn check(world: &mut World, n: u8, action: Action) -> Result<(), Refused> {
    let op = world.op_with(n, world.ledger.free_nonces(who(n))[0], action);
    world.ledger.check(&op, world.ledger.time())
}

/// Words that are no evidence would burn an honest bond.
#[test]
fn what_is_no_evidence_burns_nothing() {
    let mut world = World::with(4, rules());
    let other = World::with(4, Params { keep_epochs: 9, ..rules() });
    let foreign = evidence(&other.ledger, 1, 2, 2);
    let bad = Refused::NoEvidence(NoEvidence::Sign(SignError::BadSignature(who(1))));
    assert_eq!(world.refused(2, foreign), bad);
    let word = |n: u8, round: u32, height: u64| {
        let prevote = Prevote { height: Height::new(height), round, block: None };
        key(n).sign(world.ledger.network(), prevote).unwrap().into_raw()
    };
    let kind = WordKind::Prevote;
    let mut tried = vec![
        Action::Evidence { kind, first: word(1, 0, 2), second: word(1, 0, 2) },
        Action::Evidence { kind, first: word(1, 0, 2), second: word(1, 1, 2) },
        Action::Evidence { kind, first: word(1, 0, 2), second: word(1, 0, 3) },
        Action::Evidence { kind, first: word(1, 0, 2), second: word(2, 0, 2) },
        Action::Evidence { kind: WordKind::Precommit, first: word(1, 0, 2), second: word(1, 1, 2) },
    ];
    if let Action::Evidence { first, second, .. } = evidence(&world.ledger, 1, 2, 0) {
        tried.push(Action::Evidence { kind: WordKind::Proposal, first, second });
    }
    let (before, tries) = (world.ledger.supply().bonds, tried.len());
    for action in tried {
        assert!(matches!(world.refused(2, action.clone()), Refused::NoEvidence(_)));
        assert_eq!(refused_code(&mut world, 2, action), Outcome::Refused(RefusalCode::NoEvidence));
    }
    let stranger = evidence(&world.ledger, ALICE, 2, 2);
    assert_eq!(world.refused(2, stranger), Refused::NothingAtStake(who(ALICE)));
    println!("{tries} pairs that are none burn {}", before.get() - world.ledger.supply().bonds.get());
    assert_eq!(world.ledger.supply().bonds, before);
}

/// Who was voted out would leave with its bond before its lies are found.
#[test]
fn a_bond_is_liable_until_it_is_free() {
    let mut world = World::with(5, rules());
    act(&mut world, vec![(5, unbonds(5, BOND))]);
    end_epoch(&mut world, &[1, 2, 3, 4], &[]);
    assert_eq!(world.ledger.committee().power(who(5)), None);
    let lie = evidence(&world.ledger, 5, EPOCH, 2);
    end_epoch(&mut world, &[1, 2, 3, 4], &[]);
    act(&mut world, vec![(ALICE, lie)]);
    let left = world.ledger.supply().unlocking;
    println!("an epoch after it has left, {left} of its bond are left");
    assert_eq!(left, Credits::ZERO);
    let told = world.ledger.election().candidates.into_iter().find(|told| told.account == who(5)).unwrap();
    assert_eq!(told.candidacy, Candidacy::Slashed);
}
