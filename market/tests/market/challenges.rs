//! Challenges: who takes part in a draw, what it pays, and what becomes of what was locked for it.

use crate::support::*;
use dpgn_market::{AwardEnd, Cause, Event, Refused, Window};
use dpgn_protocol::{
    bounded::List,
    challenge::{self, ChallengeCircuit},
    genesis::Params,
    ids::{RecipeDigest, TaskId},
    ops::{Action, Builder, DeclineReason},
    units::{Credits, Millis, Ppm},
};

/// Blocks of an epoch in these stories.
const EPOCH: u64 = 10;

/// What the genesis says of a sample circuit.
pub fn listed(n: u8) -> ChallengeCircuit {
    ChallengeCircuit {
        circuit: circuit_id(n),
        recipe: RecipeDigest::from_bytes([n; 32]),
        recipe_len: 16,
        builder: Builder::new("r1cs@1").unwrap(),
        inputs_len: 1_000,
    }
}

/// Rules under which half of the committee's fees pay for challenges.
pub fn challenging() -> Params {
    Params {
        heartbeat: Millis::from_secs(5),
        epoch_blocks: EPOCH,
        challenge_share: Ppm::new(500_000),
        challenge_circuits: List::new(vec![listed(0)]).unwrap(),
        ..Params::default()
    }
}

/// A world in which Alice has sold so many proofs for 4,000 each, and the others ask for these prices.
pub fn busy(sales: u64, asks_of: &[(u8, u64)]) -> World {
    let mut world = World::with(1, challenging());
    world.register();
    world.ask_all(&[(ALICE, 1_000)]);
    for _ in 0..sales {
        let task = world.open_for(REQUESTER, &[ALICE]);
        world.prove(task, ALICE);
    }
    world.ask_all(asks_of);
    world
}

pub fn ticket() -> Action {
    Action::Ticket { circuit: circuit_id(0) }
}

/// Blocks until the next epoch has begun; what happened in its first one.
pub fn to_draw(world: &mut World) -> Vec<Event> {
    loop {
        let events = world.next().events;
        if world.ledger.height().get() % EPOCH == 1 {
            return events;
        }
    }
}

/// The challenges that were awarded, with their provers and prices.
pub fn drawn(events: &[Event]) -> Vec<(TaskId, dpgn_protocol::ids::AccountId, u64)> {
    let award = |event: &Event| match event {
        Event::Awarded { task, prover, price, .. } => Some((*task, *prover, price.get())),
        _ => None,
    };
    events.iter().filter_map(award).collect()
}

fn going(world: &World) -> Option<dpgn_market::GoingRate> {
    let circuit = world.ledger.circuit(circuit_id(0)).unwrap();
    world.ledger.going_rate(circuit.level, circuit.degree)
}

/// What the sample circuit's shelf has for challenges.
pub fn pool(world: &World) -> u64 {
    let circuit = world.ledger.circuit(circuit_id(0)).unwrap();
    world.ledger.challenge_on(circuit.level, circuit.degree).map_or(0, |(_, pool)| pool.get())
}

#[test]
fn a_newcomer_earns_a_name_without_anybodys_witness() {
    let mut world = busy(3, &[(BOB, 2_000)]);
    let (funded, before, wealth) = (pool(&world), world.reputation(BOB), world.wealth(BOB));
    assert!(funded > 2_000, "{funded}");
    world.say(vec![(BOB, ticket())]);
    assert_eq!(world.wealth(BOB), wealth - 100, "a ticket costs its fee, and locks the rest");
    assert!(world.ledger.ticket(who(BOB)).unwrap().1 >= Credits::new(2_000));
    let events = to_draw(&mut world);
    let [(task, prover, price)] = drawn(&events)[..] else { panic!("{events:?}") };
    assert_eq!((prover, price, pool(&world)), (who(BOB), 2_000, funded - 2_000), "half of the going rate");
    assert_eq!(world.ledger.ticket(who(BOB)), None);
    let view = world.ledger.task(task).unwrap();
    assert_eq!(view.task.requester, challenge::requester(world.ledger.network()));
    assert_eq!(task, challenge::task(world.ledger.network(), world.ledger.parent(), who(BOB)));

    let (rate, supply) = (going(&world), world.ledger.supply());
    world.prove(task, BOB);
    let explained = world.ledger.explain_reputation(who(BOB));
    println!(
        "served once at {price}: reputation {before} -> {}, {:?}",
        world.reputation(BOB),
        explained.counterparties
    );
    assert!(world.reputation(BOB) > before && world.status(task) == dpgn_market::Status::Completed);
    let [given] = explained.counterparties[..] else { panic!("{explained:?}") };
    assert_eq!((given.account, given.good.get()), (view_requester(&world), 2_000), "it weighs what was paid for it");
    assert_eq!(going(&world), rate, "a challenge is no part of the going rate");
    assert_eq!((world.wealth(BOB), world.ledger.supply().burned), (wealth - 100 + 2_000, supply.burned));
}

