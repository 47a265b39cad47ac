//! Sealed rounds: prices are committed to, then opened, and the best ask is paid by the second.

use crate::support::*;
use dpgn_market::{
    Applied, AwardEnd, Body, Bookkeeper, Cause, Event, Ineligible, Phase, Refused, Round, RoundNews, Status,
};
use dpgn_protocol::{
    bounded::List,
    ids::TaskId,
    ops::{Action, Bid, DeclineReason, SealedRound},
    sealed::commitment,
    units::{Credits, Millis},
};

/// What a sealed ask risks in these stories: the least that a bid may ask for.
pub const DEPOSIT: u64 = REWARD / 2;
/// The time of either phase, in seconds.
const PHASE: u64 = 5;

pub fn sealed_bid(world: &mut World, change: impl FnOnce(&mut Bid)) -> TaskId {
    let mut bid = world.bid();
    let phase = Millis::from_secs(PHASE);
    bid.sealed = Some(SealedRound { seal: phase, open: phase, deposit: Credits::new(DEPOSIT) });
    change(&mut bid);
    world.open(bid)
}

fn salt(n: u8) -> [u8; 32] {
    [n; 32]
}

pub fn seals(n: u8, task: TaskId, price: u64) -> Action {
    Action::Seal { task, commitment: commitment(task, who(n), Credits::new(price), &salt(n)) }
}

pub fn opens(n: u8, task: TaskId, price: u64) -> Action {
    Action::Open { task, price: Credits::new(price), salt: salt(n) }
}

pub fn seal_all(world: &mut World, task: TaskId, prices: &[(u8, u64)]) -> Applied {
    world.say(prices.iter().map(|&(n, price)| (n, seals(n, task, price))).collect())
}

pub fn open_all(world: &mut World, task: TaskId, prices: &[(u8, u64)]) -> Applied {
    world.say(prices.iter().map(|&(n, price)| (n, opens(n, task, price))).collect())
}

pub fn round(world: &World, task: TaskId) -> &Round {
    world.ledger.task(task).unwrap().task.round.as_deref().unwrap()
}

/// Blocks until the phase of a round is another.
pub fn next_phase(world: &mut World, task: TaskId) -> Vec<Event> {
    let (phase, mut events) = (round(world, task).phase, Vec::new());
    while world.ledger.task(task).unwrap().task.round.as_deref().is_some_and(|round| round.phase == phase) {
        events.extend(world.wait(1));
    }
    events
}

/// A round in which these provers seal and these open.
pub fn held(world: &mut World, task: TaskId, sealed: &[(u8, u64)], opened: &[(u8, u64)]) {
    seal_all(world, task, sealed);
    next_phase(world, task);
    open_all(world, task, opened);
    if opened.len() < sealed.len() {
        next_phase(world, task);
    }
}

pub fn paid(world: &World, task: TaskId) -> u64 {
    world.ledger.task(task).unwrap().award.unwrap().award.price.get()
}

/// Alice, Bob and Carol stand, each for 400,000.
pub fn three() -> World {
    World::with_asks(&[(ALICE, 100_000), (BOB, 100_000), (CAROL, 100_000)])
}

#[test]
fn the_best_ask_is_paid_by_the_second() {
    let mut world = three();
    let before = [ALICE, BOB, CAROL].map(|n| world.wealth(n));
    let task = sealed_bid(&mut world, |_| ());
    assert!(world.next().events.is_empty(), "no auction looks at it");
    let prices = [(ALICE, 300_000), (BOB, 350_000), (CAROL, 500_000)];
    seal_all(&mut world, task, &prices);
    assert_eq!(world.wealth(ALICE), before[0] - 100, "what is locked is still its owner's");
    // The collateral of an award at the reserve, twice that for a newcomer, is locked beside the deposit.
    assert_eq!(world.ledger.account(who(ALICE)).unwrap().collateral.get(), DEPOSIT + 2 * REWARD);
    next_phase(&mut world, task);
    let applied = open_all(&mut world, task, &prices);
    let is_award = |event: &Event| matches!(event, Event::Awarded { price, .. } if price.get() == 350_000);
    assert!(applied.events.iter().any(is_award), "all are opened: nobody waits any longer");
    let award = world.ledger.task(task).unwrap().award.unwrap().award;
    assert_eq!((award.prover, award.runner_up.unwrap().prover), (who(ALICE), who(BOB)));
    world.prove(task, ALICE);
    let gains = [ALICE, BOB, CAROL].map(|n| world.wealth(n) as i64);
    println!("asked 300,000, 350,000, 500,000: gained {:?}", gains.map(|g| g - before[0] as i64));
    assert_eq!(gains, [before[0] as i64 + 350_000 - 100, before[1] as i64 - 100, before[2] as i64 - 100]);
    assert!(world.ledger.supply().is_conserved());
}

