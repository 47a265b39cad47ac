//! Attacks that were run against real nodes, as stories with a figure: what an honest node has lost.

use dpgn_node::engine::PurchaseState;
use dpgn_protocol::units::Credits;
use dpgn_sim::{Adversary, Faults, Machine, Outcome, World, buy, each_seed, run, setup};

/// What a prover pays for giving an award of the usual task back because of its requester.
fn decline_fee(world: &World) -> u64 {
    let params = &world.genesis.params;
    params.decline_fee.max(Credits::new(staked() / 2).share(params.decline_share)).get()
}

/// The ledger as the coordinator has it.
fn ledger(world: &World) -> Option<&dpgn_market::Ledger> {
    world.nodes[0].engine().map(|engine| engine.ledger())
}

/// The collateral of an award of the usual task: what a missed window would cost its prover. A newcomer's is twice the
/// price, and the first prover is one.
fn staked() -> u64 {
    let (shape, ask) = (setup::shape(), setup::ask(0));
    let sold = |level| ask.offers.iter().find(|offer| offer.level == level).map_or(0, |offer| offer.per_kilorow.get());
    2 * (ask.flat.get() + sold(shape.level) * shape.degree.rows() / 1_024)
}

/// Runs to the end; what a node has lost beside its income, from the moment when its ask stands.
fn lost(world: &mut World, node: usize) -> Result<(Outcome, u64), String> {
    world.run_until(1_500)?;
    let (before, account) = (world.worth(node), world.account(node));
    let outcome = run(world)?;
    let settled = world.checker.settled().values();
    let income: u64 = settled.filter(|paid| paid.prover == account).map(|paid| paid.price.get()).sum();
    Ok((outcome, (before + income).saturating_sub(world.worth(node))))
}

/// One honest prover, and one requester that cheats; nothing else goes wrong.
fn cheated_by(seed: u64, requester: Adversary) -> World {
    let mut world = World::new(seed, &[Adversary::None], 1, |_| Faults::NONE);
    world.nodes[2].host.adversary = requester;
    world.want(2, 200, 2_000);
    world
}

#[test]
fn a_requester_that_holds_the_recipe_costs_its_prover_a_decline_fee_at_most() {
    let mut worst = 0;
    each_seed("a_requester_that_holds_the_recipe", 4, |seed| {
        let mut world = cheated_by(seed, Adversary::HoldsRecipe);
        let (fee, (_, lost)) = (decline_fee(&world), lost(&mut world, 1)?);
        worst = worst.max(lost);
        (lost <= fee).then_some(()).ok_or_else(|| format!("{lost} lost, {:?}", world.checker.lost()))
    });
    println!("recipe held open: the honest prover lost {worst} micro-credits at most");
}

#[test]
fn a_requester_that_holds_the_inputs_costs_its_prover_an_eighth_of_its_collateral_at_most() {
    let mut worst = 0;
    each_seed("a_requester_that_holds_the_inputs", 4, |seed| {
        let mut world = cheated_by(seed, Adversary::HoldsInputs);
        let (_, lost) = lost(&mut world, 1)?;
        worst = worst.max(lost);
        (lost <= decline_fee(&world).max(staked() / 8))
            .then_some(())
            .ok_or_else(|| format!("{lost} lost, {:?}", world.checker.lost()))
    });
    println!("inputs held open: the honest prover lost {worst} micro-credits at most");
}

/// A laptop is closed while it builds, and opened again before its window closes, too late to finish the work.
#[test]
fn a_machine_that_wakes_in_time_loses_a_decline_fee_at_most() {
    let mut worst = 0;
    each_seed("a_machine_that_wakes_in_time", 12, |seed| {
        let mut world = World::new(seed, &[Adversary::None], 1, |_| Faults::NONE);
        world.nodes[1].machine = Machine { build_ms: (6_500, 7_500), ..Machine::default() };
        world.want(2, 200, 2_000);
        let at = world.chance.between(2_600, 5_000);
        world.suspend(1, at, 4_500);
        let (_, lost) = lost(&mut world, 1)?;
        worst = worst.max(lost);
        (lost <= decline_fee(&world)).then_some(()).ok_or_else(|| format!("{lost} lost, {:?}", world.checker.lost()))
    });
    println!("suspended for 4.5 s while it builds: the honest prover lost {worst} micro-credits at most");
}

/// The workers are so slow, whatever with, that the proof cannot be made: the award is given back in time.
#[test]
fn a_proof_that_cannot_be_made_is_given_back_before_it_is_due() {
    let mut worst = 0;
    each_seed("a_proof_that_cannot_be_made", 4, |seed| {
        let mut world = World::new(seed, &[Adversary::None], 1, |_| Faults::NONE);
        world.nodes[1].machine = Machine { prove_ms: (100_000, 100_001), ..Machine::default() };
        world.want(2, 200, 2_000);
        let (_, lost) = lost(&mut world, 1)?;
        worst = worst.max(lost);
        (lost < staked()).then_some(()).ok_or_else(|| format!("{lost} lost, {:?}", world.checker.lost()))
    });
    println!("a proof ten times too slow: the honest prover lost {worst} micro-credits at most");
}

