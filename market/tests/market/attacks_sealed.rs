//! Attacks on sealed rounds: asks that are withheld, copied, or sealed by the requester itself. A rule that is taken out
//! makes its test fail.

use crate::{sealed::*, support::*};
use dpgn_market::{Body, Event, Phase, Refused, RoundNews};
use dpgn_protocol::{
    bounded::List,
    duty::OpPriority,
    genesis::Params,
    ids::TaskId,
    ops::{Action, DeclineReason, SealedRound},
    units::{Credits, Millis, Priority},
};

/// What a proof costs Alice, who is the best, and Bob, who is the second.
const COSTS: [(u8, u64); 2] = [(ALICE, 300_000), (BOB, 500_000)];
/// Accounts of the requester that seal asks: below Alice's price, and just above it.
const LOW: (u8, u64) = (31, 200_000);
const ABOVE: (u8, u64) = (32, 301_000);

/// A world in which honest provers stand for 600,000 and the requester's own accounts for 10,000,000.
fn with_shills() -> World {
    World::with_asks(&[(ALICE, 150_000), (BOB, 150_000), (LOW.0, 2_500_000), (ABOVE.0, 2_500_000)])
}

/// What the requester and its accounts have.
fn of_requester(world: &World) -> u64 {
    [REQUESTER, LOW.0, ABOVE.0].map(|n| world.wealth(n)).iter().sum()
}

fn prove_by_any(world: &mut World, task: TaskId) {
    let prover = world.prover_of(task).unwrap();
    let n = [ALICE, BOB].into_iter().find(|n| who(*n) == prover).unwrap();
    world.prove(task, n);
}

/// A round with Alice, Bob and these accounts of the requester, until its prices are being opened. Alice and Bob have
/// opened theirs.
fn looked_at(world: &mut World, shills: &[(u8, u64)]) -> TaskId {
    let task = sealed_bid(world, |_| ());
    seal_all(world, task, &[&COSTS, shills].concat());
    next_phase(world, task);
    open_all(world, task, &COSTS);
    task
}

