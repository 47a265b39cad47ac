//! The permutation argument: that wires joined by copy constraints are equal.
//!
//! For each challenge, `Z` starts at one and gathers, row by row, the product of
//! `(wire + β·id + γ) / (wire + β·σ + γ)` over all routed wires; it ends at one again exactly if joined wires
//! agree. A row's product is taken in chunks, to bound the degree: after each chunk but the last, the running
//! product is a column of its own.

use super::{Challenges, ProveError, Violation, witness::Trace};
use crate::level::{CommonData, F, ProverOnlyData};
use plonky2::field::{polynomial::PolynomialValues, types::Field};
use rayon::prelude::*;

/// Rows whose denominators are inverted together.
const BATCH: usize = 64;

/// First `Z` for every challenge, then the partial products for every challenge.
pub(super) fn columns(
    prover: &ProverOnlyData,
    common: &CommonData,
    trace: &Trace,
    challenges: &Challenges,
) -> Result<Vec<PolynomialValues<F>>, ProveError> {
    let (mut zs, mut partials) = (Vec::new(), Vec::new());
    for (&beta, &gamma) in challenges.betas.iter().zip(&challenges.gammas) {
        let ratios = ratios(prover, common, trace, beta, gamma)?;
        let mut columns = running_products(&ratios, common)?;
        zs.push(columns.remove(0));
        partials.extend(columns);
    }
    zs.extend(partials);
    Ok(zs)
}

/// How many chunks a row's product is taken in.
fn chunks(common: &CommonData) -> usize {
    common.num_partial_products + 1
}

/// For each row, for each chunk: the product of its numerators over that of its denominators.
fn ratios(
    prover: &ProverOnlyData,
    common: &CommonData,
    trace: &Trace,
    beta: F,
    gamma: F,
) -> Result<Vec<F>, ProveError> {
    let (chunks, size, routed) = (chunks(common), common.quotient_degree_factor, common.config.num_routed_wires);
    let mut ratios = vec![F::ZERO; common.degree() * chunks];
    ratios.par_chunks_mut(BATCH * chunks).enumerate().try_for_each(|(batch, ratios)| {
        let mut denominators = Vec::with_capacity(ratios.len());
        for (offset, ratios) in ratios.chunks_mut(chunks).enumerate() {
            let row = batch * BATCH + offset;
            let (sigmas, beta_x) = (&prover.sigmas[row], beta * prover.subgroup[row]);
            for (chunk, ratio) in ratios.iter_mut().enumerate() {
                let (mut numerator, mut denominator) = (F::ONE, F::ONE);
                for column in chunk * size..routed.min((chunk + 1) * size) {
                    let shifted = trace.wires[column][row] + gamma;
                    numerator *= shifted + beta_x * common.k_is[column];
                    denominator *= shifted + beta * sigmas[column];
                }
                *ratio = numerator;
                denominators.push(denominator);
            }
        }
        for (ratio, inverse) in ratios.iter_mut().zip(inverses(&denominators)?) {
            *ratio *= inverse;
        }
        Ok::<(), ProveError>(())
    })?;
    Ok(ratios)
}

/// `Z` and its partial products by columns.
fn running_products(ratios: &[F], common: &CommonData) -> Result<Vec<PolynomialValues<F>>, ProveError> {
    let chunks = chunks(common);
    let mut columns = vec![Vec::with_capacity(common.degree()); chunks];
    let mut product = F::ONE;
    for row in ratios.chunks(chunks) {
        for (column, &ratio) in columns.iter_mut().zip(row) {
            column.push(product);
            product *= ratio;
        }
    }
    if product.is_one() {
        Ok(columns.into_iter().map(PolynomialValues::new).collect())
    } else {
        Err(Violation::Copy.into())
    }
}

/// All inverses at once.
pub(super) fn inverses(values: &[F]) -> Result<Vec<F>, ProveError> {
    if values.iter().any(F::is_zero) {
        return Err(ProveError::Unlucky);
    }
    Ok(F::batch_multiplicative_inverse(values))
}
