//! Circuit ids that must never change by accident: a change is a new version of the builder.

use crate::{
    samples::{build, recipe},
    support::level,
};
use dpgn_prover::circuit::{Limits, Recipe};

/// Name, level, circuit id.
const GOLDEN: [(&str, u8, &str); 0] = [];

fn named(name: &str) -> Recipe {
    if name == "preimage" { Recipe::preimage(3, &Limits::default()).unwrap() } else { recipe(name) }
}

#[test]
fn ids_are_frozen_at_every_level() {
    for (name, number, id) in GOLDEN {
        assert_eq!(build(&named(name), number).id().to_string(), id, "{name} at level {}", level(number));
    }
}
