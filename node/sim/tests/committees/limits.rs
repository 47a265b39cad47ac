//! What lies just at a limit: ops that one proposer leaves out, times that are barely allowed, keys that lax checks accept.

use crate::{MEMBERS, Tally, governed};
use dpgn_protocol::{ops::RawOp, units::Millis};
use dpgn_sim::{Faults, Lie, World, each_seed, run, setup};

/// The ops of a node in the blocks that an honest coordinator has, with the heights by which they came too late: how many blocks
/// of others were decided between the first time that all had heard the op and the block that it is in.
fn delays(world: &World, by: usize) -> Vec<u64> {
    let (network, signer) = (world.genesis.network().ok(), world.account(by));
    let honest = world.nodes.iter().find(|node| node.coordinates && node.host.lie.is_none());
    let blocks = honest.into_iter().flat_map(|node| node.host.disk.blocks.values());
    let ops = blocks.flat_map(|decided| decided.block.ops.iter().map(|op| (decided.block.header.height, op)));
    let of_node = ops.filter(|(_, op): &(_, &RawOp)| op.op.signer == signer);
    let verified = of_node.filter_map(|(height, op)| Some((height, op.clone().verify(network?).ok()?)));
    let told = verified.filter_map(|(height, op)| Some((height, world.checker.first_told(op.id())?)));
    told.map(|(height, told)| height.get().saturating_sub(told.get() + 1)).collect()
}

/// One proposer leaves the ops of a prover out; the next one takes them up.
#[test]
fn an_op_that_one_leaves_out_comes_in_with_the_next_proposer() {
    let (mut ops, mut late, mut worst) = (0, 0, 0);
    each_seed("an_op_that_one_leaves_out", 1, |seed| {
        let mut world = governed(seed, MEMBERS, 2, |_| Faults::NONE);
        let victim = world.account(MEMBERS);
        world.lies(seed as usize % MEMBERS, Lie::LeavesOut(victim));
        run(&mut world)?;
        let delays = delays(&world, MEMBERS);
        ops += delays.len();
        late += delays.iter().filter(|delay| **delay > 0).count();
        worst = worst.max(delays.iter().copied().max().unwrap_or(0));
        // One block may have been under way as the op came, and one is the liar's.
        (worst <= 2 && ops > 0).then_some(()).ok_or_else(|| format!("{delays:?} blocks without the op"))
    });
    println!("{ops} ops of the victim, {late} of them a block late or more, {worst} at worst");
}

/// A control: what all leave out never comes in.
#[test]
fn an_op_that_all_leave_out_never_comes_in() {
    let mut world = governed(0, MEMBERS, 1, |_| Faults::NONE);
    let victim = world.account(MEMBERS);
    (0..MEMBERS - 1).for_each(|node| world.lies(node, Lie::LeavesOut(victim)));
    // Whoever is left must not propose it either: nobody here is honest, but one must be asked what it has.
    world.nodes[MEMBERS - 1].host.lie = Some(Lie::LeavesOut(victim));
    let done = world.run_until(20_000);
    world.nodes[MEMBERS - 1].host.lie = None;
    assert_eq!((done, delays(&world, MEMBERS)), (Ok(()), Vec::new()));
}

/// A proposer whose blocks are as early or as late as may be, or just beyond that, and honest clocks that differ as much as
/// they may.
#[test]
fn times_at_their_bounds_split_nothing() {
    let lies = [500, 520, 900].map(|ahead| Lie::AheadOfTime(Millis::new(ahead)));
    let lies = [lies[0], lies[1], lies[2], Lie::BackInTime, Lie::StandsStill];
    let mut tally = Tally::default();
    each_seed("times_at_their_bounds", 2, |seed| {
        let lie = lies[seed as usize % lies.len()];
        let mut world = governed(seed, MEMBERS, 1, Faults::random);
        (0..MEMBERS).for_each(|node| world.clock_ahead(node, 130 * node as u64));
        world.lies(seed as usize / lies.len() % MEMBERS, lie);
        let well = world.faults.until_ms;
        tally.run(&mut world, well).map_err(|why| format!("{lie:?}: {why}"))
    });
    tally.print("times at their bounds");
}

/// Everybody can sign for the neutral element of the curve, unless keys are looked at. A proposer does, and nobody's ledger moves
/// what that account has.
#[test]
fn a_weak_key_spends_nothing() {
    let mut tally = Tally::default();
    each_seed("a_weak_key_spends_nothing", 1, |seed| {
        let mut world = governed(seed, MEMBERS, 1, Faults::random);
        world.lies(seed as usize % MEMBERS, Lie::WeakKey);
        let well = world.faults.until_ms;
        tally.run(&mut world, well)?;
        let engines = world.nodes.iter().filter(|node| node.host.lie.is_none()).filter_map(|node| node.engine());
        let mut held = engines.map(|engine| engine.ledger().balance(setup::weak_account()));
        held.all(|held| held == setup::GRANT).then_some(()).ok_or_else(|| "a weak key has spent".to_owned())
    });
    tally.print("a weak key");
}
