//! Our verification beside plonky2's own, in one run, on one thread, on the same proofs.
//!
//! ```text
//! cargo bench -p dpgn-prover --bench verify
//! cargo bench -p dpgn-prover --bench verify -- --rounds 51
//! cargo bench -p dpgn-prover --bench verify -- --only ifma      # one arithmetic beside plonky2: to profile it
//! ```
//!
//! Both read the proof's bytes and judge them, in turn. Ours checks its own rules about bytes, tag and public inputs as well.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it cannot go on")]

mod common;

use common::{Mix, Task, cpu_time, median, task};
use dpgn_protocol::{statement::public_inputs_digest, verifier_data::VerifierDataLimits};
use dpgn_prover::{
    level::Proof,
    prove::{Arithmetic, prove},
    verify::{Statement, Verifier},
};
use plonky2::{field::types::PrimeField64, util::serialization::DefaultGateSerializer};
use std::{
    ops::ControlFlow,
    sync::LazyLock,
    time::{Duration, Instant},
};

/// Verifications that are timed together: systems tell processor time by the tick.
const TIMES: u32 = 25;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == "--rounds");
    let rounds = at.and_then(|at| arguments.get(at + 1)).map_or(11, |rounds| rounds.parse().unwrap());
    let only = arguments.iter().position(|argument| argument == "--only").and_then(|at| arguments.get(at + 1));
    let only = only.map(|name| Arithmetic::named(name).unwrap());
    println!("one thread, medians of {rounds} rounds each, processor time");
    println!("{:>5} {:>5} {:>10} {:>7} {:>8} {:>9} {:>6}", "level", "rows", "", "with", "ms", "proofs/s", "ratio");
    for (mix, level, degree) in [
        (Mix::Hashes, 1, 12),
        (Mix::Hashes, 1, 14),
        (Mix::Hashes, 3, 14),
        (Mix::Recursion, 1, 12),
        (Mix::Squares, 1, 12),
        (Mix::Lookups, 1, 12),
        (Mix::R1cs, 1, 13),
    ] {
        measure(&task(mix, level, degree), rounds, only).into_iter().for_each(|(name, time, stock)| {
            let (ms, per_second) = (time.as_secs_f64() * 1e3, 1.0 / time.as_secs_f64());
            let ratio = stock.as_secs_f64() / time.as_secs_f64();
            println!("{level:>5}  2^{degree} {mix:>10} {name:>7} {ms:>8.3} {per_second:>9.0} {ratio:>6.2}");
        });
    }
}

/// Time on a processor, where the system tells: what else the machine does weighs less on it than on the clock.
fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    cpu_time().unwrap_or_else(|| START.elapsed())
}

/// The times of plonky2 and of each arithmetic, each beside plonky2's.
fn measure(task: &Task, rounds: usize, only: Option<Arithmetic>) -> Vec<(&'static str, Duration, Duration)> {
    let data = &task.data;
    let watch = &mut |_| ControlFlow::Continue(());
    let backend = Arithmetic::fastest();
    let proof = prove(&data.prover_only, &data.common, task.inputs(1), backend.backend(), watch).unwrap();
    let values: Vec<u64> = proof.public_inputs.iter().map(PrimeField64::to_canonical_u64).collect();
    let (tag, rest) = values.split_at(4);
    let statement =
        Statement { tag: tag.try_into().unwrap(), public_inputs: public_inputs_digest(rest), free: Vec::new() };
    let bytes = proof.to_bytes();
    let verifier_data = data.verifier_data().to_bytes(&DefaultGateSerializer).unwrap();
    let ours: Vec<(&str, Verifier)> = Arithmetic::all()
        .filter(|chosen| only.is_none_or(|only| only.name() == chosen.name()))
        .map(|chosen| (chosen.name(), Verifier::new(&verifier_data, &VerifierDataLimits::default(), chosen).unwrap()))
        .collect();
    let mut times = vec![Vec::new(); ours.len() + 1];
    for _ in 0..rounds {
        for (runner, times) in times.iter_mut().enumerate() {
            let started = now();
            for _ in 0..TIMES {
                match runner.checked_sub(1).and_then(|at| ours.get(at)) {
                    Some((_, verifier)) => verifier.verify(&bytes, &statement).unwrap(),
                    None => data.verify(Proof::from_bytes(bytes.clone(), &data.common).unwrap()).unwrap(),
                }
            }
            times.push(now().saturating_sub(started) / TIMES);
        }
    }
    let mut medians = times.into_iter().map(median);
    let stock = medians.next().unwrap();
    let names = ours.iter().map(|(name, _)| if *name == "stock" { "none" } else { name });
    [("plonky2", stock, stock)].into_iter().chain(names.zip(medians).map(|(name, time)| (name, time, stock))).collect()
}