fn view_requester(world: &World) -> dpgn_protocol::ids::AccountId {
    challenge::requester(world.ledger.network())
}

#[test]
fn a_ticket_is_refused_to_whom_it_is_not_for() {
    let mut world = busy(3, &[(BOB, 2_000), (CAROL, 2_000)]);
    let refused = |world: &mut World, n| world.refused(n, ticket());
    let other = Action::Ticket { circuit: circuit_id(1) };
    assert_eq!(world.refused(BOB, other), Refused::NoChallenge(circuit_id(1)), "not listed");
    assert!(matches!(refused(&mut world, 24), Refused::Unfit { .. }), "no ask");
    world.say(vec![(BOB, ticket())]);
    assert_eq!(refused(&mut world, BOB), Refused::TicketKnown { guarantor: who(BOB), prover: who(BOB) });
    let by_another = world.sponsored(CAROL, BOB, ticket());
    let why = world.ledger.check(&by_another, world.ledger.time()).unwrap_err();
    assert_eq!(why, Refused::NotTheGuarantor { prover: who(CAROL), account: who(BOB) });
    world.make_names(&[ALICE]);
    assert!(matches!(refused(&mut world, ALICE), Refused::NeedsNoChallenge { .. }), "she has a name");

    let mut fresh = busy(0, &[(BOB, 2_000)]);
    assert_eq!(refused(&mut fresh, BOB), Refused::NoChallenge(circuit_id(0)), "no going rate, no challenge");
    let none = Params { challenge_share: Ppm::new(0), ..challenging() };
    let mut world = World::with(1, none);
    world.register();
    world.ask_all(&[(ALICE, 1_000), (BOB, 2_000)]);
    let task = world.open_for(REQUESTER, &[ALICE]);
    world.next();
    world.prove(task, ALICE);
    assert_eq!(refused(&mut world, BOB), Refused::NoChallenge(circuit_id(0)), "this network has none");
    assert_eq!(world.ledger.supply().challenges, Credits::ZERO);
}

#[test]
fn what_was_locked_for_a_ticket_comes_back() {
    // The shelf has enough for two of three.
    let mut world = busy(2, &[(BOB, 2_000), (CAROL, 2_000), (24, 2_000), (25, 2_000)]);
    let affordable = pool(&world) / 2_000;
    assert!((1..4).contains(&affordable), "{affordable}");
    let wealth = [BOB, CAROL, 24, 25].map(|n| world.wealth(n));
    world.say([BOB, CAROL, 24, 25].map(|n| (n, ticket())).into());
    let withdrawn = asks(dpgn_protocol::ops::Ask { capacity: 0, ..ask(2_000, world.ledger.time()) });
    world.say(vec![(25, withdrawn)]);
    assert_eq!(world.ledger.ticket(who(25)), None, "a ticket falls with its ask");
    assert_eq!(world.balance(25), wealth[3] - 200);
    let events = to_draw(&mut world);
    let returned = events.iter().filter(|event| matches!(event, Event::TicketReturned { .. })).count();
    assert_eq!((returned, drawn(&events).len() as u64), (3, affordable.min(3)), "all are over, some are drawn");
    let lots = |n| challenge::lot(world.ledger.parent(), who(n));
    let mut order = [BOB, CAROL, 24].map(|n| (lots(n), who(n)));
    order.sort_unstable();
    let expected: Vec<_> = order.iter().map(|(_, prover)| *prover).take(affordable as usize).collect();
    assert_eq!(drawn(&events).into_iter().map(|(_, prover, _)| prover).collect::<Vec<_>>(), expected);
    assert_eq!([BOB, CAROL, 24].map(|n| world.wealth(n)), [0, 1, 2].map(|n| wealth[n] - 100));
    assert_eq!(drawn(&to_draw(&mut world)), vec![], "whoever was not drawn asks again");
}

