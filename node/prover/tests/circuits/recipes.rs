//! Envelopes, recipes and builds: what is refused, and what must not matter.

use crate::{
    samples::{inputs, recipe},
    support::{P, System, Terms, degree, level, sample, wtns},
};
use dpgn_protocol::{
    ids::CircuitId,
    limits::PUBLIC_INPUTS_MAX,
    verifier_data::{self, VerifierDataLimits},
};
use dpgn_prover::circuit::{
    self, CircuitError, CircuitLimits, Envelope, EnvelopeError, Inputs, R1cs, R1csError, Recipe, RecipeError, Subject,
    Sym, WitnessError,
};
use std::ops::ControlFlow;

fn of(system: &System) -> Recipe {
    Recipe::r1cs(&R1cs::parse(&system.file(), &CircuitLimits::default()).unwrap())
}

fn build(recipe: &Recipe, degree_max: u8) -> Result<circuit::Circuit, CircuitError> {
    circuit::build(recipe, level(1), degree(degree_max), &mut || ControlFlow::Continue(()))
}

fn system(constraints: Vec<[Terms; 3]>) -> System {
    System { wires: 4, outputs: 1, inputs: 0, constraints }
}

#[test]
fn envelopes_say_what_they_are() {
    let limits = CircuitLimits::default();
    let (r1cs, wtns) = (sample("range.r1cs"), sample("range.wtns"));
    let id = CircuitId::from_bytes([7; 32]);
    for envelope in [
        Envelope::Preimage(&[2, 3, 4]),
        Envelope::R1cs { r1cs: &r1cs, wtns: &wtns },
        Envelope::Known { circuit: id, inputs: &wtns },
    ] {
        let bytes = envelope.encode().unwrap();
        let back = Envelope::parse(&bytes, &limits).unwrap();
        assert_eq!(back, envelope);
        let (subject, inputs) = back.split(&limits).unwrap();
        match subject {
            Subject::Known(circuit) => assert_eq!(circuit, id),
            Subject::Recipe(recipe) => {
                circuit::public_inputs(&recipe, &inputs).unwrap();
                assert_eq!(Recipe::decode(&recipe.encode(), &limits).unwrap(), recipe);
                assert_eq!(recipe.encode().len() as u64, recipe.encoded_len());
                let again = recipe.envelope(&inputs).unwrap();
                let (same, as_before) = Envelope::parse(&again, &limits).unwrap().split(&limits).unwrap();
                assert_eq!((same, as_before), (Subject::Recipe(recipe), inputs), "what is handed on says the same");
            }
        }
    }
    assert_eq!(Envelope::Preimage(&[2, 3, 4]).encode().unwrap(), [1, 2, 3, 4]);
}

#[test]
fn unknown_envelopes_are_refused_for_what_they_are() {
    let parse = |bytes: &[u8]| Envelope::parse(bytes, &CircuitLimits::default()).unwrap_err();
    assert_eq!(parse(&[]), EnvelopeError::Empty);
    assert_eq!(parse(&[0x11, 1]), EnvelopeError::Version { got: 1, first: 0x11 });
    assert_eq!(parse(&[4]), EnvelopeError::NotOffered { kind: 4, name: "fold" });
    for kind in [0, 6, 15] {
        assert_eq!(parse(&[kind]), EnvelopeError::UnknownKind { kind });
    }
    assert!(matches!(parse(&[2, 0, 0]), EnvelopeError::Truncated { need: 4, have: 2, .. }));
    assert!(matches!(parse(&[2, 255, 255, 255, 255, 0]), EnvelopeError::Truncated { need: 0xffff_ffff, have: 1, .. }));
    assert!(matches!(parse(&[5; 32]), EnvelopeError::Truncated { need: 32, have: 31, .. }));
    let limits = CircuitLimits { file_bytes_max: 4, preimage_bytes_max: 3, ..CircuitLimits::default() };
    assert_eq!(Envelope::parse(&[1; 9], &limits).unwrap_err(), EnvelopeError::TooLarge { got: 9, limit: 8 });
    let long = Envelope::parse(&[1; 5], &limits).unwrap().split(&limits).unwrap_err();
    assert_eq!(long, RecipeError::Length { got: 4, limit: 3 }.into());
    let empty = Envelope::parse(&[1], &limits).unwrap().split(&limits).unwrap_err();
    assert_eq!(empty, RecipeError::Length { got: 0, limit: 3 }.into());
}