/// What the requester's accounts do once they have seen the others' prices.
type Way = (&'static str, fn(&mut World, TaskId));
const SHILLS: [(u8, u64); 2] = [LOW, ABOVE];

fn wins_low(world: &mut World, task: TaskId) {
    open_all(world, task, &SHILLS);
    assert_eq!(world.prover_of(task), Some(who(LOW.0)));
}

fn declines_low(world: &mut World, task: TaskId, reason: DeclineReason) {
    world.say(vec![(LOW.0, world.declines(task, reason))]);
}

const WAYS: [Way; 8] = [
    ("withholds the low one", |world, task| {
        open_all(world, task, &[ABOVE]);
        next_phase(world, task);
    }),
    ("wins with it and is unable", |world, task| {
        wins_low(world, task);
        declines_low(world, task, DeclineReason::Unable);
    }),
    ("wins with it and was not served", |world, task| {
        wins_low(world, task);
        declines_low(world, task, DeclineReason::NoRecipe);
    }),
    ("wins with it and sleeps", |world, task| {
        wins_low(world, task);
        while world.prover_of(task) == Some(who(LOW.0)) {
            world.wait(1);
        }
    }),
    ("wins with it, starts and is unable", |world, task| {
        wins_low(world, task);
        world.start(LOW.0, task);
        declines_low(world, task, DeclineReason::Unable);
    }),
    ("wins with it, starts and cannot read the inputs", |world, task| {
        wins_low(world, task);
        world.start(LOW.0, task);
        declines_low(world, task, DeclineReason::WrongInputs);
    }),
    ("opens it and takes its standing ask back", |world, task| {
        let mut none = ask(1, world.ledger.time());
        none.capacity = 0;
        world.say(vec![(LOW.0, asks(none))]);
        // A sealed ask stands by itself: it wins all the same, and has to give it back.
        wins_low(world, task);
        declines_low(world, task, DeclineReason::Unable);
    }),
    ("opens it and gives its collateral away", |world, task| {
        let all = Credits::new(world.balance(LOW.0) - 1_000);
        world.say(vec![(LOW.0, Action::Transfer { to: who(REQUESTER), amount: all })]);
        // What its award stakes is locked: it wins all the same, and has to give it back.
        wins_low(world, task);
        declines_low(world, task, DeclineReason::Unable);
    }),
];

/// Every way we know by which a requester that has sealed asks of its own gets a lower second price, once it has seen what
/// the others opened. Each costs it more than it gains.
#[test]
fn a_requester_gains_nothing_by_sealing_below_the_best() {
    let pays = |shills: &[(u8, u64)], way: fn(&mut World, TaskId)| {
        let mut world = with_shills();
        let before = of_requester(&world);
        let task = looked_at(&mut world, shills);
        way(&mut world, task);
        prove_by_any(&mut world, task);
        assert!(world.ledger.supply().is_conserved());
        before - of_requester(&world)
    };
    let honest = pays(&[], |_, _| ());
    println!("an honest requester pays {honest}");
    for (what, way) in WAYS {
        let cost = pays(&SHILLS, way);
        println!("one that seals below the best and {what} pays {cost}");
        assert!(cost > honest, "{what}: {cost} is less than {honest}");
    }
}

/// A ladder of asks, by the requester, on a grid of prices: once it knows the best price it withholds what lies below and
/// opens the rest; or it starts with the lowest, which frees the others, and loses its deposit and a quarter of a
/// collateral that is as large. What it saves on average over all costs of two provers, the deposits that it loses subtracted.
#[test]
fn a_ladder_of_asks_saves_little() {
    const TOP: usize = 20;
    let saves = |deposit: f64, rungs: &[usize]| {
        let mut saved = 0.0;
        for (a, b) in (1..=TOP).flat_map(|a| (1..=TOP).map(move |b| (a, b))) {
            let (best, second) = (a.min(b), a.max(b));
            let above = rungs.iter().copied().filter(|rung| *rung > best).min().unwrap_or(TOP);
            let withheld = rungs.iter().filter(|rung| **rung <= best).count();
            saved += second.saturating_sub(above) as f64 - deposit * (withheld as f64).min(1.25);
        }
        saved / (TOP * TOP) as f64
    };
    let best = |deposit: f64| {
        let mut best = (0.0, Vec::new());
        for ladder in 0_u32..1 << TOP {
            if ladder.count_ones() <= 3 {
                let rungs: Vec<_> = (1..=TOP).filter(|rung| ladder >> (rung - 1) & 1 == 1).collect();
                let saved = saves(deposit, &rungs);
                if saved > best.0 {
                    best = (saved, rungs);
                }
            }
        }
        best
    };
    let usual: f64 = (1..=TOP).flat_map(|a| (1..=TOP).map(move |b| a.max(b) as f64)).sum::<f64>() / (TOP * TOP) as f64;
    let share = DEPOSIT as f64 / REWARD as f64;
    let shown = [0.0, 0.1, 0.25, share].map(|share| {
        let (saved, rungs) = best(share * TOP as f64);
        println!(
            "deposit {share:.2} of the reserve: the best ladder of three {rungs:?} saves {:.1} %",
            100.0 * saved / usual
        );
        saved / usual
    });
    assert!(shown[0] > 0.2, "without a deposit a ladder pays");
    assert!(shown[3] < 0.02 && shown.is_sorted_by(|a, b| a > b), "{shown:?}");
}

/// Whoever copies a commitment has committed to nothing, and can only lose its deposit.
#[test]
fn a_copied_commitment_opens_for_nobody_else() {
    let mut world = three();
    let before = world.wealth(BOB);
    let task = sealed_bid(&mut world, |_| ());
    let copied = seals(ALICE, task, 300_000);
    world.say(vec![(ALICE, copied.clone())]);
    world.say(vec![(BOB, copied)]);
    next_phase(&mut world, task);
    let revealed = opens(ALICE, task, 300_000);
    open_all(&mut world, task, &[(ALICE, 300_000)]);
    let refused = world.refused(BOB, revealed);
    next_phase(&mut world, task);
    println!("the copier: {refused}; it loses {}", before - world.wealth(BOB));
    assert_eq!((world.prover_of(task), before - world.wealth(BOB)), (Some(who(ALICE)), DEPOSIT + 100));
    // Nor is one for another task worth anything.
    let other = sealed_bid(&mut world, |bid| bid.deny = List::new(vec![who(BOB)]).unwrap());
    let before = world.wealth(CAROL);
    let Action::Seal { commitment, .. } = seals(CAROL, task, 1) else { unreachable!() };
    world.say(vec![(CAROL, Action::Seal { task: other, commitment })]);
    next_phase(&mut world, other);
    world.refused(CAROL, opens(CAROL, other, 1));
    next_phase(&mut world, other);
    assert_eq!(before - world.wealth(CAROL), DEPOSIT + 100);
}

/// Sixteen names fill a round and open nothing: the bid loses some seconds, they lose eight rewards.
#[test]
fn a_spammed_round_does_not_block_its_bid() {
    let sybils: Vec<_> = (24..40).map(|n| (n, 250_000)).collect();
    let mut world = World::with_asks(&[&[(ALICE, 100_000)], &sybils[..]].concat());
    let wealth = |world: &World| sybils.iter().map(|(n, _)| world.wealth(*n)).sum::<u64>();
    let (before, began) = (wealth(&world), world.ledger.time());
    let task = sealed_bid(&mut world, |_| ());
    seal_all(&mut world, task, &sybils);
    while world.prover_of(task).is_none() {
        world.wait(1);
    }
    let (lost, late) = (before - wealth(&world), world.ledger.time().since(began));
    println!("sixteen names lose {lost} and hold a bid of {REWARD} up for {} s", late.get() / 1_000);
    assert_eq!((world.prover_of(task), paid(&world, task)), (Some(who(ALICE)), 400_000));
    assert!(lost >= 16 * DEPOSIT && late < Millis::from_secs(20), "{lost} {late:?}");
}

/// A prover with two names chooses after it has seen the others' prices: a second name is worth nothing, and costs a
/// deposit if it is not opened.
#[test]
fn a_pair_of_names_gains_nothing() {
    let twin: u8 = 33;
    let gain = |sealed: &[(u8, u64)], opened: &[(u8, u64)], works: u8| {
        let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 100_000), (twin, 100_000)]);
        let wealth = |world: &World| world.wealth(ALICE) + world.wealth(twin);
        let before = wealth(&world);
        let task = sealed_bid(&mut world, |_| ());
        seal_all(&mut world, task, &[&[COSTS[1]], sealed].concat());
        next_phase(&mut world, task);
        open_all(&mut world, task, &[&[COSTS[1]], opened].concat());
        while world.prover_of(task).is_none() {
            world.wait(1);
        }
        if world.prover_of(task) != Some(who(works)) {
            return 0;
        }
        world.prove(task, works);
        wealth(&world) as i64 - before as i64 - COSTS[0].1 as i64
    };
    let alone = gain(&COSTS[..1], &COSTS[..1], ALICE);
    for high in [400_000, 499_999, 600_000, 900_000] {
        let both = [COSTS[0], (twin, high)];
        let (all, low, other) =
            (gain(&both, &both, ALICE), gain(&both, &both[..1], ALICE), gain(&both, &both[1..], twin));
        println!("alone {alone}; with a twin at {high}: opens both {all}, the low one {low}, the high one {other}");
        assert!(all < alone && low < alone && other < alone);
    }
}

