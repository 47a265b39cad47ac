//! What a circuit is, in numbers and names: for people, before they pay for it.

use super::{
    build::draft,
    error::CircuitError,
    lint::{Lint, lint},
    r1cs::R1cs,
    recipe::{R1CS_BUILDER, Recipe},
    sym::Sym,
    translate::translate,
};
use dpgn_protocol::{
    ids::RecipeDigest,
    profile::Profile,
    units::{Degree, Level},
};
use serde::Serialize;
use std::ops::ControlFlow;

/// A public wire, in the order in which proofs show them after the tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicSignal {
    /// The name of the signal; absent if no `.sym` file gave one.
    pub name: Option<String>,
    /// Whether the signal is an output, which the circuit computes; else it is a public input.
    pub output: bool,
}

/// The numbers and names of a constraint system, found without proving it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The builder of its circuits, as `name@version`.
    pub builder: &'static str,
    /// The digest of its recipe.
    pub recipe: RecipeDigest,
    /// The length of the encoded recipe, in bytes.
    pub recipe_bytes: u64,
    /// The number of constraints in the file.
    pub constraints: usize,
    /// The number of terms in all constraints together.
    pub terms: usize,
    /// Wires, the constant one included.
    pub wires: u32,
    /// Private inputs, as the file counts them.
    pub private_inputs: u32,
    /// The public signals, outputs first, then inputs.
    pub public: Vec<PublicSignal>,
    /// Rows before blinding and padding, the tag's included.
    pub rows: u64,
    /// The base-2 logarithm of the padded rows at each level. A level is left out where it exceeds every limit.
    pub degrees: Vec<(Level, Degree)>,
    /// The lint's findings: errors first, then warnings.
    pub lints: Vec<Lint>,
}

/// Looks at a constraint system. The rows are exact: it is translated, but nothing is committed to.
pub fn inspect(r1cs: &R1cs, sym: Option<&Sym>) -> Result<Inspection, CircuitError> {
    let recipe = Recipe::r1cs(r1cs);
    // Rows before blinding don't depend on the level.
    let watch = &mut || ControlFlow::Continue(());
    let (_, rows) = draft(&recipe, Level::MIN, |builder| translate(r1cs, builder, Degree::MAX, watch))?;
    let degree = |level| Some((level, rows.degree(Profile::of(level), Degree::MAX).ok()?));
    let signal = |wire| PublicSignal {
        name: sym.and_then(|sym| sym.name(wire)).map(str::to_owned),
        output: wire <= r1cs.public_outputs(),
    };
    Ok(Inspection {
        builder: R1CS_BUILDER,
        recipe: recipe.digest(),
        recipe_bytes: recipe.encoded_len(),
        constraints: r1cs.len(),
        terms: r1cs.terms(),
        wires: r1cs.wires(),
        private_inputs: r1cs.private_inputs(),
        public: r1cs.public_wires().map(signal).collect(),
        rows: rows.plain(),
        degrees: Level::all().filter_map(degree).collect(),
        lints: lint(r1cs, sym),
    })
}