#[test]
fn a_name_is_paid_for_in_a_round_too() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 100_000)]);
    world.make_names(&[ALICE]);
    let reputations = [ALICE, BOB].map(|n| u64::from(world.reputation(n)));
    let task = sealed_bid(&mut world, |bid| bid.deadline = bid.deadline.before(Millis::from_secs(1)));
    let prices = [(ALICE, 420_000), (BOB, 400_000)];
    held(&mut world, task, &prices, &prices);
    assert_eq!(world.prover_of(task), Some(who(ALICE)), "its name outweighs its price");
    let premium = 300_000 * REWARD * (reputations[0] - reputations[1]) / 700_000 / 1_000_000;
    println!("reputations {reputations:?}: paid {}, a premium of {premium}", paid(&world, task));
    assert_eq!(paid(&world, task), 400_000 + premium);
}

#[test]
fn one_ask_alone_is_paid_the_reserve() {
    let mut world = three();
    let task = sealed_bid(&mut world, |_| ());
    held(&mut world, task, &[(ALICE, 300_000)], &[(ALICE, 300_000)]);
    assert_eq!((paid(&world, task), round(&world, task).reserve.get()), (REWARD, REWARD), "nothing was ever settled");
    world.prove(task, ALICE);
    // The going price is that now; a naive reward pays four times as much at most.
    let going = world
        .ledger
        .going_rate(dpgn_protocol::units::Level::new(1).unwrap(), world.ledger.task(task).unwrap().task.degree);
    let most = 4 * going.unwrap().price.get();
    let task = sealed_bid(&mut world, |bid| {
        bid.reward = Credits::new(50 * REWARD);
        bid.sealed.as_mut().unwrap().deposit = Credits::new(2 * REWARD);
    });
    held(&mut world, task, &[(ALICE, 300_000)], &[(ALICE, 300_000)]);
    println!("a reward of {} pays {}", 50 * REWARD, paid(&world, task));
    assert_eq!(paid(&world, task), most);
}

#[test]
fn without_an_opened_ask_the_bid_goes_to_those_that_stand() {
    for (sealed, lost) in [(&[][..], 0), (&[(BOB, 100_000)][..], DEPOSIT)] {
        let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 200_000)]);
        let before = world.wealth(BOB);
        let task = sealed_bid(&mut world, |_| ());
        seal_all(&mut world, task, sealed);
        let mut events = Vec::new();
        while world.prover_of(task).is_none() {
            events.extend(world.wait(1));
        }
        assert!(events.contains(&Event::Round { task, news: RoundNews::Over }));
        assert_eq!((world.prover_of(task), paid(&world, task)), (Some(who(ALICE)), 400_000), "as asked");
        assert_eq!(before - world.wealth(BOB), lost + 100 * sealed.len() as u64);
        world.prove(task, ALICE);
        assert_eq!(world.status(task), Status::Completed);
    }
}

#[test]
fn the_next_best_takes_over_at_its_own_second_score() {
    let mut world = three();
    let before = world.wealth(ALICE);
    let task = sealed_bid(&mut world, |_| ());
    let prices = [(ALICE, 300_000), (BOB, 350_000), (CAROL, 500_000)];
    held(&mut world, task, &prices, &prices);
    let applied = world.say(vec![(ALICE, world.declines(task, DeclineReason::Unable))]);
    let lost = RoundNews::Lost {
        prover: who(ALICE),
        payer: who(ALICE),
        deposit: Credits::new(DEPOSIT),
        guarantor: who(ALICE),
        collateral: Credits::ZERO,
    };
    assert!(applied.events.contains(&Event::Round { task, news: lost }));
    // A twentieth of the price, and the deposit, since an ask that was sealed binds; and the fee of its `Seal`.
    assert_eq!(before - world.wealth(ALICE), 350_000 / 20 + DEPOSIT + 100);
    assert_eq!((world.prover_of(task), paid(&world, task)), (Some(who(BOB)), 500_000));
    world.start(BOB, task);
    assert_eq!(world.ledger.account(who(CAROL)).unwrap().collateral, Credits::ZERO, "nobody else is bound any more");
    // Bob falls silent; Carol's ask is still good, and the only one left.
    while world.prover_of(task) == Some(who(BOB)) {
        world.wait(1);
    }
    assert_eq!((world.prover_of(task), paid(&world, task)), (Some(who(CAROL)), REWARD));
    world.prove(task, CAROL);
}