/// A requester looks at the prices, takes its task back, and offers the best prover its own price.
#[test]
fn whoever_looks_and_leaves_pays_what_it_would_have() {
    let mut world = with_shills();
    let before = [REQUESTER, ALICE].map(|n| world.wealth(n));
    let task = sealed_bid(&mut world, |_| ());
    seal_all(&mut world, task, &COSTS);
    next_phase(&mut world, task);
    open_all(&mut world, task, &COSTS[..1]);
    let refused = world.refused(REQUESTER, Action::Cancel { task });
    open_all(&mut world, task, &COSTS[1..]);
    world.start(ALICE, task);
    world.say(vec![(REQUESTER, Action::Cancel { task })]);
    let gained = world.wealth(ALICE) + 100 - before[1];
    let task = sealed_bid(&mut world, |bid| (bid.sealed, bid.reward) = (None, Credits::new(COSTS[0].1)));
    world.say(vec![(ALICE, asks(ask(COSTS[0].1 / 4, world.ledger.time())))]);
    world.next();
    world.prove(task, ALICE);
    let paid = before[0] - world.wealth(REQUESTER);
    println!("while it looks: {refused}; it pays {gained} for leaving, and {paid} in all instead of {}", COSTS[1].1);
    assert_eq!(gained, COSTS[1].1 - COSTS[0].1);
    assert!(paid > COSTS[1].1);
}

