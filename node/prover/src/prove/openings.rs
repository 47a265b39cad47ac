//! The last round: open all polynomials at a random point, some also one row on, and prove it by FRI.

use super::{
    Batch, Meter, ProofStage, ProveError, Transcript,
    fri_simd::{self, Powers},
    round::{Commitments, Extension},
};
use crate::level::{C, CommonData, D, F};
use dpgn_gpu_kernels::Kernels;
use plonky2::{
    field::{extension::Extendable, types::Field},
    fri::{
        proof::FriProof,
        structure::{FriBatchInfo, FriInstanceInfo, FriOpeningBatch, FriOpenings, FriOracleInfo, FriPolynomialInfo},
    },
    hash::poseidon::PoseidonHash,
    plonk::proof::OpeningSet,
    util::timing::TimingTree,
};

// The order in which plonky2 numbers the commitments.
const FIXED: usize = 0;
const WIRES: usize = 1;
const PRODUCTS: usize = 2;
const QUOTIENT: usize = 3;

/// Opens and proves the openings: by kernels if there are some, else by plonky2's code.
pub(super) fn open(
    common: &CommonData,
    all: &Commitments<'_>,
    transcript: &mut Transcript,
    kernels: Option<Kernels>,
    meter: &mut Meter<'_>,
) -> Result<(OpeningSet<F, D>, FriProof<F, PoseidonHash, D>), ProveError> {
    let zeta = transcript.get_extension_challenge::<D>();
    if zeta.exp_power_of_2(common.degree_bits()) == Extension::ONE {
        // On a row itself, an opening would be a witness value.
        return Err(ProveError::Unlucky);
    }
    let generator = <F as Extendable<D>>::Extension::primitive_root_of_unity(common.degree_bits());
    let openings = match kernels {
        Some(kernels) => evaluate(kernels, common, all, [zeta, generator * zeta], meter)?,
        None => OpeningSet::new::<C>(zeta, generator, all.fixed, &all.wires, &all.products, &all.quotient, common),
    };
    transcript.observe_openings(&in_order(&openings));
    meter.at(ProofStage::Openings, 0, 4)?;
    let instance = instance(common, zeta, generator);
    let proof = match kernels {
        Some(kernels) => fri_simd::prove(kernels, common, all, &instance, transcript, meter)?,
        None => Batch::prove_openings(
            &instance,
            &[all.fixed, &all.wires, &all.products, &all.quotient],
            transcript,
            &common.fri_params,
            None,
            None,
            &mut TimingTree::default(),
        ),
    };
    Ok((openings, proof))
}

/// The values of all polynomials at the first point, and of `Z` and the lookup columns at the second, one row on.
fn evaluate(
    kernels: Kernels,
    common: &CommonData,
    all: &Commitments<'_>,
    points: [Extension; 2],
    meter: &mut Meter<'_>,
) -> Result<OpeningSet<F, D>, ProveError> {
    let [here, next] = points.map(|point| Powers::new(kernels, point, common.degree()));
    let (fixed, products) = (&all.fixed.polynomials, &all.products.polynomials);
    Ok(OpeningSet {
        constants: here.values(&fixed[common.constants_range()], meter)?,
        plonk_sigmas: here.values(&fixed[common.sigmas_range()], meter)?,
        wires: here.values(&all.wires.polynomials, meter)?,
        plonk_zs: here.values(&products[common.zs_range()], meter)?,
        plonk_zs_next: next.values(&products[common.zs_range()], meter)?,
        partial_products: here.values(&products[common.partial_products_range()], meter)?,
        quotient_polys: here.values(&all.quotient.polynomials, meter)?,
        lookup_zs: here.values(&products[common.lookup_range()], meter)?,
        lookup_zs_next: next.values(&products[common.lookup_range()], meter)?,
    })
}

/// The opened values in the order of [`instance`]'s polynomials.
fn in_order(openings: &OpeningSet<F, D>) -> FriOpenings<F, D> {
    let at_zeta = [
        &openings.constants,
        &openings.plonk_sigmas,
        &openings.wires,
        &openings.plonk_zs,
        &openings.partial_products,
        &openings.quotient_polys,
        &openings.lookup_zs,
    ];
    let next = [&openings.plonk_zs_next, &openings.lookup_zs_next];
    let batch = |parts: &[&Vec<Extension>]| FriOpeningBatch {
        values: parts.iter().flat_map(|part| part.iter().copied()).collect(),
    };
    FriOpenings { batches: vec![batch(&at_zeta), batch(&next)] }
}

/// The polynomials and the points they are opened at: all at `zeta`, `Z` and the lookup columns one row on as well.
fn instance(common: &CommonData, zeta: Extension, generator: Extension) -> FriInstanceInfo<F, D> {
    let challenges = common.config.num_challenges;
    let fixed = common.num_constants + common.config.num_routed_wires;
    let products = challenges * (1 + common.num_partial_products);
    let lookups = products..products + challenges * common.num_lookup_polys;
    let quotients = challenges * common.quotient_degree_factor;

    let range = FriPolynomialInfo::from_range;
    let at_zeta = [
        range(FIXED, 0..fixed),
        range(WIRES, 0..common.config.num_wires),
        range(PRODUCTS, 0..products),
        range(QUOTIENT, 0..quotients),
        range(PRODUCTS, lookups.clone()),
    ];
    let next = [range(PRODUCTS, common.zs_range()), range(PRODUCTS, lookups.clone())];
    let oracle = |num_polys, blinding| FriOracleInfo { num_polys, blinding };
    FriInstanceInfo {
        oracles: vec![
            oracle(fixed, false),
            oracle(common.config.num_wires, true),
            oracle(lookups.end, true),
            oracle(quotients, true),
        ],
        batches: vec![
            FriBatchInfo { point: zeta, polynomials: at_zeta.concat() },
            FriBatchInfo { point: generator * zeta, polynomials: next.concat() },
        ],
    }
}
