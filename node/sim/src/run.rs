//! Runs: what a world is taken through, and what it came to.

use crate::{setup, world::World};
use dpgn_node::engine::{Backlog, Engine, PurchaseState};

/// Virtual time by which every task must have ended, and by which nothing may be left over after that.
const ENDED_BY_MS: u64 = 400_000;
const IDLE_WITHIN_MS: u64 = 150_000;

/// Tries many seeds: `usual` of them, or those that `DPGN_SIM_FROM` and `DPGN_SIM_SEEDS` say.
///
/// The panic names the first seed that fails, and the command that replays it.
pub fn each_seed(test: &str, usual: u64, run: impl FnMut(u64) -> Result<(), String>) {
    each_of(test, usual, 1, run);
}

/// The same where a seed is dear: of those that are asked for it tries one in so many.
pub fn each_of(test: &str, usual: u64, one_in: u64, mut run: impl FnMut(u64) -> Result<(), String>) {
    let from = std::env::var("DPGN_SIM_FROM").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let count = std::env::var("DPGN_SIM_SEEDS").ok().and_then(|n| n.parse::<u64>().ok());
    let count = count.map_or(usual, |count| count.div_ceil(one_in));
    for seed in from..from + count {
        let replay = format!("DPGN_SIM_FROM={seed} DPGN_SIM_SEEDS=1 cargo test -p dpgn-sim {test}");
        let failed = run(seed).err();
        assert!(failed.is_none(), "seed {seed}: {}\nreplay it: {replay}", failed.unwrap_or_default());
    }
}

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The hash of all that the nodes did.
    pub hash: blake3::Hash,
    /// The number of calls of hosts.
    pub calls: u64,
    /// Purchases that ended with a proof.
    pub completed: u64,
    /// The purchases that ended without a proof.
    pub failed: u64,
    /// The number of times that inputs were shown.
    pub shown: u64,
}

/// Every one of `requesters` buys this many proofs in the first half of the bad time.
pub fn buy(world: &mut World, requesters: std::ops::Range<usize>, each: u64) {
    for node in requesters {
        for number in 0..each {
            let when = world.chance.between(500, 1_000 + world.faults.until_ms / 2);
            world.want(node, node as u64 * 100 + number, when);
        }
    }
}

/// Runs until every task has ended and nothing is left over; the first violation otherwise.
pub fn run(world: &mut World) -> Result<Outcome, String> {
    while world.is_bad() || !is_over(world) {
        advance(world)?;
        if world.now_ms() > ENDED_BY_MS {
            return Err(format!("a task does not end: {}", standing(world)));
        }
    }
    let last = world.now_ms() + IDLE_WITHIN_MS;
    while !is_idle(world) {
        advance(world)?;
        if world.now_ms() > last {
            return Err(format!("something is left over: {}", standing(world)));
        }
    }
    outcome(world)
}

fn advance(world: &mut World) -> Result<(), String> {
    world.step();
    world.checker.violation().map_or(Ok(()), |why| Err(format!("at {} ms: {why}", world.now_ms())))
}

/// Whether every proof that is wanted has been bought, and every purchase has ended.
fn is_over(world: &World) -> bool {
    world.wanted.iter().all(|(number, node)| purchase(world, *number, *node).is_some_and(PurchaseState::is_over))
}

/// The state of the `number`th purchase; absent if its node is down or has not submitted it.
fn purchase(world: &World, number: u64, node: usize) -> Option<&PurchaseState> {
    let statement = setup::statement(number);
    world.nodes[node].engine()?.tasks().find(|r| r.statement == statement).map(|r| &r.state)
}

/// The height and backlog of every node, and the purchases that have not ended: what a failing seed says.
fn standing(world: &World) -> String {
    let mut lines = String::new();
    for (node, at) in world.nodes.iter().enumerate() {
        let engine = at.engine().map(|e| format!("height {}, {:?}", e.head().height, e.backlog()));
        lines += &format!("\n  node {node}: {}", engine.unwrap_or_else(|| "down".to_owned()));
    }
    for (number, node) in &world.wanted {
        let state = purchase(world, *number, *node);
        if !state.is_some_and(PurchaseState::is_over) {
            let state = state.map_or_else(|| "down, or not submitted".to_owned(), |state| format!("{state:?}"));
            lines += &format!("\n  purchase {number} of node {node}: {state}");
        }
    }
    lines
}

/// Whether all honest nodes are up, at the same block, and wait for nothing. Its certificate may be another on each machine.
fn is_idle(world: &World) -> bool {
    let engines: Option<Vec<_>> = world.nodes.iter().filter(|n| !n.host.is_liar()).map(|n| n.engine()).collect();
    let idle = Backlog::default();
    let at = |e: &Engine| (e.head().height, e.head().hash);
    engines.is_some_and(|all| all.iter().all(|e| e.backlog() == idle && at(e) == at(all[0])))
}

fn outcome(world: &World) -> Result<Outcome, String> {
    let (mut completed, mut failed) = (0, 0);
    for node in &world.nodes {
        let Some(engine) = node.engine() else { continue };
        for record in engine.tasks() {
            match &record.state {
                PurchaseState::Done(_) => completed += 1,
                PurchaseState::Failed(_) => failed += 1,
                state => return Err(format!("{} is {state:?}", record.task)),
            }
        }
        if !node.host.disk.inputs.is_empty() || !node.host.disk.awards.is_empty() {
            return Err(format!("inputs stay with {}", node.keys.account()));
        }
        if !node.host.disk.jobs.is_empty() {
            return Err(format!("records of awards stay with {}", node.keys.account()));
        }
    }
    if completed != world.checker.settled().len() as u64 {
        return Err(format!("{completed} proofs are had, {} were paid", world.checker.settled().len()));
    }
    let mut hasher = blake3::Hasher::new();
    for node in &world.nodes {
        hasher.update(node.host.trace.hash().as_bytes());
    }
    let calls = world.nodes.iter().map(|node| node.host.trace.calls()).sum();
    Ok(Outcome { hash: hasher.finalize(), calls, completed, failed, shown: world.checker.shown() })
}
