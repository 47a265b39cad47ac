//! Elections told as stories: who bonds and renews takes a seat, who leaves gets everything back, and who looks on is told why.

use crate::support::*;
use dpgn_market::{Applied, BlockError, Body, Bookkeeper, Candidacy, Cause, Event, Ledger, Refused, StakeNews};
use dpgn_protocol::{
    block::Vote,
    bounded::Text,
    commit::Commit,
    committee::{Committee, Member},
    council::{Prevote, Proposal, WordKind},
    genesis::{Genesis, Params},
    ids::{AccountId, BlockHash},
    ops::{Action, SignedOp},
    outcome::Outcome,
    sign::Unverified,
    state_tree::Shown,
    units::{Credits, Height, Millis, Power, Timestamp},
};

/// The blocks of an epoch here: three commits of each of four members, and one more.
pub const EPOCH: u64 = 13;
/// A bond that is large enough.
pub const BOND: u64 = 10_000_000;

/// Rules by which an epoch is short, and stake free after two of them and a minute.
pub fn rules() -> Params {
    Params {
        epoch_blocks: EPOCH,
        member_bond: Credits::new(BOND),
        unlock_epochs: 2,
        unlock_time: Millis::from_secs(60),
        ..Params::default()
    }
}

pub fn bonds(amount: u64) -> Action {
    Action::Bond { amount: Credits::new(amount) }
}

pub fn votes(candidate: u8, amount: u64) -> Action {
    Action::Vote { candidate: who(candidate), amount: Credits::new(amount) }
}

pub fn unbonds(candidate: u8, amount: u64) -> Action {
    Action::Unbond { candidate: who(candidate), amount: Credits::new(amount) }
}

/// The next block, with the votes of all deciders but some in its commit.
pub fn block_without(world: &mut World, ms: u64, ops: &[SignedOp], silent: &[u8]) -> Applied {
    let (ledger, parent) = (&world.ledger, below(&world.ledger));
    let all = ledger.deciders().members().iter().map(|member| member.account);
    let voters = all.filter(|account| !silent.iter().any(|n| who(*n) == *account));
    let commit = Commit::assumed(ledger.height(), parent, ledger.deciders(), voters);
    let last_commit = Some(&commit).filter(|_| ledger.height() > Height::new(0));
    let awake =
        ledger.committee().members().iter().map(|m| m.account).filter(|a| !silent.iter().any(|n| who(*n) == *a));
    let awake: Vec<AccountId> = awake.collect();
    let proposer = awake[ledger.height().get() as usize % awake.len()];
    let time = ledger.time().after(Millis::new(ms));
    world.ledger.apply(Body { parent, time, proposer, last_commit, ops }).unwrap()
}

/// Runs to the end of the epoch, while these stand for election again and those are silent.
pub fn end_epoch(world: &mut World, standing: &[u8], silent: &[u8]) -> Vec<Event> {
    let ops: Vec<_> = standing.iter().map(|&n| world.op(n, Action::Candidate)).collect();
    let applied = block_without(world, 1_000, &ops, silent);
    for (n, outcome) in standing.iter().zip(&applied.outcomes) {
        let stands = world.ledger.election().candidates.into_iter().find(|told| told.account == who(*n)).unwrap();
        assert!(*outcome == Outcome::Applied || stands.candidacy == Candidacy::Eligible, "{n}: {outcome:?}");
    }
    let mut events = applied.events;
    while !world.ledger.height().get().is_multiple_of(EPOCH) {
        events.extend(block_without(world, 1_000, &[], silent).events);
    }
    assert!(world.ledger.is_consistent() && world.ledger.supply().is_conserved());
    events
}

