//! What a stranger can do to a proof and to verifier data, with plonky2 behind our readers.

use super::*;
use crate::{
    level::{CircuitData, Proof, profile},
    prove::Arithmetic,
    testing::{Draws, chain, everything, inputs, level, lookups, proved, verifier_bytes},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    proof_layout::nominal_proof_len,
    statement::{FIELD_ORDER, public_inputs_digest, tag},
    units::{Degree, Level},
};
use plonky2::field::types::PrimeField64;

/// The protocol's sample: verifier data of [`everything`].
const SAMPLE: &[u8] = include_bytes!("../../../../protocol/src/verifier_data/sample.bin");

/// What an honest proof says.
fn statement(proof: &Proof) -> Statement {
    let values: Vec<u64> = proof.public_inputs.iter().map(PrimeField64::to_canonical_u64).collect();
    let tag = values[..TAG_LEN].try_into().unwrap();
    Statement { tag, public_inputs: public_inputs_digest(&values[TAG_LEN..]), free: Vec::new() }
}

/// A small circuit's verifier data, a proof and what it says.
fn honest() -> (Verifier, Vec<u8>, Statement) {
    honest_with(tag(TaskId::from_bytes([1; 32]), AccountId::from_bytes([2; 32])))
}

fn honest_with(tag: [u64; TAG_LEN]) -> (Verifier, Vec<u8>, Statement) {
    let (data, targets) = chain(level(1), 2);
    let proof = proved(&data, inputs(&targets, &[tag[0], tag[1], tag[2], tag[3], 5]));
    let statement = statement(&proof);
    assert_eq!(statement.tag, tag);
    let verifier =
        Verifier::new(&verifier_bytes(&data), &VerifierDataLimits::default(), Arithmetic::fastest()).unwrap();
    verifier.verify(&proof.to_bytes(), &statement).unwrap();
    (verifier, proof.to_bytes(), statement)
}

/// Proves, verifies with plonky2, then with ours, and compares the shape with plonky2's.
fn assert_verified(data: &CircuitData, proof: Proof) {
    let (bytes, verifier_data) = (proof.to_bytes(), verifier_bytes(data));
    let statement = statement(&proof);
    data.verify(proof).unwrap();
    verify(&verifier_data, &bytes, &statement).unwrap();
    let shape = verifier_data::read(&verifier_data, &VerifierDataLimits::default()).unwrap();
    assert_eq!(profile(shape.level), data.common.config);
    assert_eq!(usize::from(shape.degree.get()), data.common.degree_bits());
    assert_eq!(shape.proof_len as usize, bytes.len());
    assert_eq!(shape.public_inputs as usize, data.common.num_public_inputs);
    let names = shape.gates.iter().map(|gate| format!("{gate:?}Gate"));
    assert!(names.zip(&data.common.gates).all(|(name, gate)| gate.0.id().starts_with(&name)));
}

#[test]
fn proofs_of_every_level_verify_with_plonky2_and_with_ours() {
    // plonky2 alone builds 2^13 rows of a shorter chain at level 4, which hides less than it says.
    for (number, length) in [(1, 2), (2, 2), (4, 1_100), (5, 2)] {
        let (data, targets) = chain(level(number), length);
        let proof = proved(&data, inputs(&targets, &[1, 2, 3, 4, 5]));
        assert_verified(&data, proof);
    }
    let (data, targets) = lookups(level(3));
    let proof = proved(&data, inputs(&targets, &[1, 2, 3, 4, 9]));
    assert_eq!(proof.public_inputs[TAG_LEN].to_canonical_u64(), 991);
    assert_verified(&data, proof);
}

#[test]
fn a_proof_of_a_circuit_of_nearly_all_gates_verifies() {
    let (data, inputs) = everything();
    assert_eq!(verifier_bytes(&data), SAMPLE, "plonky2 or our circuit has changed: write the sample anew");
    let proof = proved(&data, inputs);
    fuzz_verifier_data(&verifier_bytes(&data), &proof, 4_000);
    assert_verified(&data, proof);
}

