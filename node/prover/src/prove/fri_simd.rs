//! The last round by kernels: the openings and the proof that [`super::openings`] has plonky2's code make.
//!
//! An extension element `a + b·X` is kept as two columns, so that everything but the few challenges is arithmetic of the field itself.
//! The values of a codeword come out in the order of its leaves, as those of commitments do, so nothing is reordered.

use super::{
    Meter, ProofStage, ProveError, Transcript,
    round::{Commitments, Extension},
    simd::{merkle_tree, reversed},
};
use crate::level::{CommonData, D, F};
use dpgn_gpu_kernels::{Kernels, Roots, Search};
use plonky2::{
    field::{
        extension::FieldExtension,
        polynomial::PolynomialCoeffs,
        types::{Field, PrimeField64},
    },
    fri::{
        proof::{FriInitialTreeProof, FriProof, FriQueryRound, FriQueryStep},
        structure::{FriBatchInfo, FriInstanceInfo},
    },
    hash::{hash_types::HashOut, merkle_tree::MerkleTree, poseidon::PoseidonHash},
    plonk::plonk_common::reduce_with_powers,
};
use rayon::prelude::*;

/// Polynomials that each thread opens between two reports of progress: fewer than a tenth of a second at 2^20 rows.
const POLYNOMIALS: usize = 16;
/// Coefficients that are combined at once: both sums stay in the first cache.
const TILE: usize = 1_024;
/// Tiles that are combined between two reports of progress.
const TILES_PER_REPORT: usize = 128;
/// Leaves that one thread hashes at once.
const LEAVES: usize = 64;
/// Tasks of hashing between two reports of progress.
const TASKS_PER_REPORT: usize = 256;
/// Numbers that one thread tries between two reports in the search for a proof of work: a few milliseconds.
const TRIES: u64 = 1 << 13;

type Polynomial = PolynomialCoeffs<F>;
type Tree = MerkleTree<F, PoseidonHash>;

/// The powers of a point, as far as polynomials of one length need them.
pub(super) struct Powers {
    kernels: Kernels,
    parts: [Vec<F>; 2],
}

impl Powers {
    pub(super) fn new(kernels: Kernels, point: Extension, length: usize) -> Self {
        let (first, second) = point.powers().take(length).map(|power| (power.0[0], power.0[1])).unzip();
        Self { kernels, parts: [first, second] }
    }

    /// The values of polynomials at the point.
    pub(super) fn values(
        &self,
        polynomials: &[Polynomial],
        meter: &mut Meter<'_>,
    ) -> Result<Vec<Extension>, ProveError> {
        let [first, second] = &self.parts;
        let value = |polynomial: &Polynomial| self.kernels.weighted_sum(&polynomial.coeffs, [first, second]);
        let mut values = Vec::with_capacity(polynomials.len());
        for some in polynomials.chunks(POLYNOMIALS * rayon::current_num_threads()) {
            meter.at(ProofStage::Openings, 0, 4)?;
            values.par_extend(some.par_iter().map(|polynomial| Extension::from_basefield_array(value(polynomial))));
        }
        Ok(values)
    }
}

/// Proves the openings of an instance, whose values the transcript has observed.
pub(super) fn prove(
    kernels: Kernels,
    common: &CommonData,
    all: &Commitments<'_>,
    instance: &FriInstanceInfo<F, D>,
    transcript: &mut Transcript,
    meter: &mut Meter<'_>,
) -> Result<FriProof<F, PoseidonHash, D>, ProveError> {
    let alpha = transcript.get_extension_challenge::<D>();
    let mut rest = PolynomialCoeffs::empty();
    for batch in &instance.batches {
        rest *= alpha.exp_u64(batch.polynomials.len() as u64);
        rest += quotient(kernels, all, batch, alpha, meter)?;
    }
    meter.at(ProofStage::Openings, 1, 4)?;

    let params = &common.fri_params;
    let mut sponge = sponge(transcript);
    let mut trees = Vec::with_capacity(params.reduction_arity_bits.len());
    let mut shift = F::MULTIPLICATIVE_GROUP_GENERATOR;
    for bits in &params.reduction_arity_bits {
        let codeword = Codeword::new(kernels, &rest.coeffs, shift, params.config.rate_bits, meter)?;
        let tree = codeword.tree(1 << bits, params.config.cap_height, meter)?;
        transcript.observe_cap::<PoseidonHash>(&tree.cap);
        trees.push(tree);
        let beta = transcript.get_extension_challenge::<D>();
        sponge = self::sponge(transcript);
        rest =
            PolynomialCoeffs::new(rest.coeffs.chunks(1 << bits).map(|chunk| reduce_with_powers(chunk, beta)).collect());
        shift = shift.exp_power_of_2(*bits);
        meter.at(ProofStage::Openings, 2, 4)?;
    }
    transcript.observe_extension_elements::<D>(&rest.coeffs);

    let pow_witness = proof_of_work(kernels, sponge, &rest.coeffs, params.config.proof_of_work_bits, meter)?;
    transcript.observe_element(pow_witness);
    transcript.get_challenge();

    let first = [all.fixed, &all.wires, &all.products, &all.quotient].map(|batch| &batch.merkle_tree);
    let leaves = all.wires.merkle_tree.leaves.len() as u64;
    let queries = transcript.get_n_challenges(params.config.num_query_rounds);
    let query = |drawn: F| query(&first, &trees, (drawn.to_canonical_u64() % leaves) as usize);
    Ok(FriProof {
        commit_phase_merkle_caps: trees.iter().map(|tree| tree.cap.clone()).collect(),
        query_round_proofs: queries.into_iter().map(query).collect(),
        final_poly: rest,
        pow_witness,
    })
}

