//! Kernels beside plonky2's own code, in one run: permutations, leaf hashes and extensions, on one thread.
//!
//! ```text
//! cargo bench -p dpgn-gpu-kernels --bench kernels
//! cargo bench -p dpgn-gpu-kernels --bench kernels -- --rounds 15
//! ```
//!
//! All take turns, so that whatever else the machine does weighs on all; times are those of the thread's processor, medians.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it cannot go on")]

use dpgn_gpu_kernels::{InstructionSet, Kernels, Roots};
use plonky2::{
    field::{goldilocks_field::GoldilocksField as F, polynomial::PolynomialCoeffs, types::Field},
    hash::{
        hash_types::HashOut,
        poseidon::{Poseidon, PoseidonHash},
    },
    plonk::config::Hasher,
};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;

/// Leaves as wide as the wires of a circuit.
const LEAF: usize = 135;
/// The rows and the factor of an extension, by their base-2 logarithms.
const BITS: usize = 14;
const RATE_BITS: usize = 3;
/// The columns of an extension.
const COLUMNS: usize = 8;

/// The nanoseconds that the thread's processor has spent on it.
fn time(work: impl FnOnce()) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
    };
    let from = now();
    work();
    now() - from
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Something to measure: plonky2's way, and that of kernels; nanoseconds of one unit.
struct Measure {
    name: &'static str,
    stock: Box<dyn Fn() -> f64>,
    ours: Box<dyn Fn(Kernels) -> f64>,
}

fn permutations() -> Measure {
    const COUNT: usize = 8_192;
    let states = || vec![[F::TWO; 12]; COUNT];
    Measure {
        name: "permutation",
        stock: Box::new(move || {
            let mut states = states();
            time(|| states.iter_mut().for_each(|state| *state = black_box(F::poseidon(*state)))) / COUNT as f64
        }),
        ours: Box::new(move |kernels| {
            let mut states = states();
            time(|| kernels.permute(black_box(&mut states))) / COUNT as f64
        }),
    }
}

fn leaves() -> Measure {
    const COUNT: usize = 512;
    let leaves = || vec![vec![F::TWO; LEAF]; COUNT];
    Measure {
        name: "leaf of 135",
        stock: Box::new(move || {
            let leaves = leaves();
            let hash = |leaf: &Vec<F>| {
                black_box(PoseidonHash::hash_or_noop(leaf));
            };
            time(|| leaves.iter().for_each(hash)) / COUNT as f64
        }),
        ours: Box::new(move |kernels| {
            let (leaves, mut digests) = (leaves(), vec![HashOut::ZERO; COUNT]);
            time(|| kernels.hash_leaves(black_box(&leaves), &mut digests)) / COUNT as f64
        }),
    }
}

fn extensions() -> Measure {
    let unit = (COLUMNS << (BITS + RATE_BITS)) as f64;
    Measure {
        name: "value of an extension",
        stock: Box::new(move || {
            let columns = vec![PolynomialCoeffs::new(vec![F::TWO; 1 << BITS]); COLUMNS];
            let extend = |column: &PolynomialCoeffs<F>| {
                black_box(column.lde(RATE_BITS).coset_fft_with_options(F::coset_shift(), Some(RATE_BITS), None));
            };
            time(|| columns.iter().for_each(extend)) / unit
        }),
        ours: Box::new(move |kernels| {
            let width = kernels.columns();
            let roots = Roots::new(BITS);
            let coefficients = vec![F::TWO; width << BITS];
            let mut values = coefficients.clone();
            let powers: Vec<F> = F::coset_shift().powers().take(1 << BITS).collect();
            let runs = (COLUMNS << RATE_BITS) / width;
            time(|| (0..runs).for_each(|_| kernels.evaluate(black_box(&coefficients), &mut values, &powers, &roots)))
                / unit
        }),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rounds = arguments.iter().position(|word| word == "--rounds");
    let rounds: usize = rounds.map_or(9, |at| arguments[at + 1].parse().unwrap());
    let sets: Vec<Kernels> = InstructionSet::ALL.into_iter().filter_map(Kernels::of).collect();
    for Measure { name, stock, ours } in [permutations(), leaves(), extensions()] {
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
