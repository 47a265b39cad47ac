//! What is told of sealed rounds: every movement under its own cause, and prices and scores that belong together.

use crate::{
    explain::{Tape, told},
    sealed::{DEPOSIT, opens, seals},
    support::*,
};
use dpgn_market::{
    AuctionScope, Auditor, AwardEnd, AwardTold, Body, Cause, Chronicler, NoPay, RoundPhase, StandsAt, Statement,
    TaskEvent, TaskExplained, Verdict,
};
use dpgn_protocol::{
    ids::TaskId,
    ops::{Action, DeclineReason, SealedRound},
    units::{Credits, Millis},
};

/// What the three provers seal in these stories.
const PRICES: [(u8, u64); 3] = [(ALICE, 300_000), (BOB, 400_000), (CAROL, 500_000)];

/// Three provers stand, and a bid asks for a sealed round.
fn begun() -> (Tape, TaskId) {
    let mut tape = Tape::new();
    tape.block(100, vec![(REQUESTER, circuit(0))]);
    let now = tape.world.ledger.time();
    tape.block(100, PRICES.map(|(n, _)| (n, asks(ask(100_000, now)))).into());
    tape.block(100, Vec::new());
    let mut bid = tape.world.bid();
    let phase = Millis::from_secs(5);
    bid.sealed = Some(SealedRound { seal: phase, open: phase, deposit: Credits::new(DEPOSIT) });
    tape.block(100, vec![(REQUESTER, bids(bid))]);
    let (_, task) = tape.world.ledger.tasks_of(who(REQUESTER)).next().unwrap();
    (tape, task)
}

/// All three have sealed, and prices are to be opened.
fn sealed() -> (Tape, TaskId) {
    let (mut tape, task) = begun();
    tape.block(100, PRICES.map(|(n, price)| (n, seals(n, task, price))).into());
    (0..8).for_each(|_| tape.block(1_000, Vec::new()));
    (tape, task)
}

/// All three have opened, and the best has the bid at the price of the second.
fn awarded() -> (Tape, TaskId) {
    let (mut tape, task) = sealed();
    tape.block(100, PRICES.map(|(n, price)| (n, opens(n, task, price))).into());
    assert_eq!(tape.world.prover_of(task), Some(who(ALICE)));
    (tape, task)
}

/// The movements of an account for its part in a round, without fees.
fn moved(tape: &Tape, n: u8) -> (Statement, Vec<(Cause, i64, i64)>) {
    let statement = tape.statement(who(n), 100);
    let account = tape.world.ledger.account(who(n)).unwrap();
    assert_eq!((statement.closing.free, statement.closing.locked), (account.balance, account.collateral));
    for of in statement.sums.iter().map(|sum| sum.cause.clone()) {
        let sum = statement.sums.iter().find(|sum| sum.cause == of).unwrap();
        let lines = || statement.lines.iter().filter(|line| line.cause == of);
        let (came, went): (u64, u64) = (lines().map(|l| l.came.get()).sum(), lines().map(|l| l.went.get()).sum());
        assert_eq!((sum.count, sum.came.get(), sum.went.get()), (lines().count() as u64, came, went), "{of:?}");
    }
    let lines = told(&statement).into_iter().filter(|(cause, ..)| !matches!(cause, Cause::Fee { .. })).collect();
    (statement, lines)
}

