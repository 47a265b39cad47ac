//! Circuits of an application's own: they are built, filled and proved as ours are, and nothing of theirs breaks a rule of ours.

use crate::{
    foreign::Foreign,
    support::{degree, level},
};
use dpgn_protocol::{limits::PUBLIC_INPUTS_MAX, units::Level, verifier_data::VerifierDataError};
use dpgn_prover::{
    circuit::{
        self, Circuit, CircuitError, CircuitLimits, CustomCircuit, CustomError, Envelope, EnvelopeError, FillError,
        Inputs, Recipe, RecipeError, StoredCircuitError, Subject, WitnessError,
        custom::{RegisterError, Unfit, Values, builder_name, envelope},
        register,
    },
    level::{D, F},
};
use plonky2::{
    field::types::PrimeField64, gates::noop::NoopGate, iop::target::Target, plonk::circuit_builder::CircuitBuilder,
};
use serde::{Deserialize, Serialize};
use std::{
    ops::ControlFlow,
    sync::{Arc, Once},
};

/// Knowledge of a root: `base ^ exponent` is public.
struct Power;

impl CustomCircuit for Power {
    const NAME: &'static str = "example.org/power";
    const VERSION: u32 = 1;
    type Params = u32;
    type Inputs = u64;
    type Targets = Target;

    fn build(exponent: &u32, builder: &mut CircuitBuilder<F, D>) -> Result<Target, Unfit> {
        if *exponent == 0 {
            return Err(Unfit("the exponent is at least 1"));
        }
        let base = builder.add_virtual_target();
        let power = builder.exp_u64(base, u64::from(*exponent));
        builder.register_public_input(power);
        Ok(base)
    }

    fn fill(_: &u32, base: &u64, target: &Target, values: &mut Values<'_>) -> Result<(), Unfit> {
        values.set(*target, *base)
    }
}

/// What a family may do that no family should.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Trick {
    /// Nothing: a lookup in a table, so that rows are there that nobody has counted.
    None,
    Panic,
    /// plonky2 panics, and not the family.
    Break,
    Config,
    Domain,
    Tag,
    Gate,
    Public(u32),
    Rows(u32),
}

struct Tricky;

impl CustomCircuit for Tricky {
    const NAME: &'static str = "example.org/tricky";
    const VERSION: u32 = 7;
    type Params = Trick;
    type Inputs = Vec<u64>;
    type Targets = Target;

    fn build(trick: &Trick, builder: &mut CircuitBuilder<F, D>) -> Result<Target, Unfit> {
        let input = builder.add_virtual_target();
        match trick {
            Trick::None => {
                let squares = Arc::new((0..100).map(|i| (i, i * i)).collect());
                let table = builder.add_lookup_table_from_pairs(squares);
                let square = builder.add_lookup_from_index(input, table);
                builder.register_public_input(square);
            }
            Trick::Panic => panic!("a defect of the family"),
            Trick::Break => builder.set_domain_separator(Vec::new()),
            Trick::Config => builder.config.fri_config.num_query_rounds = 1,
            Trick::Domain => {
                *builder = CircuitBuilder::new(builder.config.clone());
                builder.add_virtual_public_input_arr::<4>();
            }
            Trick::Tag => {
                *builder = CircuitBuilder::new(builder.config.clone());
                builder.add_virtual_target();
                builder.add_virtual_public_input_arr::<4>();
            }
            Trick::Gate => {
                builder.add_gate(Foreign, Vec::new());
            }
            Trick::Public(count) => (0..*count).for_each(|_| builder.register_public_input(input)),
            Trick::Rows(count) => {
                for _ in 0..*count {
                    builder.add_gate(NoopGate, Vec::new());
                }
            }
        }
        Ok(input)
    }

