//! What the ledger tells people: why, and what became of their credits.

use crate::support::*;
use dpgn_market::{AwardEnd, Body, Bookkeeper, Cause, Fault, Ledger, NoPay, OpKind, Statement, Window};
use dpgn_protocol::{
    finding::Finding,
    ids::AccountId,
    ops::{Action, SignedOp},
    units::{Credits, Millis, Timestamp},
};

/// Blocks that were applied, to be applied again.
pub struct Tape {
    pub world: World,
    start: Ledger,
    blocks: Vec<(Timestamp, Vec<SignedOp>)>,
}

impl Tape {
    pub fn new() -> Self {
        let world = World::new();
        Self { start: world.ledger.clone(), world, blocks: Vec::new() }
    }

    pub fn block(&mut self, ms: u64, actions: Vec<(u8, Action)>) {
        let ops: Vec<_> = actions.into_iter().map(|(n, action)| self.world.op(n, action)).collect();
        self.world.block(ms, &ops);
        self.blocks.push((self.world.ledger.time(), ops));
    }

    /// The ledger before the first block.
    pub fn start(&self) -> &Ledger {
        &self.start
    }

    /// Applies the blocks again, while somebody looks on.
    pub fn replay(&self, mut apply: impl FnMut(&mut Ledger, Body<'_>)) -> Ledger {
        let mut ledger = self.start.clone();
        for (time, ops) in &self.blocks {
            let (parent, last_commit) = (below(&ledger), commit(&ledger));
            apply(&mut ledger, Body { parent, time: *time, proposer: who(1), last_commit, ops });
        }
        assert_eq!(ledger.root().unwrap(), self.world.ledger.root().unwrap());
        ledger
    }

    pub fn statement(&self, account: AccountId, lines_max: usize) -> Statement {
        let mut books = Bookkeeper::open(&self.start, account, lines_max);
        let ledger = self.replay(|ledger, body| drop(ledger.apply_booked(body, &mut books).unwrap()));
        books.close(&ledger)
    }
}

/// One proof is paid, the next award is slept through, and somebody sends money.
fn a_day() -> (Tape, [dpgn_protocol::ids::TaskId; 2]) {
    let mut tape = Tape::new();
    tape.block(100, vec![(REQUESTER, circuit(0))]);
    let now = tape.world.ledger.time();
    tape.block(100, vec![(ALICE, asks(ask(100_000, now)))]);
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let bid = tape.world.bid();
        tape.block(100, vec![(REQUESTER, bids(bid))]);
        let (alias, requester) = (tape.world.ledger.tasks_of(who(REQUESTER)).collect::<Vec<_>>(), who(REQUESTER));
        let newest = alias.iter().find(|(_, task)| !tasks.contains(task)).unwrap().1;
        assert_eq!(tape.world.ledger.task(newest).unwrap().task.requester, requester);
        tasks.push(newest);
        let starts = tape.world.starts(ALICE, newest);
        tape.block(100, vec![(ALICE, starts)]);
        if tasks.len() == 1 {
            let deliver = tape.world.deliver(newest);
            tape.block(100, vec![(ALICE, deliver)]);
            let judged = tape.world.judges(newest, &[(1, Finding::Valid)]);
            tape.block(100, judged);
        }
    }
    tape.block(100, vec![(BOB, Action::Transfer { to: who(REQUESTER), amount: Credits::new(5_000) })]);
    for _ in 0..10 {
        tape.block(1_000, Vec::new());
    }
    (tape, [tasks[0], tasks[1]])
}

pub fn told(statement: &Statement) -> Vec<(Cause, i64, i64)> {
    let net = |a: Credits, b: Credits| a.get() as i64 - b.get() as i64;
    let line = |l: &dpgn_market::StatementLine| (l.cause.clone(), net(l.came, l.went), net(l.locked, l.unlocked));
    statement.lines.iter().map(line).collect()
}

#[test]
fn a_statement_tells_both_sides_what_came_and_what_went() {
    let (tape, [paid, missed]) = a_day();
    let (fee, reserve) = (tape.world.fee_of(paid) as i64, tape.world.ledger.reserve(Credits::new(REWARD)).get() as i64);
    let end = AwardEnd::Missed(Window::Alive);
    let alice = tape.statement(who(ALICE), 100);
    println!("alice: {:#?}", told(&alice));
    let again = alice.lines[3].locked.get() as i64;
    assert_eq!(
        told(&alice),
        [
            (Cause::Fee { op: OpKind::Ask }, -100, 0),
            (Cause::Awarded, 0, 800_000),
            (Cause::Earned, 400_000, -800_000),
            (Cause::Awarded, 0, again),
            (Cause::AwardEnded { end }, -again, -again),
        ]
    );
    assert_eq!((alice.closing.free.get(), alice.closing.locked.get()), (tape.world.balance(ALICE), 0));
    let unpaid: Vec<_> = alice.unpaid.iter().map(|u| (u.task, u.why, u.slashed.get() as i64, u.paid.get())).collect();
    assert_eq!(unpaid, [(missed, NoPay::Ended(end), again, 0)]);
    let earned = alice.sums.iter().find(|sum| sum.cause == Cause::Earned).unwrap();
    assert_eq!((earned.count, earned.came.get()), (1, 400_000));

    let requester = tape.statement(who(REQUESTER), 100);
    let locked = REWARD as i64 + reserve;
    assert_eq!(
        told(&requester)[1..4],
        [(Cause::Opened, 0, locked), (Cause::Fee { op: OpKind::Bid }, -fee, 0), (Cause::Paid, -400_000, -locked),]
    );
    assert_eq!(told(&requester).last().unwrap(), &(Cause::Received, 5_000, 0));
    assert_eq!((requester.from.get(), requester.to), (1, tape.world.ledger.height()));
    assert_eq!(requester.closing.free.get(), tape.world.balance(REQUESTER));

    let short = tape.statement(who(REQUESTER), 2);
    assert_eq!((short.lines.len(), short.left_out), (2, requester.lines.len() as u64 - 2));
    assert_eq!((short.sums, short.closing), (requester.sums, requester.closing), "sums have what the lines leave out");
}

