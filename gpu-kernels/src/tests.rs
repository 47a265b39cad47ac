//! Hashes, transforms and searches on every instruction set that this machine has, beside plonky2's.

use crate::{InstructionSet, Kernels, Roots, Search};
use plonky2::{
    field::{
        goldilocks_field::GoldilocksField as F,
        polynomial::{PolynomialCoeffs, PolynomialValues},
        types::{Field, PrimeField64, Sample},
    },
    hash::{
        hash_types::HashOut,
        poseidon::{Poseidon, PoseidonHash},
    },
    plonk::config::Hasher,
    util::reverse_index_bits,
};

/// The sets that can be tried here.
pub(crate) fn sets() -> impl Iterator<Item = Kernels> {
    InstructionSet::ALL.into_iter().filter_map(Kernels::of)
}

#[test]
fn leaves_of_every_width_hash_as_plonky2_hashes_them() {
    for kernels in sets() {
        for width in (0..=17).chain([135, 139]) {
            let leaves: Vec<Vec<F>> = (0..37).map(|_| F::rand_vec(width)).collect();
            let mut digests = vec![HashOut::ZERO; leaves.len()];
            kernels.hash_leaves(&leaves, &mut digests);
            let stock: Vec<_> = leaves.iter().map(|leaf| PoseidonHash::hash_or_noop(leaf)).collect();
            assert_eq!(digests, stock, "{} at width {width}", kernels.set());
        }
    }
}

#[test]
fn pairs_hash_as_plonky2_hashes_them() {
    for kernels in sets() {
        let children: Vec<HashOut<F>> = (0..74).map(|_| HashOut::rand()).collect();
        let mut parents = vec![HashOut::ZERO; children.len() / 2];
        kernels.hash_pairs(&children, &mut parents);
        let stock: Vec<_> = children.chunks(2).map(|pair| PoseidonHash::two_to_one(pair[0], pair[1])).collect();
        assert_eq!(parents, stock, "{}", kernels.set());
    }
}

/// The columns of a group, each as a vector.
fn columns(group: &[F], width: usize) -> Vec<Vec<F>> {
    (0..width).map(|column| group.iter().skip(column).step_by(width).copied().collect()).collect()
}

#[test]
fn transforms_are_plonky2s_at_every_length() {
    for kernels in sets() {
        let width = kernels.columns();
        for bits in [0, 1, 2, 3, 5, 8, 13, 14, 15, 16] {
            let (rows, shift) = (1 << bits, F::rand());
            let coefficients = F::rand_vec(rows * width);
            let mut values = vec![F::ZERO; rows * width];
            let powers: Vec<F> = shift.powers().take(rows).collect();
            kernels.evaluate(&coefficients, &mut values, &powers, &Roots::new(bits));
            for (ours, column) in columns(&values, width).iter().zip(columns(&coefficients, width)) {
                let stock = PolynomialCoeffs::new(column).coset_fft(shift).values;
                assert_eq!(*ours, reverse_index_bits(&stock), "{} at 2^{bits}", kernels.set());
            }

            let mut group = coefficients.clone();
            kernels.interpolate(&mut group, rows, &Roots::inverse(bits));
            for (ours, column) in columns(&group, width).into_iter().zip(columns(&coefficients, width)) {
                assert_eq!(ours, PolynomialValues::new(column).ifft().coeffs, "{} back at 2^{bits}", kernels.set());
            }
        }
    }
}

#[test]
fn sums_with_weights_are_those_of_plain_arithmetic() {
    for kernels in sets() {
        for length in [0, 1, 2, 7, 8, 64, 67] {
            let [coefficients, first, second] = [(); 3].map(|()| F::rand_vec(length));
            let plain = |weights: &[F]| coefficients.iter().zip(weights).map(|(&x, &weight)| x * weight).sum::<F>();
            let sums = kernels.weighted_sum(&coefficients, [&first, &second]);
            assert_eq!(sums, [plain(&first), plain(&second)], "{} at {length}", kernels.set());

            let (mut left, mut right, weight) = (first.clone(), second.clone(), [F::rand(), F(u64::MAX)]);
            kernels.add_weighted([&mut left, &mut right], &coefficients, weight);
            for (sums, before, weight) in [(left, first, weight[0]), (right, second, weight[1])] {
                let plain = before.iter().zip(&coefficients).map(|(&before, &x)| before + x * weight);
                assert!(sums.into_iter().eq(plain), "{} at {length}", kernels.set());
            }
        }
    }
}

#[test]
fn a_search_finds_a_number_with_the_zeros_that_it_looks_for() {
    for kernels in sets() {
        let search =
            Search { state: std::array::from_fn(|_| F::rand()), position: 3, first: 0, count: 1 << 16, zeros: 8 };
        let found = kernels.grind(&search).unwrap();
        let zeros = |number: u64| {
            let mut state = search.state;
            state[search.position] = F(number);
            F::poseidon(state)[7].to_canonical_u64().leading_zeros()
        };
        assert!(zeros(found) >= 8 && (0..found).all(|number| zeros(number) < 8), "{}", kernels.set());
        assert_eq!(kernels.grind(&Search { count: found, ..search }).filter(|&again| again < found), None);
        assert_eq!(kernels.grind(&Search { position: 12, ..search }), None);
        assert_eq!(kernels.grind(&Search { count: 0, ..search }), None);
    }
}