#[test]
fn what_a_winner_is_paid_for_a_task_taken_back_is_no_deposit() {
    let (mut tape, task) = awarded();
    let collateral = tape.world.ledger.task(task).unwrap().award.unwrap().award.collateral().get() as i64;
    tape.block(100, vec![(REQUESTER, Action::Cancel { task })]);
    let (statement, lines) = moved(&tape, ALICE);
    let deposit = DEPOSIT as i64;
    println!("{lines:?}");
    // Paid less asked, which it gains by the round (ADR 14).
    let [.., returned, cancelled] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(*returned, (Cause::DepositReturned, 0, -deposit));
    assert_eq!(*cancelled, (Cause::Cancelled, 400_000 - 300_000, -collateral));
    let [unpaid] = &statement.unpaid[..] else { panic!("{:?}", statement.unpaid) };
    assert_eq!((unpaid.why, unpaid.paid.get() as i64), (NoPay::Cancelled, cancelled.1));
    // The others have nothing but what they had sealed.
    let sealed = deposit + 2 * REWARD as i64;
    let of_bob = [(Cause::Sealed, 0, sealed), (Cause::DepositReturned, 0, -sealed)];
    assert_eq!(moved(&tape, BOB).1, of_bob);
}

#[test]
fn a_lost_deposit_is_told_beside_the_award_that_failed() {
    let (mut tape, task) = awarded();
    let deposit = DEPOSIT as i64;
    let declines = tape.world.declines(task, DeclineReason::Unable);
    tape.block(100, vec![(ALICE, declines)]);
    let (statement, lines) = moved(&tape, ALICE);
    println!("{lines:?}");
    let [unpaid] = &statement.unpaid[..] else { panic!("{:?}", statement.unpaid) };
    let end = AwardEnd::Declined(DeclineReason::Unable);
    let slashed = unpaid.slashed.get() as i64;
    let changes: Vec<_> = lines.iter().map(|(cause, net, _)| (cause.clone(), *net)).collect();
    assert_eq!(unpaid.why, NoPay::Ended(end));
    assert_eq!(
        changes[changes.len() - 2..],
        [(Cause::DepositLost, -deposit), (Cause::AwardEnded { end }, -slashed)],
        "what UNPAID says was burned is what the row of the award says"
    );
}

#[test]
fn every_deposit_that_was_lost_is_counted() {
    // One is lost by an award that failed, and one was never opened.
    let (mut tape, task) = sealed();
    tape.block(100, vec![(BOB, opens(BOB, task, 400_000)), (CAROL, opens(CAROL, task, 500_000))]);
    (0..8).for_each(|_| tape.block(1_000, Vec::new()));
    assert_eq!(tape.world.prover_of(task), Some(who(BOB)));
    let declines = tape.world.declines(task, DeclineReason::Unable);
    tape.block(100, vec![(BOB, declines)]);
    for n in [ALICE, BOB] {
        let (statement, lines) = moved(&tape, n);
        let lost = statement.sums.iter().find(|sum| sum.cause == Cause::DepositLost).unwrap();
        println!("{n}: {lines:?}");
        assert_eq!((lost.count, lost.went.get()), (1, DEPOSIT));
    }
}

/// The award as the history has it, and as the task has it now.
fn awards_told(tape: &Tape, task: TaskId) -> [AwardTold; 2] {
    let mut chronicler = Chronicler::begin(tape.start(), task, None);
    let ledger = tape.replay(|ledger, body| drop(ledger.apply_chronicled(body, &mut chronicler).unwrap()));
    let history = chronicler.end(&ledger);
    let award = history.lines.iter().find_map(|line| match &line.event {
        TaskEvent::Awarded { award, .. } => Some((**award).clone()),
        _ => None,
    });
    [award.unwrap(), ledger.explain_task(task, None, 0).unwrap().award.unwrap()]
}

#[test]
fn the_score_of_an_award_in_a_round_is_of_the_price_that_was_asked() {
    let (tape, task) = awarded();
    for told in awards_told(&tape, task) {
        let terms = told.terms.terms;
        println!(
            "asked {:?}, paid {}, score {} = {} + {}",
            told.asked, told.price, terms.score, told.terms.for_price, told.terms.for_reputation
        );
        assert_eq!((told.asked, told.price.get()), (Some(Credits::new(300_000)), 400_000));
        assert_eq!(terms.price.get(), 300_000);
        let sum = told.terms.for_price + told.terms.for_reputation;
        // Each part is rounded down.
        assert!((sum..=sum + 1).contains(&i64::from(terms.score.get())), "{} is not {sum}", terms.score);
        assert_eq!(told.runner_up.unwrap().terms.price.get(), 400_000);
    }
    // An award of a standing ask, after a round that found nobody, is paid as asked.
    let (mut tape, task) = begun();
    (0..8).for_each(|_| tape.block(1_000, Vec::new()));
    for told in awards_told(&tape, task) {
        assert_eq!((told.asked, told.price, told.terms.terms.price.get()), (None, told.terms.terms.price, 400_000));
    }
}

