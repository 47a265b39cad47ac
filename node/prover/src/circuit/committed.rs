//! plonky2's build, with its commitment made by whoever commits fastest.
//!
//! Nine tenths of a build are the hashes of one commitment, that to constants and copies. So plonky2 builds with [`Unhashed`], under which
//! leaves and nodes cost nothing, and a backend commits to the very polynomials that plonky2 would have hashed. The circuit's digest is
//! then computed anew, from the true cap and from the domain separator, which the unhashed digest hands over. The result is
//! plonky2's own, to the bit.

use super::{error::CircuitError, translate::Watch};
use crate::{
    level::{C, CircuitData, D, F, ProverOnlyData},
    prove::{Arithmetic, Backend, Batch, CommitError, CommitPlan, Polynomials},
};
use plonky2::{
    field::{extension::quadratic::QuadraticExtension, types::Field},
    fri::oracle::PolynomialBatch,
    hash::{
        hash_types::{HashOut, NUM_HASH_OUT_ELTS},
        poseidon::{PoseidonHash, PoseidonPermutation},
    },
    plonk::{
        circuit_builder::CircuitBuilder,
        circuit_data::{self, VerifierOnlyCircuitData},
        config::{GenericConfig, Hasher},
    },
};

type Digest = HashOut<F>;

/// Builds what was laid, with the arithmetic that the environment names; with plonky2's own where that cannot be. `watch` is asked while it
/// is committed to, and may answer `Break` to stop.
pub(crate) fn build(builder: CircuitBuilder<F, D>, watch: &mut Watch<'_>) -> Result<CircuitData, CircuitError> {
    let arithmetic = Arithmetic::chosen().unwrap_or(Arithmetic::Stock);
    build_with(arithmetic.backend(), builder, watch).map_err(|error| match error {
        CommitError::Cancelled => CircuitError::Cancelled,
        error => CircuitError::Uncommitted { reason: error.to_string() },
    })
}

fn build_with(
    backend: &dyn Backend,
    builder: CircuitBuilder<F, D>,
    watch: &mut Watch<'_>,
) -> Result<CircuitData, CommitError> {
    if backend.kernels().is_none() {
        return Ok(builder.build::<C>());
    }
    let circuit_data::CircuitData { prover_only: prover, verifier_only, common } = builder.build::<Unhashed>();
    let PolynomialBatch { polynomials, merkle_tree, .. } = prover.constants_sigmas_commitment;
    // As large as the commitment that takes its place.
    drop(merkle_tree);
    let fri = &common.config.fri_config;
    let plan = CommitPlan {
        rate_bits: fri.rate_bits,
        cap_height: fri.cap_height,
        blinding: false,
        roots: prover.fft_root_table.as_ref(),
    };
    let commitment: Batch = backend.commit(Polynomials::Coefficients(polynomials), &plan, &mut |_| watch())?;
    let cap = commitment.merkle_tree.cap.clone();
    let degree = F::from_canonical_usize(common.degree_bits());
    let domain = verifier_only.circuit_digest;
    let circuit_digest = PoseidonHash::hash_no_pad(&[cap.flatten(), domain.elements.to_vec(), vec![degree]].concat());
    let prover_only = ProverOnlyData {
        generators: prover.generators,
        generator_indices_by_watches: prover.generator_indices_by_watches,
        constants_sigmas_commitment: commitment,
        sigmas: prover.sigmas,
        subgroup: prover.subgroup,
        public_inputs: prover.public_inputs,
        representative_map: prover.representative_map,
        fft_root_table: prover.fft_root_table,
        circuit_digest,
        lookup_rows: prover.lookup_rows,
        lut_to_lookups: prover.lut_to_lookups,
    };
    let verifier_only = VerifierOnlyCircuitData { constants_sigmas_cap: cap, circuit_digest };
    Ok(CircuitData { prover_only, verifier_only, common })
}

/// A hasher under which trees cost nothing. What it makes of a circuit's data is the digest of the circuit's domain separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NoHash;

impl Hasher<F> for NoHash {
    const HASH_SIZE: usize = <PoseidonHash as Hasher<F>>::HASH_SIZE;
    type Hash = Digest;
    type Permutation = PoseidonPermutation<F>;

    /// The circuit's digest is of its cap, its domain separator's digest, and its degree: this gives the second.
    fn hash_no_pad(input: &[F]) -> Digest {
        let domain = input.iter().rev().skip(1).take(NUM_HASH_OUT_ELTS);
        let mut digest = Digest::ZERO;
        digest.elements.iter_mut().rev().zip(domain).for_each(|(to, from)| *to = *from);
        digest
    }

    /// The domain separator's digest.
    fn hash_pad(input: &[F]) -> Digest {
        PoseidonHash::hash_pad(input)
    }

    fn hash_or_noop(_: &[F]) -> Digest {
        Digest::ZERO
    }

    fn two_to_one(_: Digest, _: Digest) -> Digest {
        Digest::ZERO
    }
}

/// plonky2's config of every level, with trees that cost nothing. Hashes within circuits stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unhashed;

impl GenericConfig<D> for Unhashed {
    type F = F;
    type FE = QuadraticExtension<F>;
    type Hasher = NoHash;
    type InnerHasher = PoseidonHash;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{add_lookups, laid_chain, laid_recursion, level};
    use plonky2::util::serialization::{DefaultGateSerializer, DefaultGeneratorSerializer};
    use std::ops::ControlFlow;

    /// All that there is of a circuit, its commitment with it.
    fn bytes(data: &CircuitData) -> Vec<u8> {
        let generators = DefaultGeneratorSerializer::<C, D>::default();
        data.to_bytes(&DefaultGateSerializer, &generators).unwrap()
    }

    /// Compares with every arithmetic of this machine.
    fn assert_same(lay: impl Fn() -> CircuitBuilder<F, D>) {
        let expected = bytes(&lay().build::<C>());
        for arithmetic in Arithmetic::all() {
            let built = build_with(arithmetic.backend(), lay(), &mut || ControlFlow::Continue(())).unwrap();
            assert!(bytes(&built) == expected, "{arithmetic}");
        }
    }

    #[test]
    fn what_is_built_is_what_plonky2_builds() {
        for number in 1..=2 {
            assert_same(|| laid_chain(level(number), 70).0);
        }
        assert_same(|| laid_recursion(2, add_lookups).0);
    }

    /// Circuits that differ in nothing else have other digests, and each is plonky2's.
    #[test]
    fn a_domain_separator_counts() {
        let separated = |domain: &[u64]| {
            let mut builder = laid_chain(level(1), 3).0;
            builder.set_domain_separator(domain.iter().map(|&element| F::from_canonical_u64(element)).collect());
            builder
        };
        for domain in [&[][..], &[7], &[1, 2, 3, 4, 5, 6, 7, 8, 9]] {
            assert_same(|| separated(domain));
        }
        let digest = |domain| {
            let arithmetic = Arithmetic::fastest();
            let built = build_with(arithmetic.backend(), separated(domain), &mut || ControlFlow::Continue(()));
            built.unwrap().verifier_only.circuit_digest
        };
        assert_ne!(digest(&[7]), digest(&[8]));
    }

    #[test]
    fn a_build_stops_while_it_is_committed_to() {
        let Arithmetic::Simd(backend) = Arithmetic::fastest() else { return };
        let error = build_with(&backend, laid_chain(level(1), 3).0, &mut || ControlFlow::Break(())).err();
        assert_eq!(error, Some(CommitError::Cancelled));
    }
}
