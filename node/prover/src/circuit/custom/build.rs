//! From a recipe to the family's circuit, and from inputs to its witness. A panic of the family's is caught here.

use super::{
    draft::{Draft, Fill},
    error::{CustomError, FillError},
    registry::find,
};
use crate::{
    circuit::{
        committed::Laid,
        error::CircuitError,
        field::elements_of_bytes,
        frame::{TAG_LEN, framed},
        recipe::{Inputs, Recipe},
        rows::{self, Rows},
        translate::Watch,
    },
    level::{C, CircuitData, D, F, profile},
    prove::public_values,
};
use dpgn_protocol::{
    profile::{Profile, WIRES},
    units::{Degree, Level},
};
use plonky2::{
    field::types::{Field, PrimeField64},
    hash::{hash_types::NUM_HASH_OUT_ELTS, poseidon::PoseidonHash},
    iop::{target::Target, witness::PartialWitness},
    plonk::{circuit_builder::CircuitBuilder, config::Hasher},
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A circuit of a family, as its recipe says.
#[derive(Clone)]
pub(crate) struct Custom {
    recipe: Recipe,
    draft: Draft,
}

impl Custom {
    /// The circuit of a recipe of this kind, if this program has the family that it names.
    pub(crate) fn of(recipe: &Recipe) -> Result<Self, CustomError> {
        let draft = find(recipe.builder());
        let draft = draft.ok_or_else(|| CustomError::NotRegistered { builder: recipe.builder().to_owned() })?;
        Ok(Self { recipe: recipe.clone(), draft })
    }

    /// The builder that the recipe names.
    pub(crate) fn builder(&self) -> String {
        self.recipe.builder().to_owned()
    }

    /// The circuit's draft with the frame of all circuits around it, and what fills it.
    fn draft(&self, level: Level) -> Result<(CircuitBuilder<F, D>, Fill), CustomError> {
        let mut builder = framed(&self.recipe, level);
        let fill = self.caught(|| (self.draft)(self.recipe.builder(), self.recipe.body(), &mut builder))??;
        Ok((builder, fill))
    }

    /// What some work of the family's or on what it laid comes to, unless it panics.
    fn caught<T>(&self, work: impl FnOnce() -> T) -> Result<T, CustomError> {
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| CustomError::Panicked { builder: self.builder() })
    }

    /// Gives the targets of a circuit at this level the inputs' values. `witness` has the tag's.
    ///
    /// The circuit is drafted once more for it: its targets are kept nowhere.
    pub(crate) fn fill(&self, level: Level, inputs: &Inputs, witness: &mut PartialWitness<F>) -> Result<(), FillError> {
        let (_, fill) = self.draft(level)?;
        let filled = catch_unwind(AssertUnwindSafe(|| fill(inputs, witness)));
        filled.map_err(|_| FillError::Panicked { builder: self.builder() })?
    }

    /// Refuses a circuit whose family has replaced what it was handed: the config of the level, the recipe's domain, the tag.
    fn check_frame(&self, laid: &Laid, level: Level) -> Result<(), CustomError> {
        let replaced = |what| Err(CustomError::Replaced { builder: self.builder(), what });
        if laid.common.config != profile(level) {
            return replaced("the config");
        }
        let is_tag = |(index, target): (usize, &Target)| *target == Target::VirtualTarget { index };
        let public = laid.public_inputs();
        if public.len() < TAG_LEN || !public.iter().take(TAG_LEN).enumerate().all(is_tag) {
            return replaced("the tag");
        }
        if laid.domain() != PoseidonHash::hash_pad(&elements_of_bytes(self.recipe.digest().as_bytes())) {
            return replaced("the domain");
        }
        Ok(())
    }
}