/// The sum of a batch's polynomials by powers of `alpha`, less its value at the point, divided by the distance from the point.
fn quotient(
    kernels: Kernels,
    all: &Commitments<'_>,
    batch: &FriBatchInfo<F, D>,
    alpha: Extension,
    meter: &mut Meter<'_>,
) -> Result<PolynomialCoeffs<Extension>, ProveError> {
    let oracles = [all.fixed, &all.wires, &all.products, &all.quotient];
    let columns: Vec<&Polynomial> = batch
        .polynomials
        .iter()
        .map(|polynomial| &oracles[polynomial.oracle_index].polynomials[polynomial.polynomial_index])
        .collect();
    let length = columns.first().map_or(0, |column| column.len());
    let mut sums = vec![Extension::ZERO; length];
    for (first, sums) in sums.chunks_mut(TILES_PER_REPORT * TILE).enumerate() {
        meter.at(ProofStage::Openings, 0, 4)?;
        sums.par_chunks_mut(TILE).enumerate().for_each(|(tile, sums)| {
            let start = (first * TILES_PER_REPORT + tile) * TILE;
            let (mut first, mut second) = (vec![F::ZERO; sums.len()], vec![F::ZERO; sums.len()]);
            for (column, weight) in columns.iter().zip(alpha.powers()) {
                let coefficients = &column.coeffs[start..][..sums.len()];
                kernels.add_weighted([&mut first, &mut second], coefficients, weight.to_basefield_array());
            }
            for (sum, parts) in sums.iter_mut().zip(first.into_iter().zip(second)) {
                *sum = Extension::from_basefield_array(parts.into());
            }
        });
    }
    let mut quotient = PolynomialCoeffs::new(sums).divide_by_linear(batch.point);
    quotient.coeffs.push(Extension::ZERO);
    Ok(quotient)
}

/// The values of a polynomial on a coset that is larger than its length, in the order of leaves.
struct Codeword {
    kernels: Kernels,
    /// The number of coefficients: a power of two.
    rows: usize,
    /// Two columns for each part of the coset, in groups as kernels take them.
    values: Vec<F>,
    /// The number of all values.
    length: usize,
}

impl Codeword {
    fn new(
        kernels: Kernels,
        coefficients: &[Extension],
        shift: F,
        rate_bits: usize,
        meter: &mut Meter<'_>,
    ) -> Result<Self, ProveError> {
        let (rows, width) = (coefficients.len(), kernels.columns());
        if !rows.is_power_of_two() {
            return Err(ProveError::Circuit("a folded polynomial has no power of two of coefficients"));
        }
        let bits = rows.ilog2() as usize;
        let mut scaled = vec![F::ZERO; (2usize << rate_bits).next_multiple_of(width) * rows];
        let generator = F::primitive_root_of_unity(bits + rate_bits);
        for coset in 0..1 << rate_bits {
            meter.at(ProofStage::Openings, 1, 4)?;
            let shift = shift * generator.exp_u64(reversed(coset, rate_bits));
            for (part, column) in [2 * coset, 2 * coset + 1].into_iter().enumerate() {
                let group = &mut scaled[column / width * width * rows..][..width * rows];
                let places = group.iter_mut().skip(column % width).step_by(width);
                let values = coefficients.iter().zip(shift.powers()).map(|(x, power)| x.0[part] * power);
                places.zip(values).for_each(|(to, from)| *to = from);
            }
        }
        let (ones, roots) = (vec![F::ONE; rows], Roots::new(bits));
        let mut values = vec![F::ZERO; scaled.len()];
        let groups = values.par_chunks_exact_mut(width * rows).zip(scaled.par_chunks_exact(width * rows));
        groups.for_each(|(values, scaled)| kernels.evaluate(scaled, values, &ones, &roots));
        Ok(Self { kernels, rows, values, length: rows << rate_bits })
    }

