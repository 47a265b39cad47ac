//! What every circuit begins with, whoever lays the rest.

use super::{field::elements_of_bytes, recipe::Recipe};
use crate::level::{D, F, profile};
use dpgn_protocol::units::Level;
use plonky2::plonk::circuit_builder::CircuitBuilder;

/// Elements of the tag: the first public inputs of every circuit.
pub const TAG_LEN: usize = 4;

/// A builder with what every circuit begins with: its level's config, its recipe as the domain, and the tag.
pub(super) fn framed(recipe: &Recipe, level: Level) -> CircuitBuilder<F, D> {
    let mut builder = CircuitBuilder::<F, D>::new(profile(level));
    builder.set_domain_separator(elements_of_bytes(recipe.digest().as_bytes()));
    // The tag comes first: its targets are virtual targets 0 to 3, and the inputs' follow.
    builder.add_virtual_public_input_arr::<TAG_LEN>();
    builder
}