/// One block with these actions; each must be applied. It is made by the committee, whoever that is.
pub fn act(world: &mut World, actions: Vec<(u8, Action)>) -> Applied {
    let ops: Vec<_> = actions.into_iter().map(|(n, action)| world.op(n, action)).collect();
    let applied = block_without(world, 100, &ops, &[]);
    assert!(applied.outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{:?}", applied.outcomes);
    applied
}

/// The share of the power that these have, in thousandths.
pub fn share(ledger: &Ledger, names: &[u8]) -> u64 {
    let committee = ledger.committee();
    committee.sum(names.iter().map(|n| who(*n))) * 1_000 / committee.total()
}

/// Two words of somebody at one height that contradict each other, of a kind that a number chooses.
pub fn evidence(ledger: &Ledger, by: u8, height: u64, which: u8) -> Action {
    let (height, round) = (Height::new(height), 0);
    let word = |n: u8| -> Unverified {
        let (hash, network, keys) = (BlockHash::from_bytes([n; 32]), ledger.network(), key(by));
        match which {
            0 => keys.sign(network, Prevote { height, round, block: Some(hash) }).unwrap().into_raw(),
            1 => keys.sign(network, Proposal { height, round, pol_round: None, block: hash }).unwrap().into_raw(),
            _ => keys.sign(network, Vote { height, round, block: (n > 0).then_some(hash) }).unwrap().into_raw(),
        }
    };
    let kind = [WordKind::Prevote, WordKind::Proposal].get(usize::from(which)).copied().unwrap_or(WordKind::Precommit);
    Action::Evidence { kind, first: word(0), second: word(1) }
}

#[test]
fn who_bonds_and_stands_takes_a_seat_and_who_leaves_gets_all_back() {
    let mut world = World::with(4, rules());
    act(&mut world, vec![(ALICE, bonds(BOND)), (BOB, votes(ALICE, BOND))]);
    let told = world.ledger.election();
    let alice = &told.candidates[0];
    assert_eq!((alice.account, alice.counted.get(), alice.candidacy), (who(ALICE), 2 * BOND, Candidacy::Eligible));
    assert_eq!((told.eligible, told.incumbents_stay, told.border), (1, true, Height::new(EPOCH)));
    let events = end_epoch(&mut world, &[1, 2, 3, 4], &[]);
    assert!(events.contains(&Event::Stake(StakeNews::Elected { members: 5, absent: 0 })));
    assert_eq!(share(&world.ledger, &[ALICE]), 333, "two of six");
    assert_eq!(world.ledger.election().halts, [], "not more than a third");
    let (root, key) = (world.ledger.root().unwrap(), *who(ALICE).as_bytes());
    let shown = world.ledger.prove_candidate(who(ALICE)).unwrap().shows(root, &key);
    assert!(matches!(shown, Some(Shown::Value(_))), "{shown:?}");
    assert_ne!(
        world.ledger.committee().hash(),
        world.ledger.deciders().hash(),
        "the next block has a commit of the last committee"
    );

    act(&mut world, vec![(ALICE, unbonds(ALICE, BOND)), (BOB, unbonds(ALICE, BOND))]);
    assert_eq!(world.balance(ALICE), RICHES - BOND - 200, "not free yet");
    end_epoch(&mut world, &[1, 2, 3, 4], &[]);
    assert_eq!(share(&world.ledger, &[ALICE]), 0);
    for _ in 0..4 {
        end_epoch(&mut world, &[1, 2, 3, 4], &[]);
        block_without(&mut world, 60_000, &[], &[]);
    }
    end_epoch(&mut world, &[1, 2, 3, 4], &[]);
    let supply = world.ledger.supply();
    assert_eq!([supply.stakes, supply.unlocking], [Credits::ZERO; 2]);
    assert_eq!(world.balance(BOB), RICHES - 200, "all but two fees");
    assert_eq!(world.balance(ALICE), RICHES - 200 + 33, "and a third of half the fee of an op, as a member");
}

#[test]
fn a_lone_member_stays_as_it_is() {
    let mut world = World::new();
    let committee = world.ledger.committee().clone();
    act(&mut world, vec![(ALICE, bonds(BOND)), (BOB, bonds(BOND)), (CAROL, bonds(BOND))]);
    for _ in 0..3_000 {
        world.block(100, &[]);
    }
    assert_eq!(world.ledger.committee(), &committee, "three candidates are fewer than four");
    assert!(world.ledger.election().incumbents_stay);
    assert_eq!(world.ledger.election().rules, [who(COORDINATOR)]);
}

#[test]
fn every_word_of_an_election_has_its_rule() {
    let mut world = World::with(4, rules());
    let small = Refused::OutOfRange { what: "the bond", got: BOND - 1, min: BOND, max: u64::MAX };
    assert_eq!(world.refused(ALICE, bonds(BOND - 1)), small);
    let none = |n| Refused::NotACandidate { account: who(n), bond: Credits::ZERO, min: Credits::new(BOND) };
    assert_eq!(world.refused(ALICE, Action::Candidate), none(ALICE));
    assert_eq!(world.refused(ALICE, votes(BOB, 5_000_000)), none(BOB));
    assert_eq!(world.refused(1, votes(1, 5_000_000)), Refused::ToOneself);
    assert!(matches!(world.refused(ALICE, bonds(RICHES)), Refused::InsufficientFunds { .. }));
    act(&mut world, vec![(ALICE, bonds(BOND + 5)), (BOB, votes(ALICE, 5_000_000))]);
    let epoch = world.ledger.epoch();
    assert_eq!(world.refused(ALICE, Action::Candidate), Refused::StandsAlready { account: who(ALICE), epoch });
    let rest = |n, candidate, amount| world_refused(&world, n, unbonds(candidate, amount));
    assert!(matches!(rest(ALICE, ALICE, 6), Refused::OutOfRange { what: "the bond that is left", got: 9_999_999, .. }));
    assert!(matches!(rest(BOB, ALICE, 4_500_000), Refused::OutOfRange { got: 500_000, .. }));
    assert!(matches!(rest(BOB, ALICE, 5_000_001), Refused::NotLocked { .. }));
    assert!(matches!(rest(BOB, ALICE, 0), Refused::OutOfRange { .. }));
    assert!(matches!(rest(CAROL, CAROL, 1), Refused::NotLocked { .. }));
}

fn world_refused(world: &World, n: u8, action: Action) -> Refused {
    let op = world.op_with(n, world.ledger.free_nonces(who(n))[0], action);
    world.ledger.check(&op, world.ledger.time().after(Millis::new(1))).unwrap_err()
}

#[test]
fn a_block_has_the_commit_of_the_one_below() {
    let mut world = World::with(4, rules());
    act(&mut world, vec![(ALICE, bonds(BOND))]);
    let attempt = |world: &World, commit: Option<&Commit>| {
        let (parent, time) = (below(&world.ledger), world.ledger.time().after(Millis::new(100)));
        let proposer = world.ledger.committee().members()[0].account;
        world.ledger.clone().apply(Body { parent, time, proposer, last_commit: commit, ops: &[] }).map(|_| ())
    };
    let height = world.ledger.height();
    assert_eq!(attempt(&world, None), Err(BlockError::Commit { height: height.next(), has_one: false }));
    let other = Commit::assumed(height, BlockHash::from_bytes([9; 32]), world.ledger.deciders(), []);
    assert!(matches!(attempt(&world, Some(&other)), Err(BlockError::OtherCommit { .. })));
    let early = Commit::assumed(Height::new(0), below(&world.ledger), world.ledger.deciders(), []);
    assert!(matches!(attempt(&world, Some(&early)), Err(BlockError::OtherCommit { .. })));
    end_epoch(&mut world, &[1, 2, 3, 4], &[]);
    let next = Commit::assumed(world.ledger.height(), below(&world.ledger), world.ledger.committee(), []);
    assert!(matches!(attempt(&world, Some(&next)), Err(BlockError::OtherDeciders { .. })), "those of the epoch before");
    assert_eq!(attempt(&world, commit(&world.ledger)), Ok(()));
    let fresh = World::with(4, rules());
    let first = Commit::assumed(Height::new(0), below(&fresh.ledger), fresh.ledger.deciders(), []);
    assert_eq!(attempt(&fresh, Some(&first)), Err(BlockError::Commit { height: Height::new(1), has_one: true }));
}

#[test]
fn a_statement_says_what_bonds_and_stakes_did() {
    let mut world = World::with(4, rules());
    let start = world.ledger.clone();
    let mut blocks = vec![vec![(ALICE, bonds(3 * BOND)), (BOB, votes(ALICE, BOND))]];
    blocks.push(vec![(ALICE, unbonds(ALICE, BOND)), (BOB, unbonds(ALICE, BOND))]);
    blocks.push(vec![(CAROL, evidence(&start, ALICE, 1, 2))]);
    let blocks: Vec<Vec<SignedOp>> =
        blocks.into_iter().map(|b| b.into_iter().map(|(n, action)| world.op(n, action)).collect()).collect();
    let told = |n: u8| {
        let (mut ledger, mut books) = (start.clone(), Bookkeeper::open(&start, who(n), 100));
        for block in 0..4 * EPOCH {
            let ops = blocks.get(block as usize).map_or(&[][..], Vec::as_slice);
            let (parent, last_commit, time) =
                (below(&ledger), commit(&ledger), ledger.time().after(Millis::from_secs(5)));
            let body = Body { parent, time, proposer: in_turn(&ledger), last_commit, ops };
            ledger.apply_booked(body, &mut books).unwrap();
        }
        let statement = books.close(&ledger);
        let lines = statement.lines.into_iter().filter(|line| !matches!(line.cause, Cause::Fee { .. }));
        let told: Vec<_> =
            lines.map(|line| (line.cause, line.went.get(), line.locked.get(), line.unlocked.get())).collect();
        (told, statement.closing.locked.get())
    };
    let (bond, burned) = ((Cause::Bonded, 0, 3 * BOND, 0), (Cause::Slashed, 3 * BOND, 0, 3 * BOND));
    assert_eq!(told(ALICE), (vec![bond, burned], 0));
    assert_eq!(told(BOB), (vec![(Cause::Voted, 0, BOND, 0), (Cause::Unlocked, 0, 0, BOND)], 0));
}

#[test]
fn a_genesis_without_a_sensible_election_makes_no_network() {
    let genesis = |powers: &[u64], params: Params| {
        let member = |(n, power): (u8, &u64)| Member { account: who(n), power: Power::new(*power) };
        let mut members: Vec<_> = (1..).zip(powers).map(member).collect();
        members.sort_by_key(|member| member.account);
        Ledger::new(&Genesis {
            name: Text::new("test").unwrap(),
            time: Timestamp::new(START),
            committee: Committee::new(members).unwrap(),
            accounts: Default::default(),
            params,
        })
    };
    for params in [
        Params { seats: 65, candidates_max: 65, ..rules() },
        Params { committee_min: 23, ..rules() },
        Params { committee_min: 0, ..rules() },
        Params { bond_factor: 0, ..rules() },
        Params { bond_min: Credits::ZERO, ..rules() },
        Params { unlock_epochs: 0, ..rules() },
        Params { candidates_max: 21, ..rules() },
        Params { member_bond: Credits::new(u64::MAX), ..rules() },
    ] {
        println!("{}", genesis(&[1], params).unwrap_err());
    }
    let ledger = genesis(&[4, 1, 2], rules()).unwrap();
    let bonds =
        [1, 2, 3].map(|n| ledger.election().candidates.iter().find(|told| told.account == who(n)).unwrap().bond.get());
    assert_eq!(bonds, [BOND, BOND / 4, BOND / 2], "by power");
    assert_eq!(ledger.supply().minted, ledger.supply().bonds);
}