    /// The tree over the values, so many of them in a leaf.
    fn tree(&self, arity: usize, cap_height: usize, meter: &mut Meter<'_>) -> Result<Tree, ProveError> {
        let count = self.length / arity;
        if arity > self.rows || count < 1 << cap_height {
            return Err(ProveError::Circuit("a folded polynomial is too short for its tree"));
        }
        let mut leaves = vec![Vec::new(); count];
        let mut digests = vec![HashOut::ZERO; count];
        let parts = leaves.chunks_mut(TASKS_PER_REPORT * LEAVES).zip(digests.chunks_mut(TASKS_PER_REPORT * LEAVES));
        for (part, (leaves, digests)) in parts.enumerate() {
            meter.at(ProofStage::Openings, 1, 4)?;
            let tasks = leaves.par_chunks_mut(LEAVES).zip(digests.par_chunks_mut(LEAVES)).enumerate();
            tasks.for_each(|(task, (leaves, digests))| {
                let first = (part * TASKS_PER_REPORT + task) * LEAVES;
                leaves.iter_mut().zip(first..).for_each(|(leaf, at)| leaf.extend(self.leaf(at * arity, arity)));
                self.kernels.hash_leaves(leaves, digests);
            });
        }
        Ok(merkle_tree(self.kernels, leaves, &digests, cap_height))
    }

    /// The elements of so many values from one on.
    fn leaf(&self, first: usize, arity: usize) -> impl Iterator<Item = F> {
        let (coset, row, width) = (first / self.rows, first % self.rows, self.kernels.columns());
        let value =
            move |row: usize, column: usize| self.values[(column / width * self.rows + row) * width + column % width];
        (row..row + arity).flat_map(move |row| [2 * coset, 2 * coset + 1].map(|column| value(row, column)))
    }
}

/// The state of the sponge after a challenge was drawn, when nothing waits to be absorbed.
fn sponge(transcript: &Transcript) -> [F; 12] {
    let permutation = transcript.clone().compact();
    let mut state = [F::ZERO; 12];
    state.iter_mut().zip(permutation.as_ref()).for_each(|(to, &from)| *to = from);
    state
}

/// The smallest number which, observed after the last polynomial, makes the transcript answer with so many leading zeros.
fn proof_of_work(
    kernels: Kernels,
    mut state: [F; 12],
    last: &[Extension],
    bits: u32,
    meter: &mut Meter<'_>,
) -> Result<F, ProveError> {
    // The transcript absorbs eight elements at a time, and what is left together with the number.
    let observed: Vec<F> = last.iter().flat_map(FieldExtension::<D>::to_basefield_array).collect();
    let (parts, left) = observed.as_chunks::<8>();
    for part in parts {
        state[..8].copy_from_slice(part);
        kernels.permute(std::slice::from_mut(&mut state));
    }
    state[..left.len()].copy_from_slice(left);

    let zeros = bits + (64 - F::order().bits()) as u32;
    let search = |first: u64| Search { state, position: left.len(), first, count: TRIES, zeros };
    let (mut first, threads) = (0u64, rayon::current_num_threads() as u64);
    loop {
        let pieces = (0..threads).into_par_iter();
        if let Some(found) = pieces.find_map_first(|piece| kernels.grind(&search(first + piece * TRIES))) {
            return Ok(F::from_canonical_u64(found));
        }
        first += threads * TRIES;
        meter.at(ProofStage::Openings, 3, 4)?;
    }
}

/// What one query opens: a leaf of each commitment, then one of each fold.
fn query(first: &[&Tree], folds: &[Tree], mut leaf: usize) -> FriQueryRound<F, PoseidonHash, D> {
    let evals_proofs = first.iter().map(|tree| (tree.get(leaf).to_vec(), tree.prove(leaf))).collect();
    let steps = folds.iter().map(|tree| {
        let arity = tree.leaves.first().map_or(1, |values| values.len() / D);
        leaf /= arity;
        let (pairs, _) = tree.get(leaf).as_chunks::<D>();
        let evals = pairs.iter().map(|&pair| Extension::from_basefield_array(pair)).collect();
        FriQueryStep { evals, merkle_proof: tree.prove(leaf) }
    });
    let steps = steps.collect();
    FriQueryRound { initial_trees_proof: FriInitialTreeProof { evals_proofs }, steps }
}