#[test]
fn no_change_of_a_proof_is_accepted() {
    let (verifier, proof, statement) = honest();
    let draws = &mut Draws(0x5eed_0002);
    let (mut malformed, mut not_true) = (0, 0);
    for turn in 0..1_200 {
        let mut changed = proof.clone();
        let at = draws.below(changed.len());
        match turn % 4 {
            0 => changed[at..].iter_mut().take(16).for_each(|byte| *byte = 0xff),
            _ => changed[at] ^= 1 << (draws.below(8)),
        }
        match verifier.verify(&changed, &statement).unwrap_err() {
            VerifyError::Shape(_) => malformed += 1,
            VerifyError::False => not_true += 1,
            VerifyError::Tag { .. } | VerifyError::PublicInputs { .. } => {}
            error => panic!("byte {at}: {error}"),
        }
    }
    assert!(malformed > 250 && not_true > 850, "{malformed} {not_true}");
}

#[test]
fn a_proof_has_one_length_and_one_encoding() {
    let (verifier, proof, statement) = honest_with([1, 2, 3, 4]);
    let verdict = |bytes: &[u8]| verifier.verify(bytes, &statement).unwrap_err();
    let longer = [proof.as_slice(), &[0]].concat();
    for bytes in [&longer, &proof[..proof.len() - 8], &[]] {
        assert!(matches!(verdict(bytes), VerifyError::Shape(ProofShapeError::Length { .. })));
    }
    // A small element has a second encoding: itself plus the order.
    let mut same = proof.clone();
    let at = same.len() - 8 * verifier.shape().public_inputs as usize;
    same[at..at + 8].copy_from_slice(&(statement.tag[0] + FIELD_ORDER).to_le_bytes());
    assert!(matches!(verdict(&same), VerifyError::Shape(ProofShapeError::NotCanonical { at: found }) if found == at));
    let mut count = proof.clone();
    count[at - 8] += 1;
    assert!(matches!(verdict(&count), VerifyError::Shape(ProofShapeError::Count { .. })));
}

#[test]
fn a_proof_is_nobody_elses_and_says_one_thing() {
    let (verifier, proof, statement) = honest();
    let thief = tag(TaskId::from_bytes([1; 32]), AccountId::from_bytes([3; 32]));
    let error = verifier.verify(&proof, &Statement { tag: thief, ..statement.clone() }).unwrap_err();
    assert_eq!(error.finding(), Some(Finding::WrongTag));

    // Writing one's own tag into the proof makes it false.
    let mut stolen = proof.clone();
    let at = stolen.len() - 8 * verifier.shape().public_inputs as usize;
    for (i, element) in thief.iter().enumerate() {
        stolen[at + 8 * i..at + 8 * i + 8].copy_from_slice(&element.to_le_bytes());
    }
    let error = verifier.verify(&stolen, &Statement { tag: thief, ..statement.clone() }).unwrap_err();
    assert_eq!(error.finding(), Some(Finding::False));

    let other = Statement { public_inputs: public_inputs_digest(&[1, 2, 3, 4]), ..statement.clone() };
    let error = verifier.verify(&proof, &other).unwrap_err();
    assert_eq!(error.finding(), Some(Finding::WrongStatement));

    let (_, values) = read_public_inputs(&proof, verifier.shape()).unwrap();
    let digest = public_inputs_digest_except(&[values[0], 0, values[2], values[3]], &[1]);
    verifier.verify(&proof, &Statement { public_inputs: digest, free: vec![1], ..statement }).unwrap();
}

#[test]
fn a_proof_of_another_circuit_is_refused() {
    let (_, proof, statement) = honest();
    let (longer, _) = chain(level(1), 3);
    let error = verify(&verifier_bytes(&longer), &proof, &statement).unwrap_err();
    assert_eq!(error.finding(), Some(Finding::False));
    let (deeper, _) = chain(level(1), 40);
    let error = verify(&verifier_bytes(&deeper), &proof, &statement).unwrap_err();
    assert_eq!(error.finding(), Some(Finding::Malformed));
    let (harder, _) = chain(level(2), 2);
    let error = verify(&verifier_bytes(&harder), &proof, &statement).unwrap_err();
    assert_eq!(error.finding(), Some(Finding::Malformed));
}