#[test]
fn what_comes_too_soon_too_late_or_wrong_does_no_harm() {
    let mut world = three();
    let task = sealed_bid(&mut world, |_| ());
    let usual = world.open_usual();
    let phase = |refused| match refused {
        Refused::Round { phase, what, .. } => (phase, what),
        other => panic!("{other}"),
    };
    assert_eq!(phase(world.refused(ALICE, seals(ALICE, usual, 1))), ("not held", "sealed ask"));
    seal_all(&mut world, task, &[(ALICE, 300_000), (BOB, 350_000)]);
    assert_eq!(phase(world.refused(ALICE, opens(ALICE, task, 300_000))), ("being sealed", "opening"));
    assert_eq!(world.refused(ALICE, seals(ALICE, task, 1)), Refused::SealKnown { task, account: who(ALICE) });
    let unfit = world.refused(24, seals(24, task, 1));
    assert!(matches!(unfit, Refused::Unfit { why: Ineligible::Level(_), .. }), "no ask stands behind it: {unfit}");
    next_phase(&mut world, task);
    assert_eq!(phase(world.refused(CAROL, seals(CAROL, task, 1))), ("being opened", "sealed ask"));
    let wrong = |account| Refused::WrongOpening { task, account };
    assert_eq!(world.refused(ALICE, opens(ALICE, task, 299_999)), wrong(who(ALICE)));
    assert_eq!(world.refused(CAROL, opens(CAROL, task, 300_000)), wrong(who(CAROL)));
    // A wrong opening costs the fee of any op that is refused, and no deposit.
    let before = world.wealth(ALICE);
    let op = world.op(ALICE, opens(ALICE, task, 1));
    world.block(100, &[op]);
    assert_eq!(before - world.wealth(ALICE), 100);
    open_all(&mut world, task, &[(ALICE, 300_000)]);
    assert_eq!(world.wealth(ALICE), before - 100, "to open is free of charge");
    assert_eq!(world.refused(ALICE, opens(ALICE, task, 300_000)), wrong(who(ALICE)), "once");
    next_phase(&mut world, task);
    assert_eq!(phase(world.refused(BOB, opens(BOB, task, 350_000))), ("decided", "opening"), "too late");
}

#[test]
fn a_round_that_makes_no_sense_is_refused() {
    let mut world = three();
    let mut refused = |change: &dyn Fn(&mut SealedRound)| {
        let mut bid = world.bid();
        let phase = Millis::from_secs(PHASE);
        let mut round = SealedRound { seal: phase, open: phase, deposit: Credits::new(DEPOSIT) };
        change(&mut round);
        bid.sealed = Some(round);
        match world.refused(REQUESTER, bids(bid)) {
            Refused::OutOfRange { what, min, max, .. } => (what, min, max),
            other => panic!("{other}"),
        }
    };
    let sealing = refused(&|round| round.seal = Millis::new(3_999));
    assert_eq!((sealing.0, sealing.1), ("the time for sealing", 4_000));
    let opening = refused(&|round| round.open = Millis::from_secs(600));
    assert_eq!((opening.0, opening.1), ("the time for opening", 4_000));
    let deposit = ("the deposit of a sealed ask", DEPOSIT, REWARD);
    assert_eq!(refused(&|round| round.deposit = Credits::new(DEPOSIT - 1)), deposit);
    assert_eq!(refused(&|round| round.deposit = Credits::new(REWARD + 1)), deposit);
}

#[test]
fn a_full_round_keeps_the_better_names() {
    let asks_of: Vec<_> = (ALICE..=ALICE + 16).map(|n| (n, 100_000)).collect();
    let mut world = World::with_asks(&asks_of);
    world.make_names(&[ALICE]);
    world.ask_all(&asks_of);
    let task = sealed_bid(&mut world, |_| ());
    let sybils: Vec<_> = (BOB..=ALICE + 16).map(|n| (n, 900_000)).collect();
    seal_all(&mut world, task, &sybils[..16]);
    assert_eq!(round(&world, task).asks.len(), 16);
    assert!(matches!(world.refused(17, seals(17, task, 1)), Refused::Unfit { .. }));
    // An ask by a newcomer: it has no better name than those that are there.
    world.ask_all(&[(17, 100_000)]);
    assert!(matches!(world.refused(17, seals(17, task, 1)), Refused::Full { max: 16, .. }));
    let applied = seal_all(&mut world, task, &[(ALICE, 300_000)]);
    let last = ALICE + 16;
    let returned = applied.events.iter().find_map(|event| match event {
        Event::Round { news: RoundNews::Returned { prover, .. }, .. } => Some(*prover),
        _ => None,
    });
    assert!(returned.is_some() && round(&world, task).asks.len() == 16, "{last}");
    next_phase(&mut world, task);
    open_all(&mut world, task, &[(ALICE, 300_000)]);
    next_phase(&mut world, task);
    assert_eq!(world.prover_of(task), Some(who(ALICE)));
}

