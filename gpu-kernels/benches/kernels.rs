//! Kernels beside plonky2's own code, in one run: permutations, leaf hashes and extensions, on one thread.
//!
//! ```text
//! cargo bench -p dpgn-gpu-kernels --bench kernels
//! cargo bench -p dpgn-gpu-kernels --bench kernels -- --rounds 15
//! ```
//!
//! All take turns, so that whatever else the machine does weighs on all; times are those of the thread's processor, medians. Plonky3
//! beside them is in the package `gpu-kernels/beside`, which no build of the workspace waits for.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it cannot go on")]

mod measures;

use dpgn_gpu_kernels::{InstructionSet, Kernels};
use measures::{Measure, measures, median};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rounds = arguments.iter().position(|word| word == "--rounds");
    let rounds: usize = rounds.map_or(9, |at| arguments[at + 1].parse().unwrap());
    let sets: Vec<Kernels> = InstructionSet::ALL.into_iter().filter_map(Kernels::of).collect();
    for Measure { name, stock, ours } in measures() {
        let (mut of_stock, mut of_sets) = (Vec::new(), vec![Vec::new(); sets.len()]);
        for _ in 0..rounds {
            of_stock.push(stock());
            for (times, kernels) in of_sets.iter_mut().zip(&sets) {
                times.push(ours(*kernels));
            }
        }
        let stock = median(of_stock);
        println!("{name:24} plonky2 {stock:10.1} ns");
        for (times, kernels) in of_sets.into_iter().zip(&sets) {
            let own = median(times);
            println!("{:24} {:7} {own:10.1} ns  {:5.2}x", "", kernels.set().name(), stock / own);
        }
    }
}
