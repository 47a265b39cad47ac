//! What a prover tells the network of its work: no more than peers pass on, and its last word last.

use crate::bench::{Bench, PROVER, ask};
use dpgn_node::engine::{Done, Effect, PeerEffect};
use dpgn_protocol::{
    ids::ProofHash,
    units::Millis,
    wire::{Progress, ProofStage},
};

const PROOF: ProofHash = ProofHash::from_bytes([5; 32]);

/// A worker's last word was overtaken by its proof: the requester read "openings" until the proof was in a block.
#[test]
fn a_workers_word_that_comes_after_its_proof_is_not_passed_on() {
    let mut bench = Bench::new(PROVER, Some(ask(1_000, 20)));
    let task = bench.bid(Millis::from_secs(600));
    bench.begin_proving(task);
    let len = bench.ledger.task(task).unwrap().task.proof_len;
    let word = Done::Proving { task, proof_stage: ProofStage::Openings, permille: 990 };
    bench.done(word.clone());
    bench.done(Done::Proved(task, Ok((PROOF, len))));
    bench.done(word);
    let said: Vec<ProofStage> = told(&bench).map(|said| said.stage).collect();
    assert_eq!(said, [ProofStage::Fetch, ProofStage::Build, ProofStage::Openings, ProofStage::Deliver]);
}

/// What the prover has told the network of its work.
fn told(bench: &Bench) -> impl Iterator<Item = &Progress> {
    bench.effects.iter().filter_map(|effect| match effect {
        Effect::Peer(PeerEffect::GossipProgress(said)) => Some(&***said),
        _ => None,
    })
}

/// A fast proof told each thousandth. Peers pass on ten reports in a second, so that the last ones were lost.
#[test]
fn a_worker_that_says_each_thousandth_is_passed_on_four_times_a_second() {
    let mut bench = Bench::new(PROVER, Some(ask(1_000, 20)));
    let task = bench.bid(Millis::from_secs(600));
    bench.begin_proving(task);
    let len = bench.ledger.task(task).unwrap().task.proof_len;
    let before = told(&bench).count();
    for permille in 0..1_000 {
        let proof_stage = if permille < 500 { ProofStage::Wires } else { ProofStage::Quotient };
        bench.done(Done::Proving { task, proof_stage, permille });
        bench.now = bench.now.after(Millis::new(2));
    }
    bench.done(Done::Proved(task, Ok((PROOF, len))));
    let said: Vec<(ProofStage, u16)> = told(&bench).skip(before).map(|said| (said.stage, said.permille)).collect();
    println!("2 seconds: {said:?}");
    assert_eq!(said.len(), 9, "each stage at once, then four times a second");
    assert_eq!(said.last(), Some(&(ProofStage::Deliver, 1_000)));
}
