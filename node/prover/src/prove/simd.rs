//! Commitments on the vector units of the processor: the same tree as plonky2's, several times as fast.
//!
//! The leaves lie in bit-reversed order, so the first 2^n of them are the values on one coset of the rows' subgroup, the next 2^n those
//! on another. Each coset is evaluated alone, its values are hashed as leaves while they are in the cache, and no transform is
//! longer than the polynomials. So a commitment needs less memory than plonky2's, which holds all values twice.

use super::{
    Batch,
    backend::{Backend, CommitError, CommitPlan, Polynomials, check_shape, report},
};
use crate::level::F;
use dpgn_gpu_kernels::{Kernels, Roots};
use plonky2::{
    field::{
        polynomial::PolynomialCoeffs,
        types::{Field, Sample},
    },
    fri::oracle::SALT_SIZE,
    hash::{
        hash_types::HashOut,
        merkle_tree::{MerkleCap, MerkleTree},
        poseidon::PoseidonHash,
    },
    util::log2_strict,
};
use rand_chacha::{ChaCha12Rng, rand_core::SeedableRng};
use rayon::prelude::*;
use std::ops::ControlFlow;

/// Rows that are hashed between two reports of progress: fewer than a tenth of a second on one core.
const ROWS_PER_REPORT: usize = 8_192;
/// Rows that one thread hashes at once: a multiple of all kernels' lanes.
const ROWS_PER_TASK: usize = 64;
/// Rows that are interleaved at once, so that both sides stay in the cache.
const TILE: usize = 64;

// The progress of a commitment, in thousandths, by what has been done.
const INTERPOLATED: usize = 40;
const HASHED: usize = 940;

/// Kernels as a backend of the prove loop.
#[derive(Clone, Copy, Debug)]
pub struct SimdBackend(pub Kernels);

/// The columns of a commitment, interleaved group by group.
struct Columns {
    kernels: Kernels,
    /// The number of columns.
    count: usize,
    /// The base-2 logarithm of the number of rows.
    bits: usize,
    /// The groups one after the other: for each row the elements of the group's columns.
    coefficients: Vec<F>,
}

impl Backend for SimdBackend {
    fn commit(
        &self,
        polynomials: Polynomials,
        plan: &CommitPlan<'_>,
        watch: &mut dyn FnMut(u16) -> ControlFlow<()>,
    ) -> Result<Batch, CommitError> {
        check_shape(&polynomials, plan)?;
        let (columns, polynomials) = interpolate(self.0, polynomials);
        report(watch, INTERPOLATED)?;
        let (leaves, digests) = columns.leaves(plan, watch)?;
        let bits = columns.bits;
        drop(columns);
        let merkle_tree = merkle_tree(self.0, leaves, &digests, plan.cap_height);
        report(watch, 1_000)?;
        Ok(Batch { polynomials, merkle_tree, degree_log: bits, rate_bits: plan.rate_bits, blinding: plan.blinding })
    }

    fn kernels(&self) -> Option<Kernels> {
        Some(self.0)
    }
}

/// The coefficients, interleaved and as plonky2 has them.
fn interpolate(kernels: Kernels, polynomials: Polynomials) -> (Columns, Vec<PolynomialCoeffs<F>>) {
    let (given, are_values): (Vec<Vec<F>>, bool) = match polynomials {
        Polynomials::Values(columns) => (columns.into_iter().map(|column| column.values).collect(), true),
        Polynomials::Coefficients(columns) => (columns.into_iter().map(|column| column.coeffs).collect(), false),
    };
    let (width, count, rows) = (kernels.columns(), given.len(), given.first().map_or(0, Vec::len));
    let bits = log2_strict(rows);
    let mut coefficients = vec![F::ZERO; count.div_ceil(width) * rows * width];
    let roots = Roots::inverse(bits);
    let groups = coefficients.par_chunks_exact_mut(rows * width).zip(given.into_par_iter().chunks(width));
    let polynomials = groups.flat_map(|(group, mut columns)| {
        interleave(&columns, group, width);
        if are_values {
            kernels.interpolate(group, rows, &roots);
            separate(group, &mut columns, width);
        }
        columns.into_par_iter().map(PolynomialCoeffs::new)
    });
    let polynomials = polynomials.collect();
    (Columns { kernels, count, bits, coefficients }, polynomials)
}

/// Columns to rows of a group; columns that are missing stay as they are.
fn interleave(columns: &[Vec<F>], group: &mut [F], width: usize) {
    for (tile, group) in group.chunks_mut(TILE * width).enumerate() {
        for (at, column) in columns.iter().enumerate() {
            let elements = column.iter().skip(tile * TILE);
            group.iter_mut().skip(at).step_by(width).zip(elements).for_each(|(to, &from)| *to = from);
        }
    }
}

