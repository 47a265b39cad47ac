//! Small circuits that tests share. All start with the tag, as every circuit of the network does.

use crate::{
    circuit::committed::Laid,
    level::{C, CircuitData, D, F, Proof, profile},
    prove::{Arithmetic, prove},
};
use dpgn_protocol::{statement::TAG_LEN, units::Level};
use plonky2::{
    field::types::Field,
    hash::poseidon::PoseidonHash,
    iop::{
        target::Target,
        witness::{PartialWitness, WitnessWrite},
    },
    plonk::{circuit_builder::CircuitBuilder, circuit_data::CircuitConfig},
    util::serialization::DefaultGateSerializer,
};
use std::{ops::ControlFlow, sync::Arc};

/// The config of a level.
pub fn level(number: u8) -> CircuitConfig {
    profile(Level::new(number).unwrap())
}

/// A builder that has registered the tag, and the tag.
pub fn tagged(config: CircuitConfig) -> (CircuitBuilder<F, D>, Vec<Target>) {
    let mut builder = CircuitBuilder::new(config);
    let tag = builder.add_virtual_targets(TAG_LEN);
    builder.register_public_inputs(&tag);
    (builder, tag)
}

/// Knowledge of a value whose `length`-fold hash is public. Takes the tag and the value.
pub fn chain(config: CircuitConfig, length: usize) -> (CircuitData, Vec<Target>) {
    let (builder, targets) = laid_chain(config, length);
    (built(builder), targets)
}

/// The same, not built yet.
pub fn laid_chain(config: CircuitConfig, length: usize) -> (CircuitBuilder<F, D>, Vec<Target>) {
    let (mut builder, mut targets) = tagged(config);
    let secret = builder.add_virtual_target();
    let mut state = vec![secret];
    for _ in 0..length {
        state = builder.hash_n_to_hash_no_pad::<PoseidonHash>(state).elements.to_vec();
    }
    builder.register_public_inputs(&state);
    targets.push(secret);
    (builder, targets)
}

/// Two tables, looked up so often that rows are full, part full and many. Takes the tag and a value.
pub fn lookups(config: CircuitConfig) -> (CircuitData, Vec<Target>) {
    let (mut builder, mut targets) = tagged(config);
    targets.push(add_lookups(&mut builder));
    (built(builder), targets)
}

/// Looks a value, which is the target, up in two tables.
pub fn add_lookups(builder: &mut CircuitBuilder<F, D>) -> Target {
    let input = builder.add_virtual_target();
    let square = builder.add_lookup_table_from_pairs(Arc::new((0..100).map(|i| (i, i * i)).collect()));
    let negate = builder.add_lookup_table_from_pairs(Arc::new((0..256).map(|i| (i, 1_000 - i)).collect()));
    for i in 0..90 {
        let shift = builder.constant(F::from_canonical_u64(i));
        let value = builder.add(input, shift);
        let output = builder.add_lookup_from_index(value, negate);
        if i == 0 {
            builder.register_public_input(output);
        }
    }
    let output = builder.add_lookup_from_index(input, square);
    builder.register_public_input(output);
    input
}

/// Verifies a proof of a chain and looks things up: nearly every gate there is. With its inputs.
pub fn everything() -> (CircuitData, PartialWitness<F>) {
    recursion(add_lookups)
}

/// Verifies a proof of a chain, and what else there is to do with a number that may be 9. With its inputs.
pub fn recursion(more: impl FnOnce(&mut CircuitBuilder<F, D>) -> Target) -> (CircuitData, PartialWitness<F>) {
    let (builder, inputs) = laid_recursion(2, more);
    (built(builder), inputs)
}

/// The same of a chain of any length, not built yet. That of a longer one is folded in more steps.
pub fn laid_recursion(
    length: usize,
    more: impl FnOnce(&mut CircuitBuilder<F, D>) -> Target,
) -> (CircuitBuilder<F, D>, PartialWitness<F>) {
    let (inner, inner_targets) = chain(level(1), length);
    let (mut builder, mut targets) = tagged(level(1));
    let proof = builder.add_virtual_proof_with_pis(&inner.common);
    let verifier = builder.constant_verifier_data::<C>(&inner.verifier_only);
    builder.verify_proof::<C>(&proof, &verifier, &inner.common);
    let value = more(&mut builder);
    builder.range_check(value, 20);
    builder.exp_u64(value, 77);
    targets.push(value);
    let mut inputs = inputs(&targets, &[1, 2, 3, 4, 9]);
    let inner_proof = proved(&inner, self::inputs(&inner_targets, &[5, 6, 7, 8, 9]));
    inputs.set_proof_with_pis_target(&proof, &inner_proof).unwrap();
    (builder, inputs)
}

/// Builds as fast as this machine can: circuits are the same with every arithmetic.
pub fn built(builder: CircuitBuilder<F, D>) -> CircuitData {
    Laid::of(builder).commit(&mut || ControlFlow::Continue(())).unwrap()
}

/// Inputs for targets, in order.
pub fn inputs(targets: &[Target], values: &[u64]) -> PartialWitness<F> {
    let mut inputs = PartialWitness::new();
    for (&target, &value) in targets.iter().zip(values) {
        inputs.set_target(target, F::from_canonical_u64(value)).unwrap();
    }
    inputs
}

/// Makes a proof that nobody watches, as fast as this machine can: proofs are the same with every arithmetic.
pub fn proved(data: &CircuitData, inputs: PartialWitness<F>) -> Proof {
    let watch = &mut |_| ControlFlow::Continue(());
    prove(&data.prover_only, &data.common, inputs, Arithmetic::fastest().backend(), watch).unwrap()
}

/// A circuit's verifier data as it goes over the wire.
pub fn verifier_bytes(data: &CircuitData) -> Vec<u8> {
    data.verifier_data().to_bytes(&DefaultGateSerializer).unwrap()
}

/// A sequence of numbers that looks random: xorshift64.
pub struct Draws(pub u64);

impl Draws {
    /// The next number, below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 8).unwrap() % bound
    }

    /// One of the values of a list.
    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Some element of the field.
    pub fn element(&mut self) -> F {
        self.below(2);
        F::from_noncanonical_u64(self.0)
    }
}
