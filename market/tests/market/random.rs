//! Anything anybody may say, in any order: credits are conserved, a refusal changes nothing, a proposal is
//! what is applied, and a replay gives the same state.
//!
//! `DPGN_CASES=1000` tries more; a failure prints its seed.

use crate::{
    challenges::listed,
    election::evidence,
    sealed::{opens, seals},
    support::*,
};
use dpgn_market::{AccountView, Body, Bookkeeper, Cause, Ledger, Phase, Stage, Task};
use dpgn_protocol::{
    award::AwardId,
    bounded::List,
    finding::Finding,
    genesis::Params,
    ids::{AccountId, TaskId},
    ops::{Action, Bid, DeclineReason, Raise, SealedRound, SignedOp},
    outcome::Outcome,
    payout::PayeeAddress,
    units::{Credits, Millis, Ppm, Priority, Timestamp},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What somebody says, by numbers that mean something once the ledger is at hand.
#[derive(Clone, Debug)]
pub struct Saying {
    pub who: u8,
    pub what: u8,
    pub which: usize,
    pub amount: u64,
    /// Say it wrong: as somebody else, or of something else.
    pub astray: bool,
}

fn sayings() -> impl Strategy<Value = Vec<Vec<Saying>>> {
    let saying = (1u8..32, 0u8..23, any::<usize>(), 0u64..3_000_000, prop::bool::weighted(0.15))
        .prop_map(|(who, what, which, amount, astray)| Saying { who, what, which, amount, astray });
    prop::collection::vec(prop::collection::vec(saying, 0..8), 10..60)
}

pub fn small() -> Params {
    Params {
        epoch_blocks: 7,
        keep_epochs: 1,
        account_tasks_max: 5,
        tasks_max: 20,
        asks_max: 6,
        unlock_epochs: 1,
        unlock_time: Millis::from_secs(30),
        committee_min: 3,
        seats: 6,
        candidates_max: 6,
        stakers_max: 3,
        challenge_share: Ppm::new(500_000),
        challenge_circuits: List::new(vec![listed(0), listed(1)]).unwrap(),
        ..Params::default()
    }
}

/// A task to speak of, and whoever would be right to.
fn task(ledger: &Ledger, which: usize, wanted: fn(&Stage) -> bool) -> Option<(TaskId, AccountId)> {
    let fitting: Vec<_> = ledger.tasks().filter(|(_, t)| wanted(&t.stage)).collect();
    let (id, task) = *fitting.get(which.checked_rem(fitting.len())?)?;
    Some((id, task.stage.award().map_or(task.requester, |a| a.prover)))
}

/// A task that takes a late proof, and of whom.
fn slow(ledger: &Ledger, which: usize) -> Option<(TaskId, AccountId)> {
    let provers = |task: &Task| task.attempts.iter().map(|attempt| attempt.award.prover).collect::<Vec<_>>();
    let takes = |task: &Task, by: &AccountId| task.late_award(*by, ledger.time()).is_some();
    let of = |(id, task)| provers(task).into_iter().filter(move |by| takes(task, by)).map(move |by| (id, by));
    let fitting: Vec<_> = ledger.tasks().flat_map(of).collect();
    fitting.get(which.checked_rem(fitting.len())?).copied()
}

fn number(account: AccountId) -> u8 {
    (1..=40).find(|&n| who(n) == account).unwrap_or(40)
}

/// The price that a prover seals for a task.
fn sealed_price(task: TaskId, prover: u8) -> u64 {
    u64::from(task.as_bytes()[0]) * 5_000 + u64::from(prover)
}

/// A task whose round takes sealed asks, and a prover that has an ask.
fn sealable(ledger: &Ledger, which: usize) -> Option<(TaskId, AccountId)> {
    let takes = |task: &Task| task.round.as_ref().is_some_and(|round| matches!(round.phase, Phase::Sealing(_)));
    let tasks: Vec<_> = ledger.tasks().filter(|(_, task)| takes(task)).map(|(id, _)| id).collect();
    let provers: Vec<_> = ledger.asks().map(|(prover, _)| prover).collect();
    Some((tasks[which.checked_rem(tasks.len())?], provers[(which / 7).checked_rem(provers.len())?]))
}

/// A task and a prover that owes it an opening.
fn openable(ledger: &Ledger, which: usize) -> Option<(TaskId, AccountId)> {
    let owes = |(id, task): (TaskId, &Task)| {
        let round = task.round.as_ref().filter(|round| matches!(round.phase, Phase::Opening(_)));
        let asks = round.into_iter().flat_map(|round| round.asks.iter().filter(|(_, ask)| ask.price.is_none()));
        asks.map(|(prover, _)| (id, *prover)).collect::<Vec<_>>()
    };
    let all: Vec<_> = ledger.tasks().flat_map(owes).collect();
    all.get(which.checked_rem(all.len())?).copied()
}

/// What is said in a sealed round, and by whom.
fn in_round(ledger: &Ledger, s: &Saying) -> (u8, Action) {
    let (found, say): (_, fn(u8, TaskId, u64) -> Action) =
        if s.what < 14 { (sealable(ledger, s.which), seals) } else { (openable(ledger, s.which), opens) };
    let (task, by) = found.map_or((TaskId::from_bytes([s.who; 32]), s.who), |(task, by)| (task, number(by)));
    let by = if s.astray { s.who } else { by };
    (by, say(by, task, sealed_price(task, by)))
}

/// A bid of any size, whose price stays, rises or is found in a sealed round.
fn any_bid(s: &Saying, now: Timestamp) -> Bid {
    let mut bid = bid((s.which % 64) as u128, now);
    bid.circuit = circuit_id((s.which % 3) as u8);
    bid.reward = Credits::new(s.amount);
    bid.priority = Priority::new((s.which % 100) as u8).unwrap();
    let reward_max = Credits::new(s.amount.saturating_mul(2));
    let raise =
        Raise { step: Credits::new(s.amount / 5), every: Millis::new(1_000 + s.amount / 500 % 1_000_000), reward_max };
    bid.raise = Some(raise).filter(|_| s.which % 4 == 1);
    bid.deadline = now.after(Millis::new(1 + s.amount / 20));
    bid.disclosures_max = (s.which % 3) as u8;
    let phase = Millis::new(4_000 + s.amount / 1_000);
    let round = SealedRound { seal: phase, open: phase, deposit: Credits::new(1_000 + s.amount / 2) };
    bid.sealed = s.which.is_multiple_of(2).then_some(round);
    bid
}

/// What is said, and by whom.
pub fn action(world: &mut World, s: &Saying) -> (u8, Action) {
    let now = world.ledger.time();
    let by_right = |found: Option<(TaskId, AccountId)>| match found {
        Some((task, account)) => (if s.astray { s.who } else { number(account) }, task),
        None => (s.who, TaskId::from_bytes([s.who; 32])),
    };
    let any = |_: &Stage| true;
    let ledger = &world.ledger;
    match s.what {
        0 => (
            s.who,
            Action::Transfer { to: who(1 + (s.which % 40) as u8), amount: Credits::new(s.amount.saturating_mul(50)) },
        ),
        1 => (s.who, circuit((s.which % 3) as u8)),
        2 | 3 => {
            let bid = any_bid(s, now);
            (s.who, bids(bid))
        }
        4 | 5 => {
            let mut ask = ask(s.amount / 8, now);
            ask.capacity = (s.which % 4) as u16;
            (s.who, asks(ask))
        }
        6 => {
            let (by, task) = by_right(task(ledger, s.which, |s| matches!(s, Stage::Assigned(_))));
            (by, world.starts(by, task))
        }
        7 => {
            let (by, task) = by_right(task(ledger, s.which, |s| s.award().is_some()));
            let reasons = [DeclineReason::Unable, DeclineReason::NoRecipe, DeclineReason::Unsatisfied];
            (by, world.declines(task, reasons[s.which % 3]))
        }
        8 => (by_right(task(ledger, s.which, |s| s.award().is_some())).0, Action::Alive),
        9 => {
            let (by, task) = by_right(task(ledger, s.which, |s| matches!(s, Stage::InProgress(_))));
            let len = ledger.task(task).map_or(0, |t| t.task.proof_len);
            (by, Action::Deliver { award: world.award_of(task), proof: proof(task), len })
        }
        10 => {
            let (_, task) = by_right(task(ledger, s.which, |s| s.delivery().is_some()));
            let finding = if s.amount.is_multiple_of(4) { Finding::False } else { Finding::Valid };
            let by = if s.astray { s.who } else { 1 + (s.which % world.members.len()) as u8 };
            world.judges(task, &[(by, finding)]).remove(0)
        }
        11 => {
            let (by, task) = by_right(slow(ledger, s.which));
            let number =
                ledger.task(task).and_then(|t| t.task.late_award(who(by), now)).map_or(1, |award| award.number);
            let len = ledger.task(task).map_or(0, |t| t.task.proof_len);
            (by, Action::Deliver { award: AwardId { task, number }, proof: proof(task), len })
        }
        12..=14 => in_round(ledger, s),
        16 => {
            let provers: Vec<_> = ledger.asks().map(|(prover, _)| number(prover)).collect();
            let by = s.which.checked_rem(provers.len()).filter(|_| !s.astray).map_or(s.who, |which| provers[which]);
            (by, Action::Ticket { circuit: circuit_id((s.which % 3) as u8) })
        }
        18..=22 => for_election(ledger, s),
        15 => (s.who, Action::Payee { address: PayeeAddress::from_bytes([s.which as u8; 20]) }),
        _ => {
            let (_, task) = by_right(task(ledger, s.which, any));
            let requester = ledger.task(task).map_or(s.who, |t| number(t.task.requester));
            let back = if s.which.is_multiple_of(2) { Action::Cancel { task } } else { Action::Recall(task) };
            (if s.astray { s.who } else { requester }, back)
        }
    }
}

/// What is said for an election: bonds, stakes, candidacies, and words that cannot both be honest.
fn for_election(ledger: &Ledger, s: &Saying) -> (u8, Action) {
    let amount = Credits::new(s.amount.saturating_mul(20));
    let candidates: Vec<_> = ledger.election().candidates.into_iter().map(|told| told.account).collect();
    let candidate = candidates.get(s.which.checked_rem(candidates.len()).unwrap_or(0)).copied();
    let candidate = candidate.filter(|_| !s.astray).unwrap_or(who(1 + (s.which % 40) as u8));
    match s.what {
        18 => (s.who, Action::Bond { amount }),
        19 => (s.who, Action::Vote { candidate, amount }),
        20 if s.which.is_multiple_of(3) => (number(candidate), Action::Unbond { candidate, amount }),
        20 => {
            let voted = ledger.stakes_of(who(s.who)).and_then(|told| told.votes.first().copied());
            let (on, locked) = voted.unwrap_or((candidate, amount));
            (s.who, Action::Unbond { candidate: on, amount: if s.astray { amount } else { locked } })
        }
        21 => (if s.astray { s.who } else { number(candidate) }, Action::Candidate),
        _ => {
            let liar = if s.astray { candidate } else { who(1 + (s.which % 40) as u8) };
            let height = ledger.height().get().saturating_sub(s.amount % 40).max(1);
            (s.who, evidence(ledger, number(liar), height, (s.which % 5) as u8))
        }
    }
}

struct Told {
    time: Timestamp,
    proposer: AccountId,
    ops: Vec<SignedOp>,
}

fn ledgers() -> u32 {
    std::env::var("DPGN_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or_else(|| cases(40))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ledgers(), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_said_the_books_balance(blocks in sayings(), pace in prop::collection::vec(1u64..8_000, 60)) {
        let mut world = World::with(4, small());
        let start = world.ledger.clone();
        let (mut told, mut nonces) = (Vec::new(), BTreeSet::new());
        for (block, (sayings, pace)) in blocks.iter().zip(pace).enumerate() {
            let mut ops = Vec::new();
            for saying in sayings {
                let (by, action) = action(&mut world, saying);
                ops.push(world.op(by, action));
            }
            check_dry_runs(&world.ledger, &ops)?;
            let (time, proposer) = (world.ledger.time().after(Millis::new(pace)), in_turn(&world.ledger));
            let (parent, last_commit) = (below(&world.ledger), commit(&world.ledger));
            let body = Body { parent, time, proposer, last_commit, ops: &ops };
            let draft = world.ledger.propose(body).unwrap();
            prop_assert!(!draft.applied.outcomes.iter().any(|o| matches!(o, Outcome::Refused(_))));
            // Half of the blocks hold what an honest proposer would have left out.
            let admitted = if block % 2 == 0 { draft.ops } else { admitted(&world.ledger, body) };
            let applied = world.ledger.apply(Body { ops: &admitted, ..body }).unwrap();
            prop_assert_eq!(applied.outcomes.len(), admitted.len());
            if block % 2 == 0 {
                prop_assert_eq!(&world.ledger, &draft.next);
            }
            prop_assert!(world.ledger.supply().is_conserved());
            for op in &admitted {
                prop_assert!(nonces.insert((op.signer(), op.op().nonce)), "a nonce was used twice");
            }
            told.push(Told { time, proposer, ops: admitted });
        }
        check_invariants(&world.ledger)?;
        check_statements(&start, &told)?;
        let replayed = replay(start, &told);
        prop_assert_eq!(replayed.root(), world.ledger.root());
    }
}

/// A dry run changes nothing and says what a block would.
fn check_dry_runs(ledger: &Ledger, ops: &[SignedOp]) -> Result<(), TestCaseError> {
    let root = ledger.root();
    for op in ops {
        let _ = ledger.check(op, ledger.time());
    }
    prop_assert_eq!(ledger.root(), root);
    Ok(())
}

/// The ops that may stand in a block, though their action may be refused there.
fn admitted(ledger: &Ledger, body: Body<'_>) -> Vec<SignedOp> {
    let mut kept = Vec::new();
    for op in body.ops {
        kept.push(op.clone());
        if ledger.clone().apply(Body { ops: &kept, ..body }).is_err() {
            kept.pop();
        }
    }
    kept
}

fn replay(mut ledger: Ledger, told: &[Told]) -> Ledger {
    for Told { time, proposer, ops } in told {
        let (parent, last_commit) = (below(&ledger), commit(&ledger));
        let body = Body { parent, time: *time, proposer: *proposer, last_commit, ops };
        ledger.apply(body).unwrap();
    }
    ledger
}

/// Every movement of an account's credits is written down once, and its cause is known.
fn check_statements(start: &Ledger, told: &[Told]) -> Result<(), TestCaseError> {
    let accounts = [1, 7, 19, 28];
    if let Some(account) = accounts.get(told.len() % accounts.len()).copied().map(who) {
        let (mut ledger, mut books) = (start.clone(), Bookkeeper::open(start, account, usize::MAX));
        for Told { time, proposer, ops } in told {
            let (parent, last_commit) = (below(&ledger), commit(&ledger));
            let body = Body { parent, time: *time, proposer: *proposer, last_commit, ops };
            ledger.apply_booked(body, &mut books).unwrap();
        }
        let statement = books.close(&ledger);
        let view = ledger.account(account);
        let held = view.map_or((0, 0), |view| (view.balance.get(), locked(&view)));
        prop_assert_eq!((statement.closing.free.get(), statement.closing.locked.get()), held);
        let (mut free, mut locked) = (statement.opening.free.get(), statement.opening.locked.get());
        for line in &statement.lines {
            prop_assert!(line.cause != Cause::Other, "{:?}", line);
            free = free + line.came.get() + line.unlocked.get() - line.went.get() - line.locked.get();
            locked = locked + line.locked.get() - line.unlocked.get();
            prop_assert_eq!(line.free.get(), free);
        }
        prop_assert_eq!((free, locked), held);
    }
    Ok(())
}

/// All that an account has locked.
fn locked(view: &AccountView) -> u64 {
    view.escrowed.get() + view.collateral.get() + view.staked.get()
}

/// What must hold between the parts of the state.
fn check_invariants(ledger: &Ledger) -> Result<(), TestCaseError> {
    for account in ledger.accounts() {
        let view = ledger.account(account).unwrap();
        let open = ledger.tasks().filter(|(_, t)| t.requester == account && t.stage.ended().is_none()).count();
        prop_assert!(ledger.ticket(account).is_none() || ledger.ask_of(account).is_some());
        prop_assert_eq!(view.open_tasks as usize, open);
        let is_held = |t: &dpgn_market::Task| t.stage.award().is_some_and(|a| a.prover == account);
        let mut held: Vec<_> = ledger.tasks().filter(|(_, t)| is_held(t)).map(|(id, _)| id).collect();
        held.sort_unstable();
        prop_assert_eq!(view.awards, held);
    }
    for (id, task) in ledger.tasks() {
        prop_assert_eq!(ledger.task_by_alias(task.requester, task.bid.alias), Some(id));
        prop_assert!(task.disclosures <= task.bid.disclosures_max);
        prop_assert!(task.stage.ended().is_none() || task.escrow() == Credits::ZERO);
        prop_assert!(task.stage.ended().is_none() || task.round.is_none());
    }
    Ok(())
}