    fn fill(_: &Trick, inputs: &Vec<u64>, target: &Target, values: &mut Values<'_>) -> Result<(), Unfit> {
        // The first is missing: a panic. The second contradicts it, if it is there and another.
        values.set(*target, inputs[0])?;
        inputs.get(1).map_or(Ok(()), |second| values.set(*target, *second))
    }
}

fn registered() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        register::<Power>().unwrap();
        register::<Tricky>().unwrap();
    });
}

fn recipe<T: CustomCircuit>(params: &T::Params) -> Recipe {
    registered();
    Recipe::custom::<T>(params, &CircuitLimits::default()).unwrap()
}

fn build(recipe: &Recipe, level: Level, degree_max: u8) -> Result<Circuit, CircuitError> {
    circuit::build(recipe, level, degree(degree_max), &mut || ControlFlow::Continue(()))
}

fn tricked(trick: Trick) -> CircuitError {
    build(&recipe::<Tricky>(&trick), level(1), 15).unwrap_err()
}

/// Proves with stock plonky2, which verifies it too; returns what is public.
fn prove(circuit: &Circuit, inputs: &Inputs, tag: [u64; 4]) -> Vec<u64> {
    let proof = circuit.data.prove(circuit.assign(inputs, tag).unwrap()).unwrap();
    circuit.data.verify(proof.clone()).unwrap();
    proof.public_inputs.iter().map(PrimeField64::to_canonical_u64).collect()
}

#[test]
fn an_applications_circuit_proves_with_the_tag_before_its_public_inputs() {
    let (recipe, inputs) = (recipe::<Power>(&3), Inputs::custom::<Power>(&5).unwrap());
    assert_eq!(circuit::public_inputs(&recipe, &inputs).unwrap(), [125]);
    let circuit = build(&recipe, level(1), 15).unwrap();
    assert_eq!(circuit.public_inputs(), 1);
    assert_eq!(prove(&circuit, &inputs, [9, 8, 7, 6]), [9, 8, 7, 6, 125]);
    let again = build(&recipe, level(1), 15).unwrap();
    assert_eq!(again.id(), circuit.id());
    let other = build(&self::recipe::<Power>(&4), level(1), 15).unwrap();
    assert_ne!(other.id(), circuit.id());

    let bytes = circuit.to_bytes(&recipe).unwrap();
    let stored = Circuit::from_bytes(&recipe, level(1), &bytes).unwrap();
    assert_eq!(prove(&stored, &inputs, [0; 4]), [0, 0, 0, 0, 125], "what was kept is filled as what was built");
    let other = Circuit::from_bytes(&self::recipe::<Power>(&4), level(1), &bytes);
    assert!(matches!(other, Err(StoredCircuitError::OtherCircuit)), "{other:?}");
}

/// Ids of other applications' circuits hang on this: plonky2, frame and filling are the network's, not the family's.
#[test]
fn its_ids_are_frozen() {
    for (number, id) in [
        (1, "5b6c3079e136ff0f798e94120503519843c97140ccb5bf64c184381090193ce1"),
        (3, "84a8a46f978283dc02c5f999ecf812d0cf834e17d0d931558bd01c18868e7cd0"),
    ] {
        assert_eq!(build(&recipe::<Power>(&3), level(number), 15).unwrap().id().to_string(), id, "level {number}");
    }
}

#[test]
fn a_private_level_hides_also_what_nobody_has_counted() {
    let (recipe, inputs) = (recipe::<Tricky>(&Trick::None), Inputs::custom::<Tricky>(&vec![9]).unwrap());
    assert_eq!(circuit::public_inputs(&recipe, &inputs).unwrap(), [81]);
    let circuit = build(&recipe, level(3), 15).unwrap();
    assert!(circuit.data.common.config.zero_knowledge);
    assert_eq!(prove(&circuit, &inputs, [1; 4])[4..], [81]);
    let small = build(&recipe, level(3), 13).unwrap_err();
    assert!(matches!(small, CircuitError::TooLarge { .. }), "{small}");
}