#[test]
fn a_task_in_a_round_is_told_with_its_phase_and_without_the_asks_that_stand() {
    let told =
        |tape: &Tape, task, n| -> TaskExplained { tape.world.ledger.explain_task(task, Some(who(n)), 10).unwrap() };
    let verdict = |tape: &Tape, task, n| told(tape, task, n).about.unwrap().verdict;
    let in_round = |has_sealed, opened: Option<u64>| Verdict::InRound { has_sealed, opened: opened.map(Credits::new) };
    let (mut tape, task) = begun();
    tape.block(100, vec![(ALICE, seals(ALICE, task, 300_000)), (BOB, seals(BOB, task, 400_000))]);
    let mut phases = Vec::new();
    let mut see = |tape: &Tape| {
        let told = told(tape, task, ALICE);
        let round = told.round.clone().unwrap();
        println!("{round:?}");
        assert_eq!((told.standing, told.answers, round.reserve.get()), (StandsAt::SealedRound, None, REWARD));
        assert!(round.closes.unwrap() > told.now);
        phases.push((round.phase, round.sealed, round.opened));
    };
    see(&tape);
    assert_eq!([ALICE, CAROL].map(|n| verdict(&tape, task, n)), [in_round(true, None), in_round(false, None)]);
    (0..8).for_each(|_| tape.block(1_000, Vec::new()));
    tape.block(100, vec![(ALICE, opens(ALICE, task, 300_000))]);
    see(&tape);
    assert_eq!(verdict(&tape, task, ALICE), in_round(true, Some(300_000)));
    assert_eq!(phases, [(RoundPhase::Sealing, 2, 0), (RoundPhase::Opening, 2, 1)]);
    tape.block(100, vec![(BOB, opens(BOB, task, 400_000))]);
    let held = told(&tape, task, BOB);
    let round = held.round.unwrap();
    assert_eq!(
        (round.phase, round.closes, round.opened, held.standing),
        (RoundPhase::Decided, None, 2, StandsAt::Start)
    );
    // A round that found nobody is none any more, and the standing asks have the task.
    let (mut tape, task) = begun();
    (0..8).for_each(|_| tape.block(1_000, Vec::new()));
    assert_eq!((told(&tape, task, BOB).round, tape.world.prover_of(task).is_some()), (None, true));
}

/// No ask is looked at for an award that a round has made: whoever replays the auction is told so.
#[test]
fn a_replayed_auction_says_which_awards_rounds_have_made() {
    let (tape, task) = sealed();
    let mut world = tape.world;
    let ops: Vec<_> = PRICES.map(|(n, price)| world.op(n, opens(n, task, price))).into();
    let (mut ledger, time) = (world.ledger.clone(), world.ledger.time().after(Millis::new(100)));
    let parent = below(&ledger);
    let scope = AuctionScope { task: Some(task), prover: None, asks_max: u64::MAX, skip: 0, most: u64::MAX };
    let mut auditor = Auditor::new(scope);
    let body = Body { parent, time, proposer: who(1), last_commit: commit(&ledger), ops: &ops };
    ledger.apply_audited(body, &mut auditor).unwrap();
    let found = auditor.found().unwrap();
    assert!(found.agrees && found.bids.is_empty());
    assert_eq!((found.made.len(), found.waiting, found.by_rounds), (1, 0, vec![task]));
}
