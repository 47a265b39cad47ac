//! The samples that ship: they build, prove, verify with plonky2 alone, and say what they claim to say.

use crate::support::{degree, level, sample};
use dpgn_prover::{
    circuit::{self, Circuit, CircuitLimits, Inputs, R1cs, Recipe, StoredCircuitError, WitnessError},
    level::F,
};
use plonky2::{
    field::types::{Field, PrimeField64},
    hash::{hashing::hash_n_to_hash_no_pad, poseidon::PoseidonPermutation},
};
use std::ops::ControlFlow;

pub fn recipe(name: &str) -> Recipe {
    Recipe::r1cs(&R1cs::parse(&sample(&format!("{name}.r1cs")), &CircuitLimits::default()).unwrap())
}

pub fn inputs(name: &str) -> Inputs {
    Inputs::new(sample(&format!("{name}.wtns")))
}

pub fn build(recipe: &Recipe, number: u8) -> Circuit {
    circuit::build(recipe, level(number), degree(20), &mut || ControlFlow::Continue(())).unwrap()
}

/// Proves with stock plonky2 and returns the public inputs that its verifier accepted.
fn prove(circuit: &Circuit, inputs: &Inputs, tag: [u64; 4]) -> Vec<u64> {
    let proof = circuit.data.prove(circuit.assign(inputs, tag).unwrap()).unwrap();
    let public = proof.public_inputs.iter().map(|element| element.to_canonical_u64()).collect();
    circuit.data.verify(proof).unwrap();
    public
}

#[test]
fn every_sample_proves_with_the_tag_before_its_public_inputs() {
    let tag = [1, 2, (1 << 56) - 1, 0];
    for name in ["range", "adult"] {
        let (recipe, inputs) = (recipe(name), inputs(name));
        let circuit = build(&recipe, 1);
        let public = prove(&circuit, &inputs, tag);
        assert_eq!(public[..4], tag);
        assert_eq!(public[4..], circuit::public_inputs(&recipe, &inputs).unwrap());
        assert_eq!(circuit.public_inputs(), public.len() - 4);
    }
}

#[test]
fn the_seeds_example_proves_knowledge_of_its_preimage() {
    let limits = CircuitLimits::default();
    let (subject, inputs) = circuit::Envelope::parse(&[1, 2, 3, 4], &limits).unwrap().split(&limits).unwrap();
    let circuit::Subject::Recipe(recipe) = subject else { panic!("a preimage has a recipe") };
    let public = prove(&build(&recipe, 1), &inputs, [9; 4]);
    let element = F::from_canonical_u64(0x04_03_02);
    let hash = hash_n_to_hash_no_pad::<F, PoseidonPermutation<F>>(&[element]);
    assert_eq!(public[4..], hash.elements.map(|element| element.to_canonical_u64()));
    assert_eq!(public[4..], circuit::public_inputs(&recipe, &inputs).unwrap());
}

#[test]
fn preimages_of_every_small_length_prove() {
    for len in [1, 6, 7, 8, 13, 14, 55, 56, 57, 200] {
        let recipe = Recipe::preimage(len, &CircuitLimits::default()).unwrap();
        let bytes: Vec<u8> = (0..len).map(|at| 255 - (at % 7) as u8).collect();
        let inputs = Inputs::new(bytes);
        let public = prove(&build(&recipe, 1), &inputs, [0; 4]);
        assert_eq!(public[4..], circuit::public_inputs(&recipe, &inputs).unwrap());
    }
}

#[test]
fn a_preimage_of_another_length_is_refused() {
    let recipe = Recipe::preimage(3, &CircuitLimits::default()).unwrap();
    let circuit = build(&recipe, 1);
    let error = circuit.assign(&Inputs::new(vec![0; 4]), [0; 4]).unwrap_err();
    assert_eq!(error, WitnessError::PreimageLength { got: 4, expected: 3 });
    let error = circuit.assign(&Inputs::new(vec![0; 3]), [0, u64::MAX, 0, 0]).unwrap_err();
    assert_eq!(error, WitnessError::Tag { index: 1 });
}

/// The sample's Poseidon, written in circom, is plonky2's.
#[test]
fn the_adult_samples_commitment_is_plonky2s_poseidon() {
    let public = circuit::public_inputs(&recipe("adult"), &inputs("adult")).unwrap();
    let birthday_and_salt: [u64; 8] = [
        12_045,
        8_412_793_650_127_340_516,
        1_190_374_662_518_374_029,
        5_561_029_384_756_102_938,
        7_748_392_010_293_847_561,
        0,
        0,
        0,
    ];
    let elements = birthday_and_salt.map(F::from_canonical_u64);
    let hash = hash_n_to_hash_no_pad::<F, PoseidonPermutation<F>>(&elements);
    assert_eq!(public[..4], hash.elements.map(|element| element.to_canonical_u64()));
    assert_eq!(public[4], 20_416);
}

#[test]
fn a_stored_circuit_comes_back_whole_or_not_at_all() {
    let (recipe, inputs) = (recipe("range"), inputs("range"));
    let circuit = build(&recipe, 1);
    let bytes = circuit.to_bytes(&recipe).unwrap();
    let back = Circuit::from_bytes(&recipe, level(1), &bytes).unwrap();
    assert_eq!((back.id(), back.verifier_data()), (circuit.id(), circuit.verifier_data()));
    prove(&back, &inputs, [5; 4]);

    let read = |bytes: &[u8]| Circuit::from_bytes(&recipe, level(1), bytes).unwrap_err();
    assert!(matches!(read(&bytes[..80]), StoredCircuitError::Length { got: 80, .. }));
    assert_eq!(read(&bytes[..bytes.len() - 1]), StoredCircuitError::Checksum);
    for at in (0..bytes.len()).step_by(bytes.len() / 97) {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        read(&bad);
    }
    let other = Circuit::from_bytes(&recipe, level(2), &bytes).unwrap_err();
    assert_eq!(other, StoredCircuitError::OtherCircuit);
    let longer = Recipe::preimage(1, &CircuitLimits::default()).unwrap();
    assert_eq!(Circuit::from_bytes(&longer, level(1), &bytes).unwrap_err(), StoredCircuitError::OtherCircuit);
}