#[test]
fn an_envelope_says_which_circuit_and_hides_the_inputs() {
    registered();
    let limits = CircuitLimits::default();
    let bytes = envelope::<Power>(&3, &5).unwrap();
    let opened = Envelope::parse(&bytes, &limits).unwrap();
    assert_eq!(format!("{opened:?}"), "Custom(example.org/power@1, 5 bytes, 9 bytes)");
    assert_eq!(opened.encode().unwrap(), *bytes);
    let (subject, inputs) = opened.split(&limits).unwrap();
    let Subject::Recipe(recipe) = subject else { panic!("it has a recipe") };
    assert_eq!(recipe, self::recipe::<Power>(&3));
    assert_eq!(recipe.builder(), builder_name::<Power>().unwrap());
    assert_eq!(recipe.envelope(&inputs).unwrap(), bytes);
    let encoded = recipe.encode();
    assert_eq!(encoded.len() as u64, recipe.encoded_len());
    assert_eq!(Recipe::decode(&encoded, &limits).unwrap(), recipe);
    // By hand, as another language would write it.
    let name = b"example.org/power@1";
    let by_hand =
        [&[3, name.len() as u8], name.as_slice(), &[5, 0, 0, 0], &[1, 3, 0, 0, 0], &[1, 5, 0, 0, 0, 0, 0, 0, 0]];
    assert_eq!(*bytes, by_hand.concat());
}

#[test]
fn what_is_malformed_is_refused_for_what_it_is() {
    registered();
    let limits = CircuitLimits { params_bytes_max: 4, ..CircuitLimits::default() };
    let split = |name: &[u8], params: &[u8]| {
        let envelope = Envelope::Custom { builder: name, params, inputs: &[] };
        let bytes = envelope.encode().unwrap();
        Envelope::parse(&bytes, &limits).unwrap().split(&limits).unwrap_err()
    };
    assert_eq!(split(b"r1cs@2", &[]), RecipeError::Name { got: "r1cs@2".into() }.into(), "a builder of ours");
    assert_eq!(split(b"a/\xff@1", &[]), RecipeError::Name { got: "a/\\xff@1".into() }.into());
    assert_eq!(split(b"a/b@1", &[0; 5]), RecipeError::Params { got: 5, limit: 4 }.into());
    let long = Envelope::Custom { builder: &[b'a'; 256], params: &[], inputs: &[] }.encode().unwrap_err();
    assert_eq!(long, EnvelopeError::TooLarge { got: 256, limit: 255 });
    for cut in [&[3][..], &[3, 2, b'a'], &[3, 0, 9, 0, 0], &[3, 0, 9, 0, 0, 0, 1]] {
        let error = Envelope::parse(cut, &limits).unwrap_err();
        assert!(matches!(error, EnvelopeError::Truncated { .. }), "{cut:?}: {error}");
    }

    let refused = |builder: &str, params: Vec<u8>| {
        let recipe = Recipe::named(builder.to_owned(), params, &CircuitLimits::default()).unwrap();
        build(&recipe, level(1), 15).unwrap_err()
    };
    let unknown = refused("example.org/power@2", vec![1, 3, 0, 0, 0]);
    let builder = "example.org/power@2".to_owned();
    assert_eq!(unknown, CircuitError::Custom(CustomError::NotRegistered { builder }));
    for params in [vec![], vec![1, 3, 0, 0], vec![1, 3, 0, 0, 0, 0], vec![2, 3, 0, 0, 0]] {
        let error = refused("example.org/power@1", params.clone());
        assert!(matches!(error, CircuitError::Custom(CustomError::Params { .. })), "{params:?}: {error}");
    }
    let zero = refused("example.org/power@1", vec![1, 0, 0, 0, 0]);
    assert!(matches!(zero, CircuitError::Custom(CustomError::Unfit { .. })), "{zero}");
}