#[test]
fn a_task_that_fails_gives_its_requester_back_what_was_locked() {
    let mut tape = Tape::new();
    tape.block(100, vec![(REQUESTER, circuit(0))]);
    let mut bid = tape.world.bid();
    bid.deadline = tape.world.ledger.time().after(Millis::from_secs(3));
    tape.block(100, vec![(REQUESTER, bids(bid))]);
    (0..5).for_each(|_| tape.block(1_000, Vec::new()));
    let statement = tape.statement(who(REQUESTER), 100);
    let (cause, net, locked) = told(&statement).pop().unwrap();
    assert_eq!(
        (cause, net, locked),
        (
            Cause::Failed { fault: Fault::Network },
            0,
            -(REWARD as i64 + tape.world.ledger.reserve(Credits::new(REWARD)).get() as i64)
        )
    );
    assert_eq!(tape.statement(who(NEWCOMER), 100).lines, []);
}

/// A prover whose task was taken back found no word of it among its awards that were not paid.
#[test]
fn a_task_that_is_taken_back_is_told_to_its_prover() {
    let mut tape = Tape::new();
    tape.block(100, vec![(REQUESTER, circuit(0))]);
    let now = tape.world.ledger.time();
    tape.block(100, vec![(ALICE, asks(ask(100_000, now)))]);
    let bid = tape.world.bid();
    tape.block(100, vec![(REQUESTER, bids(bid))]);
    let (_, task) = tape.world.ledger.tasks_of(who(REQUESTER)).next().unwrap();
    let starts = tape.world.starts(ALICE, task);
    tape.block(100, vec![(ALICE, starts)]);
    tape.block(1_000, vec![(REQUESTER, Action::Cancel { task })]);
    let statement = tape.statement(who(ALICE), 100);
    let [unpaid] = &statement.unpaid[..] else { panic!("{:?}", statement.unpaid) };
    let earned = statement.sums.iter().find(|sum| sum.cause == Cause::Cancelled).unwrap().came;
    println!("taken back after a second of four: {} of 400,000 paid", unpaid.paid);
    assert_eq!((unpaid.task, unpaid.why, unpaid.slashed, unpaid.paid), (task, NoPay::Cancelled, Credits::ZERO, earned));
    assert!(earned > Credits::ZERO && statement.unpaid_left_out == 0);
}

#[test]
fn a_reputation_is_the_sum_of_the_terms_that_are_shown() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 150_000)]);
    world.make_names(&[ALICE]);
    let task = world.open_for(17, &[ALICE]);
    world.start(ALICE, task);
    world.wait(8);
    let told = world.ledger.explain_reputation(who(ALICE));
    let (r, ppm) = (told.reputation, |part: u64, whole: u64| part / whole);
    println!("{told:#?}");
    let points = [told.success, told.quality, told.time].map(|part| u64::from(part.points.get())).iter().sum::<u64>();
    assert!((points..=points + 2).contains(&u64::from(r.own.get())), "each part is rounded down: {points}");
    let (own, prior) = (u64::from(r.own.get()) * r.weight.get(), u64::from(r.prior.get()) * r.prior_weight.get());
    assert_eq!(u64::from(r.value.get()), ppm(own + prior, r.weight.get() + r.prior_weight.get()));
    let given: u64 = told.counterparties.iter().map(|c| c.good.get() + c.bad.get()).sum();
    assert_eq!((told.counterparties.len(), given), (6, r.weight.get()));
    assert!(told.has_a_name && told.is_known && told.last_outcome.is_some());
    // What an award takes of it is what the auction would lock.
    let collateral = 1_000_000 + (1_000_000 - u64::from(r.earned.get()));
    assert_eq!(told.collateral_per_credit.get(), collateral);

    let nobody = world.ledger.explain_reputation(who(NEWCOMER));
    assert_eq!((nobody.is_known, nobody.last_outcome, nobody.reputation.value), (false, None, r.prior));
    assert_eq!(nobody.collateral_per_credit.get(), 2_000_000);
}