/// Rows of a group to columns.
fn separate(group: &[F], columns: &mut [Vec<F>], width: usize) {
    for (tile, group) in group.chunks(TILE * width).enumerate() {
        for (at, column) in columns.iter_mut().enumerate() {
            let elements = group.iter().skip(at).step_by(width);
            column.iter_mut().skip(tile * TILE).zip(elements).for_each(|(to, &from)| *to = from);
        }
    }
}

/// Leaves of a tree, and the digest of each.
type Leaves = (Vec<Vec<F>>, Vec<HashOut<F>>);

impl Columns {
    /// The leaves of all cosets, in plonky2's order.
    fn leaves(
        &self,
        plan: &CommitPlan<'_>,
        watch: &mut dyn FnMut(u16) -> ControlFlow<()>,
    ) -> Result<Leaves, CommitError> {
        let (rows, cosets) = (1 << self.bits, 1 << plan.rate_bits);
        let roots = Roots::new(self.bits);
        let generator = F::primitive_root_of_unity(self.bits + plan.rate_bits);
        let salts = Salts::new(plan.blinding)?;
        let mut leaves = vec![Vec::new(); rows << plan.rate_bits];
        let mut digests = vec![HashOut::ZERO; leaves.len()];
        let mut values = vec![F::ZERO; self.coefficients.len()];
        let group = rows * self.kernels.columns();
        for coset in 0..cosets {
            let shift = F::coset_shift() * generator.exp_u64(reversed(coset, plan.rate_bits));
            let powers: Vec<F> = shift.powers().take(rows).collect();
            let groups = values.par_chunks_exact_mut(group).zip(self.coefficients.par_chunks_exact(group));
            groups.for_each(|(values, coefficients)| self.kernels.evaluate(coefficients, values, &powers, &roots));
            for first in (0..rows).step_by(ROWS_PER_REPORT) {
                let last = rows.min(first + ROWS_PER_REPORT);
                let at = coset * rows + first..coset * rows + last;
                let tasks = leaves[at.clone()].par_chunks_mut(ROWS_PER_TASK);
                tasks.zip(digests[at.clone()].par_chunks_mut(ROWS_PER_TASK)).enumerate().for_each(
                    |(task, (leaves, digests))| {
                        let from = task * ROWS_PER_TASK;
                        let mut salt = salts.of(at.start + from);
                        for (row, leaf) in leaves.iter_mut().enumerate() {
                            *leaf = self.row(&values, first + from + row, salt.as_mut());
                        }
                        self.kernels.hash_leaves(leaves, digests);
                    },
                );
                report(watch, INTERPOLATED + (HASHED - INTERPOLATED) * (coset * rows + last) / (rows * cosets))?;
            }
        }
        Ok((leaves, digests))
    }

    /// The values of all columns at one point, and salt if there is to be some.
    fn row(&self, values: &[F], row: usize, salt: Option<&mut ChaCha12Rng>) -> Vec<F> {
        let width = self.kernels.columns();
        let mut leaf = Vec::with_capacity(self.count + if salt.is_some() { SALT_SIZE } else { 0 });
        for (group, values) in values.chunks_exact(width << self.bits).enumerate() {
            let used = width.min(self.count - group * width);
            leaf.extend_from_slice(&values[row * width..][..used]);
        }
        if let Some(salt) = salt {
            leaf.extend((0..SALT_SIZE).map(|_| F::sample(salt)));
        }
        leaf
    }
}

/// The salt of a commitment that hides: from one seed of the operating system, a stream for each task of leaves.
struct Salts(Option<[u8; 32]>);

impl Salts {
    fn new(are_wanted: bool) -> Result<Self, CommitError> {
        if !are_wanted {
            return Ok(Self(None));
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| CommitError::Random(error.to_string()))?;
        Ok(Self(Some(seed)))
    }

    /// The salt of the leaves from this one on.
    fn of(&self, leaf: usize) -> Option<ChaCha12Rng> {
        let mut stream = ChaCha12Rng::from_seed(self.0?);
        stream.set_stream(leaf as u64);
        Some(stream)
    }
}

/// The lower bits of a number, in reversed order.
pub(super) const fn reversed(number: usize, bits: usize) -> u64 {
    if bits == 0 { 0 } else { (number.reverse_bits() >> (usize::BITS as usize - bits)) as u64 }
}

/// The tree over leaves whose digests are known.
pub(super) fn merkle_tree(
    kernels: Kernels,
    leaves: Vec<Vec<F>>,
    leaf_digests: &[HashOut<F>],
    cap_height: usize,
) -> MerkleTree<F, PoseidonHash> {
    let subtrees = 1 << cap_height;
    let size = leaves.len() / subtrees;
    // Two children for each inner node of a subtree; its root is in the cap.
    let inner = 2 * (size - 1);
    if inner == 0 {
        return MerkleTree { leaves, digests: Vec::new(), cap: MerkleCap(leaf_digests.to_vec()) };
    }
    let mut digests = vec![HashOut::ZERO; inner * subtrees];
    let trees = digests.par_chunks_exact_mut(inner).zip(leaf_digests.par_chunks_exact(size));
    let cap = trees.map(|(digests, leaves)| subtree(kernels, leaves, digests)).collect();
    MerkleTree { leaves, digests, cap: MerkleCap(cap) }
}