#[test]
fn inputs_are_refused_without_a_word_of_what_they_hold() {
    let power = recipe::<Power>(&3);
    let refused = |recipe: &Recipe, inputs: Inputs| {
        let Err(WitnessError::Custom(error)) = circuit::public_inputs(recipe, &inputs) else { panic!("it is refused") };
        let circuit = build(recipe, level(1), 15).unwrap();
        let assigned = circuit.assign(&inputs, [0; 4]).and_then(|witness| match circuit.data.prove(witness) {
            Ok(_) => Ok(()),
            Err(_) => Err(WitnessError::Custom(error.clone())),
        });
        assert!(assigned.is_err(), "{error}");
        error
    };
    for bytes in [vec![], vec![1, 5], vec![1; 10], vec![2, 5, 0, 0, 0, 0, 0, 0, 0]] {
        let error = refused(&power, Inputs::new(bytes));
        assert!(matches!(error, FillError::Type { .. }), "{error}");
    }
    let large = refused(&power, Inputs::custom::<Power>(&u64::MAX).unwrap());
    assert!(matches!(large, FillError::Unfit { .. }) && !large.to_string().contains("1844"), "{large}");
    let tricky = recipe::<Tricky>(&Trick::None);
    let inputs = |values: &[u64]| Inputs::custom::<Tricky>(&values.to_vec()).unwrap();
    assert!(matches!(refused(&tricky, inputs(&[])), FillError::Panicked { .. }));
    assert!(matches!(refused(&tricky, inputs(&[7, 77])), FillError::Unfit { .. }));
    let absent = refused(&tricky, inputs(&[100]));
    assert!(matches!(absent, FillError::Unsatisfied { .. }), "{absent}");
}

#[test]
fn a_family_cannot_change_what_every_circuit_begins_with() {
    let replaced = |trick| match tricked(trick) {
        CircuitError::Custom(CustomError::Replaced { what, .. }) => what,
        error => panic!("{trick:?}: {error}"),
    };
    assert_eq!(replaced(Trick::Config), "the config");
    assert_eq!(replaced(Trick::Domain), "the domain");
    assert_eq!(replaced(Trick::Tag), "the tag");
}

#[test]
fn what_others_could_not_verify_is_not_built() {
    assert!(matches!(tricked(Trick::Gate), CircuitError::Custom(CustomError::ForeignGate { .. })));
    let public = tricked(Trick::Public(PUBLIC_INPUTS_MAX));
    let CircuitError::Custom(CustomError::Unverifiable { source, .. }) = &public else { panic!("{public}") };
    assert!(matches!(source, VerifierDataError::OutOfRange { .. }), "{source}");
}

#[test]
fn a_panic_is_an_error_and_rows_have_a_limit() {
    for trick in [Trick::Panic, Trick::Break] {
        let error = tricked(trick);
        assert!(matches!(error, CircuitError::Custom(CustomError::Panicked { .. })), "{error}");
    }
    let rows = tricked(Trick::Rows(1 << 15));
    assert!(matches!(rows, CircuitError::TooLarge { .. }), "{rows}");
}

#[test]
fn two_families_of_one_name_are_one_too_many() {
    registered();
    assert_eq!(register::<Power>(), Err(RegisterError::Taken { name: "example.org/power@1".into() }));
    struct Nameless;
    impl CustomCircuit for Nameless {
        const NAME: &'static str = "preimage";
        const VERSION: u32 = 2;
        type Params = ();
        type Inputs = ();
        type Targets = ();

        fn build(_: &(), _: &mut CircuitBuilder<F, D>) -> Result<(), Unfit> {
            Ok(())
        }

        fn fill(_: &(), _: &(), _: &(), _: &mut Values<'_>) -> Result<(), Unfit> {
            Ok(())
        }
    }
    assert_eq!(register::<Nameless>(), Err(RegisterError::Name { name: "preimage@2".into() }), "ours are not replaced");
}
