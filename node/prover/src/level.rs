//! Levels as plonky2 configs, and the field and hash that every circuit of ours uses.
//!
//! The numbers live in `dpgn_protocol::profile`, where the ledger reads them too; here they only get
//! plonky2's shape. A circuit built with anything but [`profile`] has no level and finds no prover.

use dpgn_protocol::{profile as fixed, profile::Profile, units::Level};
use plonky2::{
    field::goldilocks_field::GoldilocksField,
    fri::{FriConfig, reduction_strategies::FriReductionStrategy},
    plonk::{
        circuit_data::{self, CircuitConfig},
        config::PoseidonGoldilocksConfig,
        proof::ProofWithPublicInputs,
    },
};

/// The field of all values: Goldilocks.
pub type F = GoldilocksField;
/// The hashes of every level: Poseidon over Goldilocks.
pub type C = PoseidonGoldilocksConfig;
/// The degree of the extension that challenges come from.
pub const D: usize = 2;

/// A built circuit with everything.
pub type CircuitData = circuit_data::CircuitData<F, C, D>;
/// The part of a circuit that only its prover needs.
pub type ProverOnlyData = circuit_data::ProverOnlyCircuitData<F, C, D>;
/// The part of a circuit that prover and verifier both need.
pub type CommonData = circuit_data::CommonCircuitData<F, D>;
/// The part of a circuit that checks its proofs, whole.
pub type VerifierData = circuit_data::VerifierCircuitData<F, C, D>;
/// A proof with its public inputs.
pub type Proof = ProofWithPublicInputs<F, C, D>;

/// The config that circuits of this level are built with.
pub fn profile(level: Level) -> CircuitConfig {
    let Profile { challenges, rate_bits, queries, zero_knowledge } = Profile::of(level);
    CircuitConfig {
        num_wires: fixed::WIRES,
        num_routed_wires: fixed::ROUTED_WIRES,
        num_constants: fixed::GATE_CONSTANTS,
        use_base_arithmetic_gate: true,
        security_bits: fixed::SECURITY_BITS,
        num_challenges: challenges.into(),
        zero_knowledge,
        max_quotient_degree_factor: fixed::QUOTIENT_DEGREE_FACTOR,
        fri_config: FriConfig {
            rate_bits: rate_bits.into(),
            cap_height: fixed::CAP_HEIGHT,
            proof_of_work_bits: fixed::PROOF_OF_WORK_BITS,
            reduction_strategy: FriReductionStrategy::ConstantArityBits(fixed::FOLD_BITS, fixed::FINAL_POLY_BITS),
            num_query_rounds: queries.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(number: u8) -> CircuitConfig {
        profile(Level::new(number).unwrap())
    }

    fn fri(config: FriConfig, rate_bits: usize, num_query_rounds: usize) -> FriConfig {
        FriConfig { rate_bits, num_query_rounds, ..config }
    }

    #[test]
    fn levels_are_plonky2s_standard_config_with_the_tables_numbers() {
        let standard = CircuitConfig::standard_recursion_config();
        let zk = CircuitConfig { num_challenges: 3, ..CircuitConfig::standard_recursion_zk_config() };
        let fri = |rate_bits, queries| fri(standard.fri_config.clone(), rate_bits, queries);
        assert_eq!(level(1), standard);
        assert_eq!(level(2), CircuitConfig { num_challenges: 3, fri_config: fri(3, 32), ..standard.clone() });
        assert_eq!(level(3), CircuitConfig { fri_config: fri(3, 32), ..zk.clone() });
        assert_eq!(level(4), CircuitConfig { fri_config: fri(4, 24), ..zk.clone() });
        assert_eq!(level(5), CircuitConfig { fri_config: fri(3, 56), ..zk });
    }

    #[test]
    fn folding_follows_plonky2s_strategy() {
        for number in Level::all() {
            let config = profile(number).fri_config;
            for degree in 1..=24 {
                let params = config.fri_params(degree.into(), false);
                assert_eq!(params.reduction_arity_bits, Profile::of(number).folds(degree), "degree {degree}");
            }
        }
    }
}