#[test]
fn a_config_of_no_level_and_a_circuit_without_a_tag_are_refused() {
    let mut config = level(1);
    config.fri_config.num_query_rounds = 29;
    let (weaker, _) = chain(config, 2);
    let error =
        Verifier::new(&verifier_bytes(&weaker), &VerifierDataLimits::default(), Arithmetic::fastest()).unwrap_err();
    assert!(matches!(error, VerifyError::VerifierData(VerifierDataError::NoLevel { queries: 29, .. })), "{error}");

    let mut builder = plonky2::plonk::circuit_builder::CircuitBuilder::<crate::level::F, 2>::new(level(1));
    let only = builder.add_virtual_public_input();
    builder.assert_bool(plonky2::iop::target::BoolTarget::new_unsafe(only));
    let untagged = builder.build::<crate::level::C>();
    let error =
        Verifier::new(&verifier_bytes(&untagged), &VerifierDataLimits::default(), Arithmetic::fastest()).unwrap_err();
    let what = |error: &VerifyError| {
        matches!(error, VerifyError::VerifierData(VerifierDataError::OutOfRange { what: "public inputs", .. }))
    };
    assert!(what(&error), "{error}");
}

/// The smallest circuits that plonky2 builds at level 4 by itself: their proofs open more than is blinded.
#[test]
fn a_private_circuit_too_small_to_hide_is_refused() {
    let (data, targets) = chain(level(4), 2);
    assert_eq!(data.common.degree_bits(), 13);
    let proof = proved(&data, inputs(&targets, &[1, 2, 3, 4, 5]));
    data.verify(proof).expect("plonky2 sees nothing wrong with it");
    let error =
        Verifier::new(&verifier_bytes(&data), &VerifierDataLimits::default(), Arithmetic::fastest()).unwrap_err();
    println!("{error}");
    let VerifyError::VerifierData(VerifierDataError::TooSmallToHide { degree, blinding_rows, .. }) = error else {
        panic!("{error}")
    };
    assert_eq!((degree.get(), blinding_rows), (13, 9_010));
}

/// Whatever our reader accepts, plonky2 reads and verifies with, without a panic.
fn fuzz_verifier_data(honest: &[u8], proof: &Proof, tries: usize) {
    let (bytes, statement) = (proof.to_bytes(), statement(proof));
    let draws = &mut Draws(0x5eed_0003);
    let mut accepted = 0;
    for _ in 0..tries {
        let mut changed = honest.to_vec();
        let at = draws.below(changed.len());
        match draws.below(3) {
            0 => changed[at] = draws.below(256) as u8,
            1 => changed[at] = changed[at].wrapping_add(1),
            _ => changed[at] ^= 1 << (draws.below(8)),
        }
        match Verifier::new(&changed, &VerifierDataLimits::default(), Arithmetic::fastest()) {
            Err(VerifyError::VerifierData(_)) => {}
            Err(error) => panic!("byte {at}: {error}"),
            Ok(verifier) => {
                accepted += 1;
                let verdict = verifier.verify(&bytes, &statement);
                assert!(!matches!(verdict, Err(VerifyError::Unfinished { .. })), "byte {at}");
            }
        }
    }
    assert!(accepted > tries / 20, "{accepted} of {tries}");
}

#[test]
fn plonky2_survives_all_verifier_data_that_our_reader_accepts() {
    let (data, targets) = chain(level(1), 2);
    let proof = proved(&data, inputs(&targets, &[1, 2, 3, 4, 5]));
    fuzz_verifier_data(&verifier_bytes(&data), &proof, 1_500);
    let (data, targets) = lookups(level(2));
    let proof = proved(&data, inputs(&targets, &[1, 2, 3, 4, 9]));
    fuzz_verifier_data(&verifier_bytes(&data), &proof, 1_500);
}

#[test]
fn nominal_lengths_are_those_of_the_table() {
    let kilobytes =
        |level, degree| nominal_proof_len(Level::new(level).unwrap(), Degree::new(degree).unwrap()).div_ceil(1_000);
    let expected = [(1, 12, 127), (1, 14, 146), (1, 16, 159), (2, 12, 149), (3, 14, 174), (4, 14, 138), (5, 15, 311)];
    for (level, degree, length) in expected {
        let got = kilobytes(level, degree);
        assert!(got.abs_diff(length) <= length / 20, "level {level}, degree {degree}: {got}");
    }
}
