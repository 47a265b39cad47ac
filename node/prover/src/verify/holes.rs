//! Holes that were found in plonky2's forks and in systems like it, each tried on plonky2 1.1.0 and on ours.
//!
//! What 1.1.0 answers is written down, so that a new version which answers otherwise is noticed. `docs/plonky2-holes.md` says whose finding
//! each is, and what stops it here.

use super::*;
use crate::{
    level::{CircuitData, D, F, Proof},
    prove::Arithmetic,
    testing::{chain, inputs, level, proved, tagged, verifier_bytes},
};
use dpgn_protocol::{proof_layout::ProofShapeError, statement::public_inputs_digest};
use plonky2::{
    field::types::{Field, PrimeField64},
    hash::{
        hash_types::HashOut,
        hashing::PlonkyPermutation,
        poseidon::{PoseidonHash, PoseidonPermutation},
    },
    iop::witness::WitnessWrite,
    plonk::{
        circuit_data::{CommonCircuitData, VerifierOnlyCircuitData},
        config::Hasher,
    },
};

/// What plonky2's own verifier does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stock {
    Accepts,
    Refuses,
    Panics,
}

fn stock(data: &VerifierData, proof: &Proof) -> Stock {
    match catch_unwind(AssertUnwindSafe(|| data.verify(proof.clone()).is_ok())) {
        Ok(true) => Stock::Accepts,
        Ok(false) => Stock::Refuses,
        Err(_) => Stock::Panics,
    }
}

fn honest() -> (CircuitData, Proof) {
    let (data, targets) = chain(level(1), 70);
    let proof = proved(&data, inputs(&targets, &[1, 2, 3, 4, 5]));
    (data, proof)
}

fn ours(verifier_data: &[u8]) -> Result<Verifier, VerifyError> {
    Verifier::new(verifier_data, &VerifierDataLimits::default(), Arithmetic::fastest())
}

fn statement(proof: &Proof) -> Statement {
    let values: Vec<u64> = proof.public_inputs.iter().map(PrimeField64::to_canonical_u64).collect();
    let (tag, rest) = values.split_at(TAG_LEN);
    Statement { tag: tag.try_into().unwrap(), public_inputs: public_inputs_digest(rest), free: Vec::new() }
}

/// Numbers of a circuit's data that contradict each other: qp-plonky2 #39 to #41 and #51, plonky2#1700.
#[test]
fn data_that_contradict_themselves_are_refused_before_plonky2_sees_them() {
    type Change = fn(&mut CommonCircuitData<F, D>);
    let changes: [(&str, Change, Stock); 14] = [
        ("one bit more of degree", |common| common.fri_params.degree_bits += 1, Stock::Refuses),
        ("one bit less of degree", |common| common.fri_params.degree_bits -= 1, Stock::Refuses),
        ("a degree beyond the field", |common| common.fri_params.degree_bits = 60, Stock::Refuses),
        ("one query", |common| common.fri_params.config.num_query_rounds = 1, Stock::Refuses),
        ("no work", |common| common.fri_params.config.proof_of_work_bits = 0, Stock::Refuses),
        ("another rate", |common| common.fri_params.config.rate_bits = 1, Stock::Refuses),
        ("a thousand folds", |common| common.fri_params.reduction_arity_bits = vec![0; 1_000], Stock::Refuses),
        ("a fold of 2^60", |common| common.fri_params.reduction_arity_bits = vec![60], Stock::Refuses),
        ("no chunks of a quotient", |common| common.quotient_degree_factor = 0, Stock::Refuses),
        ("partial products without end", |common| common.num_partial_products = usize::MAX / 2, Stock::Refuses),
        ("no k", |common| common.k_is.clear(), Stock::Panics),
        ("constants that are not there", |common| common.num_constants += 100, Stock::Refuses),
        ("columns of lookups without tables", |common| common.num_lookup_polys = 3, Stock::Refuses),
        ("a public input more", |common| common.num_public_inputs += 1, Stock::Refuses),
    ];
    let (data, proof) = honest();
    let mut others = Vec::new();
    for (what, change, expected) in changes {
        let mut changed = data.verifier_data();
        change(&mut changed.common);
        let answer = stock(&changed, &proof);
        println!("{what}: plonky2 {answer:?}");
        if answer != expected {
            others.push(what);
        }
        let written = catch_unwind(AssertUnwindSafe(|| changed.to_bytes(&DefaultGateSerializer)));
        let Ok(Ok(bytes)) = written else { continue };
        // Another degree or another public input contradicts nothing: it is another circuit, of which this is no proof.
        match ours(&bytes) {
            Err(error) => {
                println!("    ours: {error}");
                assert!(matches!(error, VerifyError::VerifierData(_)), "{what}: {error}");
            }
            Ok(verifier) => {
                let error = verifier.verify(&proof.to_bytes(), &statement(&proof)).unwrap_err();
                println!("    ours reads it, and says of the proof: {error}");
                assert!(
                    error.finding().is_some() && (what.ends_with("of degree") || what == "a public input more"),
                    "{what}: {error}"
                );
            }
        }
    }
    assert!(others.is_empty(), "plonky2 answers otherwise than it did: {others:?}");
}