/// Standing asks cost nothing to put up and to take back: they set no second price.
#[test]
fn an_ask_that_is_put_up_when_prices_are_known_sets_none() {
    let mut world = with_shills();
    let task = sealed_bid(&mut world, |_| ());
    seal_all(&mut world, task, &COSTS);
    next_phase(&mut world, task);
    open_all(&mut world, task, &COSTS[..1]);
    world.ask_all(&[(LOW.0, 301_000 / 4)]);
    world.next();
    open_all(&mut world, task, &COSTS[1..]);
    println!("beside a standing ask of 301,000 the best, at 300,000, is paid {}", paid(&world, task));
    assert_eq!((world.prover_of(task), paid(&world, task)), (Some(who(ALICE)), COSTS[1].1));
}

/// A rival wins at price 0 and says that it was not served: the round is over, and the bid goes for what provers ask who
/// stand. It costs the rival a twentieth of a price, and the requester what it would have paid without a round.
#[test]
fn who_spoils_a_round_leads_back_to_the_market() {
    let mut world = with_shills();
    world.ask_all(&[(CAROL, 2_500_000)]);
    let before = world.wealth(CAROL);
    let task = looked_at(&mut world, &[(CAROL, 0)]);
    open_all(&mut world, task, &[(CAROL, 0)]);
    let price = paid(&world, task);
    let applied = world.say(vec![(CAROL, world.declines(task, DeclineReason::NoRecipe))]);
    assert!(applied.events.contains(&Event::Round { task, news: RoundNews::Over }));
    let (lost, now) = (before - world.wealth(CAROL), paid(&world, task));
    println!("it loses {lost} of a price of {price}; the bid goes for {now} instead of {}", COSTS[1].1);
    assert_eq!((price, lost, now), (COSTS[0].1, COSTS[0].1 / 20 + 100, 600_000));
}

/// A flood of ops, or an empty account, would cost honest provers their deposits.
#[test]
fn an_opening_goes_first_and_costs_nothing() {
    let mut world = three();
    let task = sealed_bid(&mut world, |_| ());
    seal_all(&mut world, task, &COSTS);
    let early = world.op(ALICE, opens(ALICE, task, COSTS[0].1));
    assert_eq!(world.ledger.priority(&early), OpPriority::Voluntary, "not before it is owed");
    next_phase(&mut world, task);
    let flood = (1..=40).filter(|n| ![ALICE, BOB].contains(n)).flat_map(|n| std::iter::repeat_n(n, 60));
    let transfer = |n: u8| Action::Transfer { to: who(1 + n % 40), amount: Credits::new(1) };
    let mut ops: Vec<_> = flood.map(|n| world.op(n, transfer(n))).collect();
    for (n, price) in COSTS {
        ops.push(world.op(n, opens(n, task, price)));
    }
    let time = world.ledger.time().after(Millis::new(100));
    let (parent, last_commit) = (below(&world.ledger), commit(&world.ledger));
    let draft = world.ledger.propose(Body { parent, time, proposer: who(1), last_commit, ops: &ops }).unwrap();
    let first = draft.ops.iter().take(2).filter(|op| matches!(op.op().action, Action::Open { .. })).count();
    println!("of {} ops a block takes {}, both openings first", ops.len(), draft.ops.len());
    assert!(first == 2 && draft.ops.len() < ops.len());
    assert!(draft.next.task(task).unwrap().award.is_some());
    assert_eq!(world.ledger.fee(&ops[ops.len() - 1]), Credits::ZERO);
}