#[test]
fn what_a_shelf_does_not_need_is_the_committees() {
    let mut world = busy(3, &[]);
    // Four challenges at 2,000 are kept, whatever more there is.
    for _ in 0..4 {
        let task = world.open_for(REQUESTER, &[ALICE]);
        world.prove(task, ALICE);
    }
    to_draw(&mut world);
    to_draw(&mut world);
    println!("a shelf keeps {} of what seven bids have set aside", pool(&world));
    assert_eq!(pool(&world), 8_000);
}

#[test]
fn a_challenge_that_comes_to_nothing_is_over_and_its_price_stays() {
    for reason in [DeclineReason::Unable, DeclineReason::NoInputs] {
        let mut world = busy(3, &[(BOB, 2_000), (CAROL, 3_000)]);
        let wealth = world.wealth(BOB);
        world.say(vec![(BOB, ticket())]);
        let [(task, ..)] = drawn(&to_draw(&mut world))[..] else { panic!() };
        let left = pool(&world);
        world.start(BOB, task);
        world.say(vec![(BOB, world.declines(task, reason))]);
        assert_eq!((world.stage(task), pool(&world)), ("failed", left + 2_000));
        let lost = wealth - world.wealth(BOB);
        println!("{reason:?} after `Start` costs {lost}; nobody has served it anything, so it is its own doing");
        assert!(lost > 1_000, "{lost}");
        assert!(world.reputation(BOB) < 100_000);
        assert_eq!(world.next().events.iter().filter(|e| matches!(e, Event::Awarded { .. })).count(), 0);
    }
}

#[test]
fn a_statement_shows_what_tickets_and_challenges_moved() {
    let mut world = busy(3, &[(BOB, 2_000)]);
    let mut ledger = world.ledger.clone();
    let mut books = dpgn_market::Bookkeeper::open(&ledger, who(BOB), 100);
    let op = world.op(BOB, ticket());
    let mut blocks = vec![vec![op]];
    while !(ledger.height().get() + blocks.len() as u64).is_multiple_of(EPOCH) {
        blocks.push(vec![]);
    }
    blocks.push(vec![]);
    for ops in blocks {
        let (parent, time, last_commit) = (below(&ledger), ledger.time().after(Millis::new(100)), commit(&ledger));
        let body = dpgn_market::Body { parent, time, proposer: who(COORDINATOR), last_commit, ops: &ops };
        ledger.apply_booked(body, &mut books).unwrap();
    }
    let statement = books.close(&ledger);
    let causes: Vec<_> = statement.lines.iter().map(|line| line.cause.clone()).collect();
    assert_eq!(causes.len(), 4, "{causes:?}");
    assert!(matches!(causes[..], [Cause::Ticketed, Cause::Fee { .. }, Cause::TicketReturned, Cause::Awarded]));
    let view = ledger.account(who(BOB)).unwrap();
    assert_eq!((statement.closing.free, statement.closing.locked), (view.balance, view.collateral));
}

#[test]
fn who_reads_a_snapshot_knows_tickets_and_pools() {
    let mut world = busy(3, &[(BOB, 2_000)]);
    world.say(vec![(BOB, ticket())]);
    let bytes = dpgn_protocol::codec::encode(&world.ledger).unwrap();
    let mut again: dpgn_market::Ledger = dpgn_protocol::codec::decode(&bytes, 1 << 26).unwrap();
    assert!(again.is_consistent() && again.supply().is_conserved());
    loop {
        let (parent, time, last_commit) = (below(&again), again.time().after(Millis::new(100)), commit(&again));
        let body = dpgn_market::Body { parent, time, proposer: who(COORDINATOR), last_commit, ops: &[] };
        let (here, there) = (again.apply(body).unwrap(), world.next());
        assert_eq!(here, there);
        if !drawn(&there.events).is_empty() {
            return;
        }
    }
}

#[test]
fn silence_ends_a_challenge_as_it_ends_any_award() {
    let mut world = busy(3, &[(BOB, 2_000)]);
    let wealth = world.wealth(BOB);
    world.say(vec![(BOB, ticket())]);
    let [(task, ..)] = drawn(&to_draw(&mut world))[..] else { panic!() };
    let events = world.wait(40);
    assert_eq!(ended(&events)[0].1, AwardEnd::Missed(Window::Start));
    assert_eq!(world.stage(task), "failed");
    println!("a challenge that is never begun costs {}", wealth - world.wealth(BOB));
    assert!(world.wealth(BOB) < wealth - 1_000);
    assert_eq!(world.ledger.ask_of(who(BOB)), None, "and the ask");
}
