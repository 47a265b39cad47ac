//! Plonky3's permutations, leaf hashes and extensions over the same field, on its packed field: what a prover on it calls.
//!
//! Its Poseidon has the shape of plonky2's (twelve elements, x^7, 8 full and 22 partial rounds) with constants and a matrix of its
//! own; its Poseidon2 is another permutation, cheaper by design. Neither makes plonky2's proofs.

use crate::measures::{BITS, COLUMNS, LEAF, LEAVES, RATE_BITS, STATES, time};
use p3_dft::{Radix2Bowers, Radix2DitParallel, TwoAdicSubgroupDft};
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_goldilocks::{
    Goldilocks, default_goldilocks_poseidon2_8, default_goldilocks_poseidon2_12,
    poseidon1::default_goldilocks_poseidon1_12,
};
use p3_matrix::{Matrix, dense::RowMajorMatrix};
use p3_symmetric::{CryptographicHasher, PaddingFreeSponge, Permutation};
use std::hint::black_box;

/// As many elements as an instruction takes, as it was compiled.
type Packed = <Goldilocks as Field>::Packing;

/// The elements of the packed field: eight with AVX-512, four with AVX2, one where the compiler was told of neither.
pub const LANES: usize = Packed::WIDTH;

/// The shift of a coset: any generator.
const SHIFT: Goldilocks = Goldilocks::GENERATOR;

/// Something of Plonky3's: its name, and a function that gives the nanoseconds of one unit.
pub type Rival = (&'static str, Box<dyn Fn() -> f64>);

/// Rivals of each of our measures, in their order.
pub fn rivals() -> [Vec<Rival>; 3] {
    let (poseidon, poseidon2) = (default_goldilocks_poseidon1_12(), default_goldilocks_poseidon2_12());
    let narrow = default_goldilocks_poseidon2_8();
    let permutations = vec![
        permutation("Poseidon, 12", poseidon.clone()),
        permutation("Poseidon2, 12", poseidon2.clone()),
        permutation("Poseidon2, 8", narrow.clone()),
    ];
    let leaves = vec![
        leaf("Poseidon, 12", PaddingFreeSponge::<_, 12, 8, 4>::new(poseidon)),
        leaf("Poseidon2, 12", PaddingFreeSponge::<_, 12, 8, 4>::new(poseidon2)),
        leaf("Poseidon2, 8", PaddingFreeSponge::<_, 8, 4, 4>::new(narrow)),
    ];
    let extensions = vec![
        extension("DIT, 8 columns", Radix2DitParallel::default(), COLUMNS),
        extension("DIT, 128 columns", Radix2DitParallel::default(), 128),
        extension("Bowers, 8 columns", Radix2Bowers, COLUMNS),
        extension("Bowers, 128 columns", Radix2Bowers, 128),
    ];
    [permutations, leaves, extensions]
}

/// Elements that look like no pattern: powers of a generator.
fn elements(count: usize) -> Vec<Goldilocks> {
    Goldilocks::GENERATOR.powers().take(count).collect()
}

fn permutation<const WIDTH: usize>(
    name: &'static str,
    permutation: impl Permutation<[Packed; WIDTH]> + 'static,
) -> Rival {
    let run = move || {
        let given = elements(STATES * WIDTH);
        let mut next = given.chunks_exact(LANES).map(|lanes| *Packed::from_slice(lanes));
        let mut states: Vec<[Packed; WIDTH]> =
            (0..STATES / LANES).map(|_| std::array::from_fn(|_| next.next().unwrap_or(Packed::ZERO))).collect();
        time(|| black_box(&mut states).iter_mut().for_each(|state| permutation.permute_mut(state))) / STATES as f64
    };
    (name, Box::new(run))
}

fn leaf(name: &'static str, hasher: impl CryptographicHasher<Packed, [Packed; 4]> + 'static) -> Rival {
    let run = move || {
        let leaves = RowMajorMatrix::new(elements(LEAVES * LEAF), LEAF);
        let hash = |row| {
            let _digests = black_box(hasher.hash_iter(leaves.vertically_packed_row::<Packed>(row)));
        };
        time(|| (0..LEAVES).step_by(LANES).for_each(hash)) / LEAVES as f64
    };
    (name, Box::new(run))
}

fn extension(name: &'static str, dft: impl TwoAdicSubgroupDft<Goldilocks> + 'static, columns: usize) -> Rival {
    let run = move || {
        let extend = || {
            let values = RowMajorMatrix::new(elements(columns << BITS), columns);
            time(|| drop(black_box(dft.coset_lde_batch(values, RATE_BITS, SHIFT))))
        };
        // The first time it finds its roots.
        extend();
        extend() / (columns << (BITS + RATE_BITS)) as f64
    };
    (name, Box::new(run))
}
