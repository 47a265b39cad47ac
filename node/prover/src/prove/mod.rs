//! Our own prove loop over plonky2's public parts: the same proofs as plonky2's own prover, plus progress,
//! cancellation, errors instead of panics, and one seam where faster commitments come in.
//!
//! Rounds, in order: fill the witness and check it row by row; commit to the wires; commit to the permutation
//! (and lookup) polynomials; commit to the quotient; open everything at a random point and run FRI.
//!
//! What must never happen: a panic on inputs that do not satisfy the circuit, or a proof leaving this module
//! that plonky2's own verifier refuses. A false proof costs its prover a fine, so each is verified once more
//! before it is returned; that takes milliseconds.

mod arithmetic;
mod backend;
mod check;
mod fri_simd;
mod lookup;
mod openings;
mod permutation;
mod progress;
mod quotient;
mod quotient_simd;
#[cfg(test)]
mod random;
mod round;
mod selectors;
mod simd;
#[cfg(test)]
mod tests;
mod witness;

pub use crate::{environment::SIMD_VARIABLE, progress::Progress};
pub use arithmetic::{Arithmetic, ArithmeticError};
pub use backend::{Backend, CommitError, CommitPlan, CpuBackend, Polynomials};
pub use check::Violation;
pub use simd::SimdBackend;
pub use witness::Unsatisfied;

use crate::level::{C, CommonData, D, F, Proof, ProverOnlyData, VerifierData};
use dpgn_protocol::wire::ProofStage;
use plonky2::{
    field::polynomial::PolynomialValues,
    fri::oracle::PolynomialBatch,
    hash::{hash_types::HashOut, poseidon::PoseidonHash},
    iop::{challenger::Challenger, witness::PartialWitness},
    plonk::{circuit_data::VerifierOnlyCircuitData, config::Hasher, proof},
};
use progress::Meter;
use rayon::prelude::*;
use round::Commitments;
use std::ops::ControlFlow;
use witness::Trace;

/// A commitment to a batch of polynomials.
pub type Batch = PolynomialBatch<F, C, D>;