#[test]
fn what_does_not_matter_does_not_change_a_recipe() {
    let plain = system(vec![[vec![(1, 3)], vec![(2, 1), (3, P - 1)], vec![(0, 5)]]]);
    let odd = system(vec![[
        vec![(2, 0), (1, 1), (1, 2)],
        vec![(3, P - 1), (0, 0), (2, 1)],
        vec![(3, 1), (0, 5), (3, P - 1)],
    ]]);
    assert_eq!(of(&plain).digest(), of(&odd).digest());
    let other = system(vec![[vec![(1, 3)], vec![(2, 1), (3, P - 1)], vec![(0, 6)]]]);
    assert_ne!(of(&plain).digest(), of(&other).digest());
}

#[test]
fn odd_recipes_are_refused() {
    let limits = CircuitLimits::default();
    let decode = |bytes: &[u8]| Recipe::decode(bytes, &limits);
    assert_eq!(decode(&[2]), Err(RecipeError::Truncated { got: 1 }));
    assert_eq!(decode(&[2, 9, b'r']), Err(RecipeError::Truncated { got: 3 }));
    assert_eq!(decode(&[4, 0]), Err(RecipeError::Unknown { first: 4 }));
    assert_eq!(decode(&[3, 0]), Err(RecipeError::Name { got: String::new() }));
    let newer = [&[2, 6], b"r1cs@3".as_slice()].concat();
    assert_eq!(decode(&newer), Err(RecipeError::Builder { got: "r1cs@3".into(), ours: "r1cs@2" }));
    let file = small_with_labels();
    let loose = [&[2, 6], b"r1cs@2".as_slice(), &file].concat();
    let error = build(&decode(&loose).unwrap(), 10).unwrap_err();
    assert_eq!(error, CircuitError::Recipe(RecipeError::NotCanonical));
    let short = [&[1, 10], b"preimage@2".as_slice(), &[3, 0]].concat();
    let error = build(&decode(&short).unwrap(), 10).unwrap_err();
    assert_eq!(error, CircuitError::Recipe(RecipeError::NotCanonical));
}

/// The constraints section comes first here, as circom writes it: a good file, but not a recipe's form.
fn small_with_labels() -> Vec<u8> {
    system(vec![[vec![(1, 1)], vec![(2, 1)], vec![(3, 1)]]]).file()
}

#[test]
fn a_constraint_of_many_terms_is_refused_before_it_is_laid() {
    let many: Terms = (0..200_000).map(|at| (1 + at as u32, 2 + at)).collect();
    let wide = System { wires: 200_001, outputs: 0, inputs: 0, constraints: vec![[many, vec![(0, 1)], vec![]]] };
    let CircuitError::TooLarge { rows_at_least, degree_max } = build(&of(&wide), 8).unwrap_err() else {
        panic!("2^8 rows can't hold 200,000 terms")
    };
    // Twenty terms cost a row, and up to three of them nothing.
    assert_eq!((rows_at_least, degree_max), ((200_000 - 3) / 20, degree(8)));
}

#[test]
fn what_the_parser_takes_the_ledger_takes() {
    let with = |public: u32| System {
        wires: public + 1,
        outputs: public,
        inputs: 0,
        constraints: vec![[vec![(1, 1)], vec![(1, 1)], vec![(2, 1)]]],
    };
    let limits = CircuitLimits::default();
    let built = build(&of(&with(limits.public_max)), 14).unwrap();
    let shape = verifier_data::read(built.verifier_data(), &VerifierDataLimits::default()).unwrap();
    assert_eq!(shape.public_inputs, PUBLIC_INPUTS_MAX, "the tag's values come on top");
    let error = R1cs::parse(&with(limits.public_max + 1).file(), &limits).unwrap_err();
    assert!(matches!(error, R1csError::TooMany { limit: 16_380, .. }), "{error}");
}