#[test]
fn a_round_has_its_own_time_in_the_schedule() {
    let mut world = three();
    let task = sealed_bid(&mut world, |_| ());
    let Phase::Sealing(_) = round(&world, task).phase else { panic!("it begins with its bid") };
    // Idle blocks come while it runs, so that its time counts.
    let due = world.ledger.next_deadline().unwrap();
    assert!(due <= world.ledger.time().after(Millis::from_secs(2)), "{due}");
    seal_all(&mut world, task, &[(ALICE, 300_000)]);
    // The network stands still for a minute: the phase is not over.
    world.block(60_000, &[]);
    assert!(matches!(round(&world, task).phase, Phase::Sealing(_)));
    next_phase(&mut world, task);
    world.block(60_000, &[]);
    open_all(&mut world, task, &[(ALICE, 300_000)]);
    assert_eq!(world.prover_of(task), Some(who(ALICE)));
}

#[test]
fn a_statement_tells_what_became_of_a_deposit() {
    let mut world = three();
    let (start, mut blocks) = (world.ledger.clone(), Vec::new());
    let mut block = |world: &mut World, ms: u64, actions: Vec<(u8, Action)>| {
        let ops: Vec<_> = actions.into_iter().map(|(n, action)| world.op(n, action)).collect();
        world.block(ms, &ops);
        blocks.push((world.ledger.time(), ops));
    };
    let mut bid = world.bid();
    let phase = Millis::from_secs(PHASE);
    bid.sealed = Some(SealedRound { seal: phase, open: phase, deposit: Credits::new(DEPOSIT) });
    block(&mut world, 100, vec![(REQUESTER, bids(bid))]);
    let task = world.ledger.tasks_of(who(REQUESTER)).next().unwrap().1;
    block(
        &mut world,
        100,
        [(ALICE, 300_000), (BOB, 350_000), (CAROL, 400_000)].map(|(n, price)| (n, seals(n, task, price))).to_vec(),
    );
    (0..8).for_each(|_| block(&mut world, 1_000, Vec::new()));
    block(&mut world, 100, vec![(ALICE, opens(ALICE, task, 300_000)), (CAROL, opens(CAROL, task, 400_000))]);
    (0..8).for_each(|_| block(&mut world, 1_000, Vec::new()));
    let starts = world.starts(ALICE, task);
    block(&mut world, 100, vec![(ALICE, starts)]);
    let causes = |n: u8| {
        let (mut ledger, mut books) = (start.clone(), Bookkeeper::open(&start, who(n), 100));
        for (time, ops) in &blocks {
            let (parent, last_commit) = (below(&ledger), commit(&ledger));
            let body = Body { parent, time: *time, proposer: who(1), last_commit, ops };
            ledger.apply_booked(body, &mut books).unwrap();
        }
        let statement = books.close(&ledger);
        assert_eq!(statement.closing.locked, ledger.account(who(n)).unwrap().collateral);
        let lines = statement.lines.into_iter().filter(|line| !matches!(line.cause, Cause::Fee { .. }));
        lines.map(|line| (line.cause, line.went.get())).collect::<Vec<_>>()
    };
    assert_eq!(causes(ALICE), [(Cause::Sealed, 0), (Cause::Awarded, 0)], "it is bound until it is paid");
    assert_eq!(causes(CAROL), [(Cause::Sealed, 0), (Cause::DepositReturned, 0)]);
    assert_eq!(causes(BOB), [(Cause::Sealed, 0), (Cause::DepositLost, DEPOSIT)]);
}

#[test]
fn a_task_that_ends_gives_all_deposits_back() {
    let mut world = three();
    let before = world.wealth(ALICE);
    let task = sealed_bid(&mut world, |bid| bid.allow = List::new(vec![who(ALICE), who(BOB)]).unwrap());
    assert!(matches!(world.refused(CAROL, seals(CAROL, task, 1)), Refused::Unfit { why: Ineligible::Excluded, .. }));
    seal_all(&mut world, task, &[(ALICE, 1), (BOB, 2)]);
    world.say(vec![(REQUESTER, Action::Cancel { task })]);
    assert_eq!((world.wealth(ALICE), world.balance(ALICE)), (before - 100, before - 100));
    assert_eq!(ended(&world.wait(20)), [] as [(_, AwardEnd, u64); 0]);
    assert!(world.ledger.task(task).unwrap().task.round.is_none(), "an ended task is a digest");
}