/// A proposer in league with somebody leaves the others' openings out.
#[test]
fn one_proposer_of_four_cannot_keep_an_opening_out() {
    let mut world = World::with(4, Params::default());
    world.register();
    world.ask_all(&[(ALICE, 100_000), (BOB, 100_000)]);
    let task = sealed_bid(&mut world, |_| ());
    seal_all(&mut world, task, &COSTS);
    next_phase(&mut world, task);
    for _ in 0..30 {
        let time = world.ledger.time().after(Millis::from_secs(1));
        let (parent, last_commit) = (below(&world.ledger), commit(&world.ledger));
        world.ledger.apply(Body { parent, time, proposer: who(2), last_commit, ops: &[] }).unwrap();
    }
    let Phase::Opening(_) = round(&world, task).phase else { panic!("one of four has closed it") };
    open_all(&mut world, task, &COSTS);
    println!("after 30 s of one proposer's blocks the best is still paid {}", paid(&world, task));
    assert_eq!((world.prover_of(task), paid(&world, task)), (Some(who(ALICE)), COSTS[1].1));
}

/// A round whose phases took a day made the network decide an empty block every two seconds, for half a micro-credit each.
#[test]
fn the_blocks_of_a_round_are_paid_for_like_those_of_ops() {
    let day = Millis::from_secs(24 * 3_600);
    let mut world = three();
    let mut bid = world.bid();
    let of = |phase| SealedRound { seal: phase, open: phase, deposit: Credits::new(DEPOSIT) };
    (bid.deadline, bid.sealed) = (world.ledger.time().after(day), Some(of(Millis::from_secs(12 * 3_600))));
    let refused = world.refused(REQUESTER, bids(bid));
    assert!(matches!(refused, Refused::OutOfRange { what: "the time for sealing", max: 120_000, .. }), "{refused}");
    let task = sealed_bid(&mut world, |bid| bid.sealed = Some(of(Millis::from_secs(120))));
    let usual = world.open_usual();
    world.say(vec![(REQUESTER, Action::Cancel { task: usual })]);
    seal_all(&mut world, task, &[(ALICE, 300_000), (BOB, 350_000)]);
    let mut blocks = 0;
    while world.ledger.task(task).unwrap().award.is_none() {
        let due = world.ledger.next_deadline().unwrap();
        let ms = due.since(world.ledger.time()).get();
        world.block(ms, &[]);
        blocks += 1;
    }
    let fee = world.fee_of(task) - world.fee_of(usual);
    println!("a round of four minutes makes {blocks} blocks in which nothing is said, and pays {fee} for them");
    assert!(fee >= 100 * blocks / 2 && (100..130).contains(&blocks), "{blocks} {fee}");
}

/// In a full table, whoever liked the opened prices too little had its own bid displaced by another, and offered the best
/// prover its own price: it looked, and paid nothing.
#[test]
fn a_full_table_is_no_way_out_of_a_round() {
    let mut world = World::with(1, Params { tasks_max: 1, ..Params::default() });
    world.register();
    world.ask_all(&[(ALICE, 100_000), (BOB, 100_000)]);
    let hurried = |world: &mut World| {
        let mut bid = world.bid();
        bid.priority = Priority::new(100).unwrap();
        bids(bid)
    };
    let task = sealed_bid(&mut world, |_| ());
    let early = hurried(&mut world);
    let early = world.op(12, early);
    assert_eq!(world.ledger.check(&early, world.ledger.time()), Ok(()), "while nobody has seen a price it gives way");
    seal_all(&mut world, task, &COSTS);
    next_phase(&mut world, task);
    open_all(&mut world, task, &COSTS[..1]);
    let late = hurried(&mut world);
    let refused = world.refused(12, late);
    println!("once a price is opened: {refused}");
    assert_eq!(refused, Refused::Full { what: "open tasks", max: 1 });
}