/// The sponge does not bind its input's length: a leaf with a well-chosen element more has the same digest.
#[test]
fn a_longer_leaf_of_the_same_digest_is_refused_by_its_shape() {
    let (data, mut proof) = honest();
    let (leaf, _) = &mut proof.proof.opening_proof.query_round_proofs[0].initial_trees_proof.evals_proofs[1];
    assert_eq!(leaf.len() % 8, 7, "the last part leaves one element of the state as it is");
    let before = PoseidonHash::hash_no_pad(leaf);
    let mut state = PoseidonPermutation::new([F::ZERO; 12]);
    let (whole, _) = leaf.as_chunks::<8>();
    for part in whole {
        state.set_from_slice(part, 0);
        state.permute();
    }
    leaf.push(state.squeeze()[7]);
    assert_eq!(PoseidonHash::hash_no_pad(leaf), before, "the digest is the same");

    assert_eq!(stock(&data.verifier_data(), &proof), Stock::Refuses);
    let error = ours(&verifier_bytes(&data)).unwrap().verify(&proof.to_bytes(), &statement(&proof)).unwrap_err();
    assert!(matches!(error, VerifyError::Shape(ProofShapeError::Length { .. })), "{error}");
}

/// Compressed proofs, whose decompression panics on some: nothing here reads them.
#[test]
fn a_compressed_proof_is_no_proof() {
    let (data, proof) = honest();
    let (verifier, statement) = (ours(&verifier_bytes(&data)).unwrap(), statement(&proof));
    let compressed = data.compress(proof).unwrap().to_bytes();
    let error = verifier.verify(&compressed, &statement).unwrap_err();
    assert!(matches!(error, VerifyError::Shape(_)), "{error}");
}

/// A circuit may show a verifier's key among its public inputs, as cyclic recursion does. plonky2's verifier does not ask whose it is.
#[test]
fn a_foreign_verifier_key_is_another_statement() {
    let (mut builder, tag) = tagged(level(1));
    let key = builder.add_verifier_data_public_inputs();
    let data = builder.build::<crate::level::C>();
    let proof_with = |shown: &VerifierOnlyCircuitData<_, D>| {
        let mut inputs = inputs(&tag, &[1, 2, 3, 4]);
        inputs.set_verifier_data_target(&key, shown).unwrap();
        proved(&data, inputs)
    };
    let own = proof_with(&data.verifier_only);
    let mut foreign = data.verifier_only.clone();
    foreign.circuit_digest = HashOut { elements: [F::ONE; 4] };
    let foreign = proof_with(&foreign);
    assert_eq!(stock(&data.verifier_data(), &foreign), Stock::Accepts, "nobody has asked it");

    let verifier = ours(&verifier_bytes(&data)).unwrap();
    verifier.verify(&own.to_bytes(), &statement(&own)).unwrap();
    let error = verifier.verify(&foreign.to_bytes(), &statement(&own)).unwrap_err();
    assert_eq!(error.finding(), Some(Finding::WrongStatement));
}
