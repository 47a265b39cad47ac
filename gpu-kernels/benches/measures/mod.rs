//! What kernels are measured by: permutations, leaf hashes, extensions, in plonky2's way and in ours, on one thread.

use dpgn_gpu_kernels::{Kernels, Roots};
use plonky2::{
    field::{
        fft::fft_root_table,
        goldilocks_field::GoldilocksField as F,
        polynomial::PolynomialValues,
        types::{Field, Sample},
    },
    hash::{
        hash_types::HashOut,
        poseidon::{Poseidon, PoseidonHash},
    },
    plonk::config::Hasher,
};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;

/// States that are permuted between two looks at the clock.
pub const STATES: usize = 8_192;
/// Leaves that are hashed between two looks at the clock, each as wide as the wires of a circuit.
pub const LEAVES: usize = 512;
/// Elements of a leaf.
pub const LEAF: usize = 135;
/// The rows and the factor of an extension, by their base-2 logarithms.
pub const BITS: usize = 14;
/// The factor of an extension, by its base-2 logarithm.
pub const RATE_BITS: usize = 3;
/// The columns of an extension: as many as fit into a cache together.
pub const COLUMNS: usize = 8;

/// The nanoseconds that the thread's processor has spent on it.
pub fn time(work: impl FnOnce()) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
    };
    let from = now();
    work();
    now() - from
}

/// The one in the middle.
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Something to measure: plonky2's way, and that of kernels; nanoseconds of one unit.
pub struct Measure {
    pub name: &'static str,
    pub stock: Box<dyn Fn() -> f64>,
    pub ours: Box<dyn Fn(Kernels) -> f64>,
}

/// All of them, in the order of the tables.
pub fn measures() -> [Measure; 3] {
    [permutations(), leaves(), extensions()]
}

fn permutations() -> Measure {
    let states = || -> Vec<[F; 12]> { (0..STATES).map(|_| std::array::from_fn(|_| F::rand())).collect() };
    Measure {
        name: "permutation",
        stock: Box::new(move || {
            let mut states = states();
            time(|| states.iter_mut().for_each(|state| *state = black_box(F::poseidon(*state)))) / STATES as f64
        }),
        ours: Box::new(move |kernels| {
            let mut states = states();
            time(|| kernels.permute(black_box(&mut states))) / STATES as f64
        }),
    }
}

fn leaves() -> Measure {
    let leaves = || -> Vec<Vec<F>> { (0..LEAVES).map(|_| F::rand_vec(LEAF)).collect() };
    Measure {
        name: "leaf of 135",
        stock: Box::new(move || {
            let leaves = leaves();
            let hash = |leaf: &Vec<F>| {
                black_box(PoseidonHash::hash_or_noop(leaf));
            };
            time(|| leaves.iter().for_each(hash)) / LEAVES as f64
        }),
        ours: Box::new(move |kernels| {
            let (leaves, mut digests) = (leaves(), vec![HashOut::ZERO; LEAVES]);
            time(|| kernels.hash_leaves(black_box(&leaves), &mut digests)) / LEAVES as f64
        }),
    }
}

/// From the values of columns on the rows to those on a coset eight times as large, by way of coefficients. All values are written
/// to memory that is new; roots are there before, as far as provers have them before.
fn extensions() -> Measure {
    let unit = (COLUMNS << (BITS + RATE_BITS)) as f64;
    let table = fft_root_table(1 << (BITS + RATE_BITS));
    Measure {
        name: "value of an extension",
        stock: Box::new(move || {
            let columns: Vec<_> = (0..COLUMNS).map(|_| PolynomialValues::new(F::rand_vec(1 << BITS))).collect();
            let extend = |column: PolynomialValues<F>| {
                let padded = column.ifft().lde(RATE_BITS);
                padded.coset_fft_with_options(F::coset_shift(), Some(RATE_BITS), Some(&table))
            };
            time(|| drop(black_box(columns.into_iter().map(extend).collect::<Vec<_>>()))) / unit
        }),
        ours: Box::new(move |kernels| {
            let width = kernels.columns();
            let (roots, inverse_roots) = (Roots::new(BITS), Roots::inverse(BITS));
            let root = F::primitive_root_of_unity(BITS + RATE_BITS);
            let powers = |coset: usize| -> Vec<F> {
                (F::coset_shift() * root.exp_u64(coset as u64)).powers().take(1 << BITS).collect()
            };
            let cosets: Vec<Vec<F>> = (0..1 << RATE_BITS).map(powers).collect();
            let groups: Vec<Vec<F>> = (0..COLUMNS / width).map(|_| F::rand_vec(width << BITS)).collect();
            let extend = |mut group: Vec<F>| {
                kernels.interpolate(&mut group, 1 << BITS, &inverse_roots);
                let mut values = vec![F::ZERO; group.len() << RATE_BITS];
                for (powers, values) in cosets.iter().zip(values.chunks_exact_mut(group.len())) {
                    kernels.evaluate(&group, values, powers, &roots);
                }
                values
            };
            time(|| drop(black_box(groups.into_iter().map(extend).collect::<Vec<_>>()))) / unit
        }),
    }
}
