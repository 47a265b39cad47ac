//! plonky2's build, with its commitment made by whoever commits fastest.
//!
//! Nine tenths of a build are the hashes of one commitment, that to constants and copies. So plonky2 builds with [`Unhashed`], under which
//! leaves and nodes cost nothing, and a backend commits to the very polynomials that plonky2 would have hashed. The circuit's digest is
//! then computed anew, from the true cap and from the domain separator, which the unhashed digest hands over. The result is
//! plonky2's own, to the bit. What is wrong with a circuit can be found between the two, before its commitment costs anything.

use super::{error::CircuitError, translate::Watch};
use crate::{
    level::{CircuitData, CommonData, D, F, ProverOnlyData},
    prove::{Arithmetic, Backend, Batch, CommitError, CommitPlan, Polynomials},
};
use plonky2::{
    field::{extension::quadratic::QuadraticExtension, types::Field},
    hash::{
        hash_types::{HashOut, NUM_HASH_OUT_ELTS},
        merkle_tree::MerkleTree,
        poseidon::{PoseidonHash, PoseidonPermutation},
    },
    iop::{generator::WitnessGeneratorRef, target::Target},
    plonk::{
        circuit_builder::CircuitBuilder,
        circuit_data::{self, ProverOnlyCircuitData, VerifierOnlyCircuitData},
        config::{GenericConfig, Hasher},
    },
};

type Digest = HashOut<F>;

/// A circuit as plonky2 has laid it, not committed to yet.
pub(crate) struct Laid {
    pub(crate) common: CommonData,
    /// Its commitment has polynomials and no tree; its digest is the domain separator's.
    prover: ProverOnlyCircuitData<F, Unhashed, D>,
}

impl Laid {
    /// Lets plonky2 build. It panics where that does: code of an application's can make it.
    pub(crate) fn of(builder: CircuitBuilder<F, D>) -> Self {
        let circuit_data::CircuitData { prover_only: mut prover, common, .. } = builder.build::<Unhashed>();
        // As large as the one that takes its place.
        prover.constants_sigmas_commitment.merkle_tree = MerkleTree::default();
        Self { common, prover }
    }

    /// The digest of the domain separator; the empty one's if there is none.
    pub(crate) fn domain(&self) -> Digest {
        self.prover.circuit_digest
    }

    /// The public inputs, in order.
    pub(crate) fn public_inputs(&self) -> &[Target] {
        &self.prover.public_inputs
    }

    /// What finds the witness.
    pub(crate) fn generators(&self) -> &[WitnessGeneratorRef<F, D>] {
        &self.prover.generators
    }

    /// Commits with the arithmetic that the environment names, or with plonky2's own where that cannot be. `watch` is asked
    /// meanwhile, and may answer `Break` to stop.
    pub(crate) fn commit(self, watch: &mut Watch<'_>) -> Result<CircuitData, CircuitError> {
        let arithmetic = Arithmetic::chosen().unwrap_or(Arithmetic::Stock);
        self.commit_with(arithmetic.backend(), watch).map_err(|error| match error {
            CommitError::Cancelled => CircuitError::Cancelled,
            error => CircuitError::Uncommitted { reason: error.to_string() },
        })
    }

    fn commit_with(self, backend: &dyn Backend, watch: &mut Watch<'_>) -> Result<CircuitData, CommitError> {
        let domain = self.domain();
        let Self { common, prover } = self;
        let fri = &common.config.fri_config;
        let plan = CommitPlan {
            rate_bits: fri.rate_bits,
            cap_height: fri.cap_height,
            blinding: false,
            roots: prover.fft_root_table.as_ref(),
        };
        let polynomials = Polynomials::Coefficients(prover.constants_sigmas_commitment.polynomials);
        let commitment: Batch = backend.commit(polynomials, &plan, &mut |_| watch())?;
        let cap = commitment.merkle_tree.cap.clone();
        // As at the end of plonky2's `try_build_with_options`; `NoHash` takes the second part from the same.
        let degree = vec![F::from_canonical_usize(common.degree_bits())];
        let circuit_digest = PoseidonHash::hash_no_pad(&[cap.flatten(), domain.elements.to_vec(), degree].concat());
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
}

/// A hasher under which trees cost nothing. What it makes of a circuit's data is the digest of the circuit's domain separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NoHash;

impl Hasher<F> for NoHash {
    const HASH_SIZE: usize = <PoseidonHash as Hasher<F>>::HASH_SIZE;
    type Hash = Digest;
    type Permutation = PoseidonPermutation<F>;

    /// The circuit's digest is of its cap, its domain separator's digest, and its degree: this gives the second. plonky2's build
    /// hashes nothing else so.
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
    use crate::{
        level::C,
        prove::SimdBackend,
        testing::{add_lookups, laid_chain, laid_recursion, level},
    };
    use dpgn_gpu_kernels::{InstructionSet, Kernels};
    use plonky2::util::serialization::{DefaultGateSerializer, DefaultGeneratorSerializer};
    use std::ops::ControlFlow;

    /// All that there is of a circuit, its commitment with it.
    fn bytes(data: &CircuitData) -> Vec<u8> {
        let generators = DefaultGeneratorSerializer::<C, D>::default();
        data.to_bytes(&DefaultGateSerializer, &generators).unwrap()
    }

    /// Compares with all kernels that this machine has, plain ones among them.
    fn assert_same(lay: impl Fn() -> CircuitBuilder<F, D>) {
        let expected = bytes(&lay().build::<C>());
        for kernels in InstructionSet::ALL.into_iter().filter_map(Kernels::of) {
            let built = Laid::of(lay()).commit_with(&SimdBackend(kernels), &mut || ControlFlow::Continue(())).unwrap();
            assert!(bytes(&built) == expected, "{}", kernels.set());
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
        let digest = |domain| Laid::of(separated(domain)).domain();
        assert_ne!(digest(&[7]), digest(&[8]));
    }

    #[test]
    fn a_build_stops_while_it_is_committed_to() {
        let error = Laid::of(laid_chain(level(1), 3).0).commit(&mut || ControlFlow::Break(())).err();
        assert_eq!(error, Some(CircuitError::Cancelled));
    }
}
