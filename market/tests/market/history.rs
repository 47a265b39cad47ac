//! What blocks have decided about a task, told after it is over and whatever asks stand by then.

use crate::{explain::Tape, support::*};
use dpgn_market::{AwardEnd, Chronicler, Fault, Ineligible, TaskEvent, TaskHistory, Verdict, Window};
use dpgn_protocol::{finding::Finding, ids::TaskId, units::Credits};

/// Alice has the task and is silent, Bob proves it; then Alice asks for next to nothing, and Carol for less.
fn told_afterwards() -> (Tape, TaskId) {
    let mut tape = Tape::new();
    tape.block(100, vec![(REQUESTER, circuit(0))]);
    let now = tape.world.ledger.time();
    let all = [(ALICE, 100_000), (BOB, 150_000), (CAROL, 400_000)];
    tape.block(100, all.map(|(n, price)| (n, asks(ask(price, now)))).into());
    tape.block(100, Vec::new());
    let bid = tape.world.bid();
    tape.block(100, vec![(REQUESTER, bids(bid))]);
    let (_, task) = tape.world.ledger.tasks_of(who(REQUESTER)).next().unwrap();
    let starts = tape.world.starts(ALICE, task);
    tape.block(100, vec![(ALICE, starts)]);
    while tape.world.prover_of(task) != Some(who(BOB)) {
        tape.block(1_000, Vec::new());
    }
    let starts = tape.world.starts(BOB, task);
    tape.block(100, vec![(BOB, starts)]);
    let delivers = tape.world.deliver(task);
    tape.block(100, vec![(BOB, delivers)]);
    let judged = tape.world.judges(task, &[(1, Finding::Valid)]);
    tape.block(100, judged);
    let now = tape.world.ledger.time();
    tape.block(100, [(ALICE, 1), (CAROL, 0)].map(|(n, price)| (n, asks(ask(price, now)))).into());
    (tape, task)
}

fn history(tape: &Tape, task: TaskId, about: u8) -> TaskHistory {
    let mut chronicler = Chronicler::begin(tape.start(), task, Some(who(about)));
    let ledger = tape.replay(|ledger, body| drop(ledger.apply_chronicled(body, &mut chronicler).unwrap()));
    chronicler.end(&ledger)
}

/// The verdict of each award on the prover that was asked about.
fn verdicts(history: &TaskHistory) -> Vec<Verdict> {
    let about = |event: &TaskEvent| {
        if let TaskEvent::Awarded { about, .. } = event { Some(*about.clone().unwrap()) } else { None }
    };
    history.lines.iter().filter_map(|line| about(&line.event)).collect()
}

#[test]
fn a_history_is_what_blocks_have_decided_and_not_what_asks_say_today() {
    let (tape, task) = told_afterwards();
    let told = history(&tape, task, CAROL);
    let end = AwardEnd::Missed(Window::Alive);
    for line in &told.lines {
        println!("{}: {:?}", line.height, line.event);
    }
    let [opened, first, started, ended, reopened, second, again, delivered, paid] = &told.lines[..] else {
        panic!("{} lines", told.lines.len())
    };
    assert!(matches!(opened.event, TaskEvent::Opened { reward } if reward.get() == REWARD));
    let (TaskEvent::Awarded { award: alice, .. }, TaskEvent::Awarded { award: bob, .. }) =
        (&first.event, &second.event)
    else {
        panic!("two awards")
    };
    assert_eq!((alice.prover, alice.number, bob.prover, bob.number), (who(ALICE), 1, who(BOB), 2));
    assert_eq!((first.height, first.time), (opened.height, alice.at), "in the block of the bid");
    assert!(matches!(started.event, TaskEvent::Started { prover } if prover == who(ALICE)));
    assert!(matches!(&ended.event, TaskEvent::AwardEnded { end: told, .. } if *told == end));
    assert_eq!((&reopened.event, second.height), (&TaskEvent::Reopened, ended.height));
    assert!(matches!(again.event, TaskEvent::Started { prover } if prover == who(BOB)));
    assert!(matches!(delivered.event, TaskEvent::Delivered { .. }));
    let TaskEvent::Paid { settlement } = &paid.event else { panic!("it was paid") };
    assert_eq!((settlement.prover, settlement.price), (who(BOB), Credits::new(600_000)));

    // Carol asked for more than is paid, whatever she asks for now.
    for verdict in verdicts(&told) {
        let Verdict::Refused { answer } = verdict else { panic!("{verdict:?}") };
        assert!(matches!(answer.refused, Some(Ineligible::Price { .. })));
    }
    assert_eq!(verdicts(&history(&tape, task, ALICE)), [Verdict::Has, Verdict::Had { end }]);
    let of_bob = verdicts(&history(&tape, task, BOB));
    let Verdict::Outscored { own, by } = &of_bob[0] else { panic!("{of_bob:?}") };
    assert_eq!((own.terms.price.get(), by.terms.prover, &of_bob[1]), (600_000, who(ALICE), &Verdict::Has));
    assert_eq!(verdicts(&history(&tape, task, NEWCOMER)), [Verdict::NoAsk, Verdict::NoAsk]);
}

#[test]
fn a_history_says_whose_fault_it_is() {
    let mut tape = Tape::new();
    tape.block(100, vec![(REQUESTER, circuit(0))]);
    let bid = tape.world.bid();
    tape.block(100, vec![(REQUESTER, bids(bid))]);
    let (_, task) = tape.world.ledger.tasks_of(who(REQUESTER)).next().unwrap();
    while tape.world.ledger.task(task).unwrap().task.closed.is_none() {
        tape.block(60_000, Vec::new());
    }
    let told = history(&tape, task, ALICE);
    let last = &told.lines.last().unwrap().event;
    println!("{} lines over {} blocks: {last:?}", told.lines.len(), told.to.get());
    assert_eq!(*last, TaskEvent::Failed { fault: Fault::Network, refund: Credits::new(REWARD) });
    assert_eq!((told.from.get(), told.to), (1, tape.world.ledger.height()));
}