/// The ask says four awards at once, the machine makes one proof at a time; six tasks come together, and wait for their
/// turn.
#[test]
fn awards_beyond_what_a_machine_makes_at_once_wait_and_cost_nothing() {
    let mut worst = 0;
    each_seed("awards_beyond_what_a_machine_makes", 4, |seed| {
        let mut world = World::new(seed, &[Adversary::None], 1, |_| Faults::NONE);
        world.nodes[1].machine = Machine { workers: 1, prove_ms: (8_000, 9_000), ..Machine::default() };
        for number in 0..6 {
            world.want(2, 200 + number, 2_000);
        }
        let (outcome, lost) = lost(&mut world, 1)?;
        worst = worst.max(lost);
        let is_well = lost == 0 && world.checker.lost().is_empty() && outcome.completed >= 5;
        is_well.then_some(()).ok_or_else(|| format!("{lost} lost, {outcome:?}, {:?}", world.checker.lost()))
    });
    println!("six tasks at once, one worker: the honest prover lost {worst} micro-credits, and no award");
}

/// Its owner's own work takes the worker that the ask counts on: the second award waits, and is given back in time.
#[test]
fn the_owners_own_work_counts() {
    let mut worst = 0;
    each_seed("the_owners_own_work", 4, |seed| {
        let mut world = World::new(seed, &[Adversary::None], 1, |_| Faults::NONE);
        world.nodes[1].machine =
            Machine { workers: 2, busy_workers: 1, prove_ms: (14_000, 15_000), ..Machine::default() };
        for number in 0..2 {
            world.want(2, 200 + number, 2_000);
        }
        let (outcome, lost) = lost(&mut world, 1)?;
        worst = worst.max(lost);
        (lost < staked() && outcome.completed >= 1)
            .then_some(())
            .ok_or_else(|| format!("{lost} lost, {outcome:?}, {:?}", world.checker.lost()))
    });
    println!("the owner uses one of two workers: the honest prover lost {worst} micro-credits at most");
}

/// A prover that shows its `Start` to the requester alone had the inputs for nothing. Now it is shown none before a block
/// holds it; the requester brings it there, and its prover is bound.
#[test]
fn a_start_that_is_kept_from_the_ledger_binds_its_prover() {
    let (mut least, mut seen) = (u64::MAX, 0);
    each_seed("a_start_that_is_kept_from_the_ledger", 4, |seed| {
        let mut world = World::new(seed, &[Adversary::Hiding, Adversary::None], 1, |_| Faults::NONE);
        buy(&mut world, 3..4, 2);
        let (outcome, lost) = lost(&mut world, 1)?;
        least = least.min(lost);
        let tasks = ledger(&world).into_iter().flat_map(|ledger| ledger.tasks());
        let counted: u64 = tasks.map(|(_, task)| u64::from(task.disclosures)).sum();
        // The honest prover has seen each once.
        seen += outcome.shown.saturating_sub(outcome.completed);
        // Sometimes its decline is decided before its Start: then it has been shown nothing, and pays the decline fee.
        (outcome.completed == 2 && outcome.shown == 2 && counted >= 2 && lost >= 2 * decline_fee(&world))
            .then_some(())
            .ok_or_else(|| format!("{outcome:?}, {counted} counted, {lost} lost"))
    });
    println!(
        "a Start that is kept from the ledger shows the inputs {seen} times, and costs its prover {least} at least"
    );
}

/// A prover falls silent, and its award ends; it has the proof all the same, and whoever came after it has none.
#[test]
fn a_late_proof_is_finished_delivered_and_paid() {
    let mut paid = 0;
    each_seed("a_late_proof_is_finished", 4, |seed| {
        let mut world = World::new(seed, &[Adversary::None, Adversary::Idle], 1, |_| Faults::NONE);
        world.nodes[1].machine = Machine { prove_ms: (10_000, 10_001), ..Machine::default() };
        world.want(3, 300, 2_000);
        // While it proves, and longer than it may be silent.
        world.suspend(1, 5_000, 11_000);
        let outcome = run(&mut world)?;
        let was_silent = world.checker.lost().iter().any(|(_, prover, _)| *prover == world.account(1));
        let first = world.account(1);
        let is_paid = world.checker.settled().values().any(|settled| settled.prover == first);
        paid += u64::from(was_silent && is_paid);
        (outcome.completed == 1 && was_silent && is_paid)
            .then_some(())
            .ok_or_else(|| format!("{outcome:?}, {:?}", world.checker.lost()))
    });
    println!("silent for 11 s: {paid} of its late proofs were paid");
}

#[test]
fn a_task_that_no_ask_can_take_says_so_at_once() {
    let mut world = World::new(1, &[Adversary::None], 1, |_| Faults::NONE);
    world.reward = Credits::new(2_000);
    world.want(2, 200, 2_000);
    world.run_until(2_000).unwrap_or_else(|why| panic!("{why}"));
    let is_open = |world: &World| {
        let engine = world.nodes[2].engine();
        engine.is_some_and(|engine| engine.tasks().any(|record| record.state == PurchaseState::Open))
    };
    while !is_open(&world) {
        let next = world.now_ms() + 10;
        world.run_until(next).unwrap_or_else(|why| panic!("{why}"));
        assert!(next < 10_000, "the bid is not taken up");
    }
    let why = world.checker.stalled().values().next().cloned().unwrap_or_default();
    println!("{} ms after the bid was signed: {why}", world.now_ms() - 2_000);
    assert_eq!(why, "no standing ask can take it: 1 ask more than its reward");
    let engine = world.nodes[2].engine();
    let task = engine.and_then(|engine| engine.tasks().next()).map(|record| record.task);
    assert!(task.is_some_and(|task| engine.is_some_and(|engine| engine.stalled(task).is_some())));
    assert!(setup::ask(0).flat < Credits::new(2_000), "its price, not its flat part, is the obstacle");
}