#[test]
fn constants_alone_can_be_too_many() {
    let equal = |at: u64| [vec![(1, at + 2)], vec![(0, 1)], vec![(0, 1)]];
    let system = system((0..2_000).map(equal).collect());
    assert!(matches!(build(&of(&system), 9).unwrap_err(), CircuitError::TooLarge { rows_at_least: 513, .. }));
}

#[test]
fn a_preimage_that_does_not_fit_is_refused_before_it_is_built() {
    let recipe = Recipe::preimage(1 << 20, &CircuitLimits::default()).unwrap();
    assert!(matches!(build(&recipe, 16).unwrap_err(), CircuitError::TooLarge { rows_at_least: 149_799.., .. }));
}

#[test]
fn blinding_counts_towards_the_limit() {
    let recipe = recipe("range");
    let error = circuit::build(&recipe, level(3), degree(13), &mut || ControlFlow::Continue(())).unwrap_err();
    assert_eq!(error, CircuitError::TooLarge { rows_at_least: 1 << 14, degree_max: degree(13) });
}

#[test]
fn a_build_can_be_called_off() {
    let error = circuit::build(&recipe("adult"), level(1), degree(20), &mut || ControlFlow::Break(())).unwrap_err();
    assert_eq!(error, CircuitError::Cancelled);
}

#[test]
fn a_false_constraint_between_constants_is_refused() {
    let fine = [vec![(1, 1)], vec![(1, 1)], vec![(2, 1)]];
    for wrong in [
        [vec![(0, 2)], vec![(0, 3)], vec![(0, 7)]],
        [vec![], vec![(1, 1)], vec![(0, 7)]],
        [vec![], vec![], vec![(0, P - 1)]],
        [vec![(0, 1)], vec![(1, 1)], vec![(1, 1), (0, 1)]],
    ] {
        let error = build(&of(&system(vec![fine.clone(), wrong])), 10).unwrap_err();
        assert_eq!(error, CircuitError::Contradiction { constraint: 1 });
    }
}

#[test]
fn the_first_failing_constraint_is_named() {
    let recipe = recipe("range");
    let sym = Sym::parse(&sample("range.sym"), &CircuitLimits::default()).unwrap();
    let mut bytes = sample("range.wtns");
    // The last value of the file belongs to the last wire.
    let at = bytes.len() - 8;
    bytes[at] ^= 2;
    let error = circuit::public_inputs(&recipe, &Inputs::new(bytes)).unwrap_err().named(&recipe, &sym);
    let WitnessError::Unsatisfied(failed) = &error else { panic!("{error:?}") };
    assert_eq!(failed.constraints, 102);
    assert!(failed.signals.iter().any(|name| name.starts_with("main.")), "{error}");
    assert!(error.to_string().contains(&format!("constraint {} of 102 (signals: main.", failed.constraint)));
}

#[test]
fn a_witness_of_another_size_is_refused() {
    let short = Inputs::new(wtns(&[1, 1, 1]));
    let error = circuit::public_inputs(&recipe("range"), &short).unwrap_err();
    assert_eq!(error.to_string(), "the witness has 3 wires, the circuit 102");
}

#[test]
fn inputs_are_committed_to_with_a_salt_and_never_shown() {
    let inputs = inputs("range");
    assert_ne!(inputs.commit(&[0; 32]), inputs.commit(&[1; 32]));
    assert_eq!(format!("{inputs:?}"), "Inputs(868 bytes)");
    assert_eq!(format!("{:?}", Envelope::Preimage(b"secret")), "Preimage(6 bytes)");
}