/// Fills a subtree in plonky2's order, and gives its root: at the layer above `2^i` leaves the pair of children of node `p` lies after
/// the `2^i − 1` pairs of its left half.
fn subtree(kernels: Kernels, leaves: &[HashOut<F>], digests: &mut [HashOut<F>]) -> HashOut<F> {
    let mut level = leaves.to_vec();
    let mut layer = 0;
    while level.len() > 1 {
        for (node, pair) in level.chunks_exact(2).enumerate() {
            let at = 2 * ((node << (layer + 1)) + (1 << layer) - 1);
            digests[at..at + 2].copy_from_slice(pair);
        }
        let mut parents = vec![HashOut::ZERO; level.len() / 2];
        kernels.hash_pairs(&level, &mut parents);
        level = parents;
        layer += 1;
    }
    level.first().copied().unwrap_or(HashOut::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::CpuBackend;
    use dpgn_gpu_kernels::InstructionSet;
    use plonky2::field::polynomial::PolynomialValues;

    fn sets() -> impl Iterator<Item = Kernels> {
        InstructionSet::ALL.into_iter().filter_map(Kernels::of)
    }

    /// Commits without anybody who watches.
    fn commit(backend: &dyn Backend, polynomials: Polynomials, plan: &CommitPlan<'_>) -> Batch {
        backend.commit(polynomials, plan, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    fn plan(rate_bits: usize, cap_height: usize, blinding: bool) -> CommitPlan<'static> {
        CommitPlan { rate_bits, cap_height, blinding, roots: None }
    }

    #[test]
    fn commitments_are_plonky2s_to_the_last_digest() {
        for kernels in sets() {
            for (count, bits, rate_bits, cap_height) in
                [(1, 0, 3, 0), (1, 1, 3, 4), (3, 4, 0, 2), (8, 5, 3, 4), (20, 7, 3, 4), (135, 9, 3, 4), (9, 14, 2, 0)]
            {
                let columns: Vec<Vec<F>> = (0..count).map(|_| F::rand_vec(1 << bits)).collect();
                let plan = plan(rate_bits, cap_height, false);
                let values = || Polynomials::Values(columns.iter().cloned().map(PolynomialValues::new).collect());
                let coefficients =
                    || Polynomials::Coefficients(columns.iter().cloned().map(PolynomialCoeffs::new).collect());
                for given in [&values as &dyn Fn() -> Polynomials, &coefficients] {
                    let (ours, stock) =
                        (commit(&SimdBackend(kernels), given(), &plan), commit(&CpuBackend, given(), &plan));
                    let what = format!("{} at {count} columns of 2^{bits}", kernels.set());
                    assert_eq!(ours.polynomials, stock.polynomials, "{what}");
                    assert_eq!(ours.merkle_tree, stock.merkle_tree, "{what}");
                    assert_eq!((ours.degree_log, ours.rate_bits), (stock.degree_log, stock.rate_bits), "{what}");
                }
            }
        }
    }

    #[test]
    fn salt_differs_from_leaf_to_leaf_and_from_commitment_to_commitment() {
        for kernels in sets() {
            let columns = || Polynomials::Values(vec![PolynomialValues::new(vec![F::ONE; 256]); 9]);
            let salts = || {
                let batch = commit(&SimdBackend(kernels), columns(), &plan(3, 4, true));
                assert!(batch.merkle_tree.leaves.iter().all(|leaf| leaf.len() == 9 + SALT_SIZE));
                let leaves = batch.merkle_tree.leaves.iter();
                assert!(leaves.clone().enumerate().all(|(i, leaf)| {
                    let proof = batch.merkle_tree.prove(i);
                    plonky2::hash::merkle_proofs::verify_merkle_proof_to_cap(
                        leaf.clone(),
                        i,
                        &batch.merkle_tree.cap,
                        &proof,
                    )
                    .is_ok()
                }));
                let salts: Vec<F> = leaves.flat_map(|leaf| leaf[9..].to_vec()).collect();
                salts
            };
            let all = [salts(), salts()].concat();
            let distinct: std::collections::HashSet<_> = all.iter().collect();
            assert_eq!(distinct.len(), all.len(), "{}", kernels.set());
        }
    }

    #[test]
    fn whoever_watches_hears_of_progress_and_can_stop() {
        let kernels = Kernels::of(InstructionSet::Plain).unwrap();
        let columns = || Polynomials::Values(vec![PolynomialValues::new(vec![F::ONE; 1 << 14])]);
        let mut heard = Vec::new();
        let mut watch = |permille| {
            heard.push(permille);
            if heard.len() == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let stopped = SimdBackend(kernels).commit(columns(), &plan(3, 4, false), &mut watch);
        assert!(matches!(stopped, Err(CommitError::Cancelled)));
        assert!(heard.len() == 5 && heard.is_sorted(), "{heard:?}");
    }
}