type Transcript = Challenger<F, PoseidonHash>;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// Whoever watches asked to stop.
    #[error("cancelled at {permille} of 1000")]
    Cancelled {
        /// The progress when the proof was stopped, in thousandths of the whole.
        permille: u16,
    },
    /// The inputs do not lead to a witness.
    #[error("the inputs do not satisfy the circuit: {0}")]
    Unsatisfied(#[from] Unsatisfied),
    /// The witness breaks a constraint.
    #[error("the inputs do not satisfy the circuit: {0}")]
    Violated(#[from] Violation),
    /// A challenge met a value it must not meet, which has a chance below 2^-40. Proving again draws others.
    #[error("an unlucky challenge; prove again")]
    Unlucky,
    /// The circuit's data contradict each other.
    #[error("the circuit's data do not fit together: {0}")]
    Circuit(&'static str),
    /// The backend did not commit.
    #[error("{stage:?}: {source}")]
    Commit {
        /// The stage of the proof whose commitment failed.
        stage: ProofStage,
        /// The error of the backend.
        source: CommitError,
    },
    /// The finished proof does not verify: a defect of this machine or of this program.
    #[error("the finished proof does not verify: {0}")]
    SelfCheck(String),
}

/// The challenges of all rounds, as far as they are drawn.
struct Challenges {
    betas: Vec<F>,
    gammas: Vec<F>,
    /// Four per challenge if the circuit has lookups, else none.
    deltas: Vec<F>,
    alphas: Vec<F>,
}

/// Proves that some witness that extends `inputs` satisfies the circuit.
///
/// `watch` hears of progress, in thousandths that never fall, and may answer `Break` to stop. Commitments are
/// made by `backend`; all else runs on the CPU.
pub fn prove(
    prover: &ProverOnlyData,
    common: &CommonData,
    inputs: PartialWitness<F>,
    backend: &dyn Backend,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Proof, ProveError> {
    let mut meter = Meter::new(watch);
    let witness = witness::fill(prover, common, inputs, &mut meter)?;
    let trace = witness::trace(prover, common, witness)?;
    let proof = prove_trace(prover, common, trace, backend, &mut meter)?;
    self_check(prover, common, &proof)?;
    meter.at(ProofStage::Openings, 1, 1)?;
    Ok(proof)
}

/// The public inputs that `inputs` lead to, tag included. Runs the generators and checks no row; the circuit need not be
/// committed to.
pub(crate) fn public_values(
    prover: &ProverOnlyData,
    common: &CommonData,
    inputs: PartialWitness<F>,
) -> Result<Vec<F>, ProveError> {
    let watch = &mut |_| ControlFlow::Continue(());
    let witness = witness::fill(prover, common, inputs, &mut Meter::new(watch))?;
    Ok(witness::public_inputs(prover, &witness)?)
}

/// All rounds after the witness.
fn prove_trace(
    prover: &ProverOnlyData,
    common: &CommonData,
    trace: Trace,
    backend: &dyn Backend,
    meter: &mut Meter<'_>,
) -> Result<Proof, ProveError> {
    let public_inputs_hash = PoseidonHash::hash_no_pad(&trace.public_inputs);
    check::rows(prover, common, &trace, &public_inputs_hash, backend.kernels())?;
    let mut transcript = Transcript::new();
    common.fri_params.observe(&mut transcript);
    transcript.observe_hash::<PoseidonHash>(prover.circuit_digest);
    transcript.observe_hash::<PoseidonHash>(public_inputs_hash);
    let public_inputs = trace.public_inputs.clone();
    let all = commit(prover, common, trace, &public_inputs_hash, &mut transcript, backend, meter)?;

    meter.at(ProofStage::Openings, 0, 1)?;
    let (openings, opening_proof) = openings::open(common, &all, &mut transcript, backend.kernels(), meter)?;
    let Commitments { wires, products, quotient, .. } = all;
    let [wires_cap, plonk_zs_partial_products_cap, quotient_polys_cap] =
        [&wires, &products, &quotient].map(|batch| batch.merkle_tree.cap.clone());
    // Freeing so many leaves takes longer than verifying the proof, which is what follows.
    rayon::spawn(move || drop((wires, products, quotient)));
    let proof = proof::Proof { wires_cap, plonk_zs_partial_products_cap, quotient_polys_cap, openings, opening_proof };
    Ok(Proof { proof, public_inputs })
}

/// The rounds that commit: to wires, to products, to the quotient.
fn commit<'a>(
    prover: &'a ProverOnlyData,
    common: &CommonData,
    trace: Trace,
    public_inputs_hash: &HashOut<F>,
    transcript: &mut Transcript,
    backend: &dyn Backend,
    meter: &mut Meter<'_>,
) -> Result<Commitments<'a>, ProveError> {
    let plan = CommitPlan::new(common, prover);
    meter.at(ProofStage::Wires, 0, 1)?;
    // The arguments after this read wires that are routed; a commitment makes its own of what it is given.
    let Trace { wires: columns, .. } = trace;
    let routed: Vec<Vec<F>> = columns.par_iter().take(common.config.num_routed_wires).cloned().collect();
    let columns = columns.into_iter().map(PolynomialValues::new).collect();
    let wires = meter.commit(ProofStage::Wires, backend, Polynomials::Values(columns), &plan)?;
    transcript.observe_cap::<PoseidonHash>(&wires.merkle_tree.cap);

    meter.at(ProofStage::Permutation, 0, 1)?;
    let mut challenges = draw(transcript, common);
    let mut columns = permutation::columns(prover, common, &routed, &challenges)?;
    columns.extend(lookup::columns(prover, common, &routed, &challenges.deltas)?);
    drop(routed);
    let products = meter.commit(ProofStage::Permutation, backend, Polynomials::Values(columns), &plan)?;
    transcript.observe_cap::<PoseidonHash>(&products.merkle_tree.cap);

    challenges.alphas = transcript.get_n_challenges(common.config.num_challenges);
    let round = round::Round { prover, common, wires: &wires, products: &products, challenges: &challenges };
    let chunks = quotient::chunks(&round, public_inputs_hash, backend.kernels(), meter)?;
    let quotient = meter.commit(ProofStage::Quotient, backend, Polynomials::Coefficients(chunks), &plan)?;
    transcript.observe_cap::<PoseidonHash>(&quotient.merkle_tree.cap);
    Ok(Commitments { fixed: &prover.constants_sigmas_commitment, wires, products, quotient })
}

/// The challenges of the permutation round. Lookups share the first two of each four with it.
fn draw(transcript: &mut Transcript, common: &CommonData) -> Challenges {
    let count = common.config.num_challenges;
    let betas = transcript.get_n_challenges(count);
    let gammas = transcript.get_n_challenges(count);
    let deltas = if common.luts.is_empty() {
        Vec::new()
    } else {
        let more = transcript.get_n_challenges((lookup::CHALLENGES - 2) * count);
        [betas.as_slice(), &gammas, &more].concat()
    };
    Challenges { betas, gammas, deltas, alphas: Vec::new() }
}

/// Verifies a finished proof with plonky2's own verifier.
fn self_check(prover: &ProverOnlyData, common: &CommonData, proof: &Proof) -> Result<(), ProveError> {
    let verifier_only = VerifierOnlyCircuitData {
        constants_sigmas_cap: prover.constants_sigmas_commitment.merkle_tree.cap.clone(),
        circuit_digest: prover.circuit_digest,
    };
    let verifier = VerifierData { verifier_only, common: common.clone() };
    verifier.verify(proof.clone()).map_err(|reason| ProveError::SelfCheck(reason.to_string()))
}
