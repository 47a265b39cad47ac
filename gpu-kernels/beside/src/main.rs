//! Kernels beside Plonky3's and plonky2's own code, in one run, on one thread.
//!
//! ```text
//! RUSTFLAGS=-Ctarget-cpu=native cargo run --release --manifest-path gpu-kernels/beside/Cargo.toml
//! RUSTFLAGS=-Ctarget-cpu=native cargo run --release --manifest-path gpu-kernels/beside/Cargo.toml -- --rounds 15
//! ```
//!
//! Plonky3 packs its field into vectors at compile time alone: without the flag it is scalar code, and the first line says so. All
//! take turns; times are those of the thread's processor, medians. The ratio is that to Plonky3's fastest in the same table.

mod plonky3;

#[path = "../../benches/measures/mod.rs"]
mod measures;

use dpgn_gpu_kernels::{InstructionSet, Kernels};
use measures::{Measure, measures, median};
use plonky3::{LANES, rivals};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rounds = arguments.iter().position(|word| word == "--rounds").and_then(|at| arguments.get(at + 1));
    let rounds: usize = rounds.and_then(|rounds| rounds.parse().ok()).unwrap_or(9);
    let sets: Vec<Kernels> = InstructionSet::ALL.into_iter().filter_map(Kernels::of).collect();
    println!("Plonky3's field has {LANES} lanes as this was compiled; one thread, medians of {rounds} rounds each");
    if LANES == 1 {
        println!("it is not at its best: compile with RUSTFLAGS=-Ctarget-cpu=native");
    }
    for (measure, rivals) in measures().into_iter().zip(rivals()) {
        let Measure { name, stock, ours } = &measure;
        let mut times: Vec<(String, Vec<f64>)> = Vec::new();
        let mut runs: Vec<Box<dyn Fn() -> f64 + '_>> = vec![Box::new(stock)];
        times.push(("plonky2".into(), Vec::new()));
        for kernels in &sets {
            times.push((format!("ours, {}", kernels.set().name()), Vec::new()));
            runs.push(Box::new(move || ours(*kernels)));
        }
        for (rival, run) in &rivals {
            times.push((format!("Plonky3, {rival}"), Vec::new()));
            runs.push(Box::new(run));
        }
        for _ in 0..rounds {
            for ((_, times), run) in times.iter_mut().zip(&runs) {
                times.push(run());
            }
        }
        show(name, times.into_iter().map(|(who, times)| (who, median(times))).collect());
    }
}

fn show(name: &str, times: Vec<(String, f64)>) {
    let best = times.iter().filter(|(who, _)| who.starts_with("Plonky3")).map(|(_, ns)| *ns).fold(f64::MAX, f64::min);
    println!("{name}");
    for (who, ns) in times {
        println!("  {who:32} {ns:10.1} ns  {:11.0} a second  {:6.2}", 1e9 / ns, best / ns);
    }
}