/// Builds the circuit of a family. Unlike those of our own builders its rows are counted by plonky2 alone, at the end: so a circuit
/// that came out blinded too little is built once more with rows that make plonky2 blind it for the degree it gets.
pub(crate) fn build(
    custom: &Custom,
    level: Level,
    degree_max: Degree,
    watch: &mut Watch<'_>,
) -> Result<CircuitData, CircuitError> {
    let profile = Profile::of(level);
    let mut rows_min = 0;
    loop {
        let (mut builder, _) = custom.draft(level)?;
        // What is there at least: constants and lookup tables take more.
        let (gates, public) = (builder.num_gates() as u64, builder.num_public_inputs() as u64);
        let rows = Rows { gates, constants: 0, public };
        let degree = rows.degree(profile, degree_max)?;
        rows::fill(&mut builder, rows.fillers(profile, degree).max(u64::saturating_sub(rows_min, gates)));
        if watch().is_break() {
            return Err(CircuitError::Cancelled);
        }
        let laid = custom.caught(|| Laid::of(builder))?;
        let (rows, degree) = (laid.common.degree() as u64, laid.common.degree_bits());
        if rows > degree_max.rows() {
            return Err(CircuitError::TooLarge { rows_at_least: rows, degree_max });
        }
        custom.check_frame(&laid, level)?;
        if is_blinded(&laid, profile) {
            return laid.commit(watch);
        }
        if rows_min > 0 {
            let forecast = Degree::new(u8::try_from(degree).unwrap_or(u8::MAX)).unwrap_or(degree_max);
            return Err(CircuitError::Forecast { forecast, built: degree });
        }
        rows_min = rows + 1;
    }
}

/// The generator by which plonky2 blinds a wire.
const BLINDING: &str = "RandomValueGenerator";
/// Wires that are blinded at every level: those of the public inputs' row beside their hash.
const ALWAYS_BLINDED: u64 = (WIRES - NUM_HASH_OUT_ELTS) as u64;

/// Whether a circuit has as many random values as hide what its proofs open.
fn is_blinded(laid: &Laid, profile: Profile) -> bool {
    let Ok(degree) = u8::try_from(laid.common.degree_bits()) else { return false };
    let needed = profile.blinding_values(degree);
    let random = || laid.generators().iter().filter(|generator| generator.0.id() == BLINDING).count() as u64;
    needed == 0 || random() == needed + ALWAYS_BLINDED
}

/// The public inputs, without the tag, that these inputs lead to. Drafts the circuit and runs its generators; commits to
/// nothing.
pub(crate) fn public_inputs(custom: &Custom, inputs: &Inputs) -> Result<Vec<u64>, FillError> {
    // What is public does not depend on the level, and the first one blinds nothing.
    let (builder, fill) = custom.draft(Level::MIN)?;
    let mut witness = PartialWitness::new();
    let tag = (0..TAG_LEN).map(|index| (Target::VirtualTarget { index }, F::ZERO));
    witness.target_values.extend(tag);
    let filled = catch_unwind(AssertUnwindSafe(|| fill(inputs, &mut witness)));
    filled.map_err(|_| FillError::Panicked { builder: custom.builder() })??;
    let data = custom.caught(|| builder.build_with_options::<C>(false))?;
    let values = public_values(&data.prover_only, &data.common, witness);
    let values = values.map_err(|error| FillError::Unsatisfied { reason: error.to_string() })?;
    Ok(values.iter().skip(TAG_LEN).map(PrimeField64::to_canonical_u64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plonky2::plonk::circuit_data::CircuitConfig;

    /// A circuit of some rows, blinded for proofs with one query: for such the border lies among a few hundred rows.
    fn blinded(rows: usize) -> (Laid, Profile) {
        let one = Profile { queries: 1, ..Profile::of(Level::MAX) };
        let mut config: CircuitConfig = profile(Level::MAX);
        config.fri_config.num_query_rounds = 1;
        config.security_bits = 1;
        let mut builder = CircuitBuilder::<F, D>::new(config);
        builder.add_virtual_public_input_arr::<TAG_LEN>();
        rows::fill(&mut builder, rows as u64);
        (Laid::of(builder), one)
    }

    /// plonky2 blinds for 2^10 rows, and pads to 2^9, whose proofs open more.
    #[test]
    fn a_circuit_that_is_blinded_for_another_degree_is_found_out() {
        let (short, profile) = blinded(240);
        assert_eq!(short.common.degree_bits(), 9);
        assert!(!is_blinded(&short, profile), "{} values are needed", profile.blinding_values(9));
        for rows in [100, 200, short.common.degree() + 1, 600] {
            let (laid, profile) = blinded(rows);
            assert!(is_blinded(&laid, profile), "{rows} rows, 2^{}", laid.common.degree_bits());
        }
    }
}
