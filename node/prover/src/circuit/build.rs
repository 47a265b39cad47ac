//! From a recipe to a circuit, and from inputs to the witness that its proof starts from.

use super::{
    committed::Laid,
    custom::{self, build::Custom, error::CustomError},
    error::{CircuitError, WitnessError},
    field::{canonical, elements_of_bytes, native},
    frame::{TAG_LEN, framed},
    known::{preimage_of, public_wires, witness_of},
    limits::CircuitLimits,
    preimage,
    recipe::{Inputs, Recipe},
    rows::{self, Rows},
    source::Source,
    translate::{self, Watch},
};
use crate::level::{C, D, F};
use dpgn_protocol::{
    ids::{CircuitId, hash},
    profile::Profile,
    units::{Degree, Level},
    verifier_data::{self, VerifierDataLimits},
};
use plonky2::{
    iop::{target::Target, witness::PartialWitness},
    plonk::{circuit_builder::CircuitBuilder, circuit_data::CircuitData},
    util::serialization::DefaultGateSerializer,
};
use std::fmt;

/// A circuit, ready to be proven.
pub struct Circuit {
    /// The circuit as plonky2 built it.
    pub data: CircuitData<F, C, D>,
    level: Level,
    source: Source,
    id: CircuitId,
    verifier_data: Vec<u8>,
}

/// Builds a recipe's circuit at a privacy level, with at most `2^degree_max` rows.
///
/// `watch` is asked while constraints are translated and while the circuit is committed to; plonky2's own part of the work can't
/// be interrupted.
pub fn build(
    recipe: &Recipe,
    level: Level,
    degree_max: Degree,
    watch: &mut Watch<'_>,
) -> Result<Circuit, CircuitError> {
    let source = recipe.source(&CircuitLimits::default())?;
    let (mut builder, rows) = match &source {
        Source::Preimage { len } => draft(recipe, level, |builder| preimage::build(*len, builder, degree_max))?,
        Source::R1cs(r1cs) => draft(recipe, level, |builder| translate::translate(r1cs, builder, degree_max, watch))?,
        Source::Custom(custom) => return of_an_application(custom.clone(), level, degree_max, watch),
    };
    let forecast = rows.degree(Profile::of(level), degree_max)?;
    rows::fill(&mut builder, rows.fillers(Profile::of(level), forecast));
    if watch().is_break() {
        return Err(CircuitError::Cancelled);
    }
    let data = Laid::of(builder).commit(watch)?;
    let circuit = Circuit::of(data, level, source).ok_or(CircuitError::Encoding)?;
    if circuit.degree_bits() != usize::from(forecast.get()) {
        return Err(CircuitError::Forecast { forecast, built: circuit.degree_bits() });
    }
    Ok(circuit)
}

/// Builds a circuit of an application's, and sees to it that others can verify its proofs.
fn of_an_application(
    custom: Custom,
    level: Level,
    degree_max: Degree,
    watch: &mut Watch<'_>,
) -> Result<Circuit, CircuitError> {
    let (data, builder) = (custom::build::build(&custom, level, degree_max, watch)?, custom.builder());
    let foreign = || CustomError::ForeignGate { builder: builder.clone() };
    let circuit = Circuit::of(data, level, Source::Custom(custom)).ok_or_else(foreign)?;
    match verifier_data::read(circuit.verifier_data(), &VerifierDataLimits::default()) {
        Ok(_) => Ok(circuit),
        Err(source) => Err(CustomError::Unverifiable { builder, source }.into()),
    }
}

/// Drafts all of a circuit but what plonky2 makes of it at the end, and counts the rows it will have.
pub(super) fn draft(
    recipe: &Recipe,
    level: Level,
    lay: impl FnOnce(&mut CircuitBuilder<F, D>) -> Result<Rows, CircuitError>,
) -> Result<(CircuitBuilder<F, D>, Rows), CircuitError> {
    let mut builder = framed(recipe, level);
    let rows = lay(&mut builder)?;
    Ok((builder, rows))
}

/// The public inputs, without the tag, that a proof of this recipe with these inputs will show.
///
/// Nothing is built, but everything is checked that [`Circuit::assign`] checks. A circuit of an application's is drafted for it,
/// by the application's code: ask a worker.
pub fn public_inputs(recipe: &Recipe, inputs: &Inputs) -> Result<Vec<u64>, WitnessError> {
    let limits = CircuitLimits::default();
    match recipe.source(&limits)? {
        Source::Preimage { len } => Ok(preimage::public_inputs(preimage_of(len, inputs)?)),
        Source::R1cs(r1cs) => Ok(public_wires(&r1cs, inputs)?),
        Source::Custom(custom) => Ok(custom::build::public_inputs(&custom, inputs)?),
    }
}

impl Circuit {
    /// `None` if plonky2 can't write its verifier data.
    pub(super) fn of(data: CircuitData<F, C, D>, level: Level, source: Source) -> Option<Self> {
        let verifier_data = data.verifier_data().to_bytes(&DefaultGateSerializer).ok()?;
        let id = CircuitId::from_bytes(hash("dpgn circuit id v1", &[&verifier_data]));
        Some(Self { data, level, source, id, verifier_data })
    }

    /// The circuit's name: the hash of its verifier data.
    pub fn id(&self) -> CircuitId {
        self.id
    }

    /// All that a verifier needs, in plonky2's encoding.
    pub fn verifier_data(&self) -> &[u8] {
        &self.verifier_data
    }

    /// Bytes in memory of what it was built from, where that is kept.
    pub(crate) fn source_weight(&self) -> u64 {
        match &self.source {
            Source::R1cs(r1cs) => r1cs.weight(),
            Source::Preimage { .. } | Source::Custom(_) => 0,
        }
    }

    /// The privacy level it was built for.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The base-2 logarithm of its rows.
    pub fn degree_bits(&self) -> usize {
        self.data.common.degree_bits()
    }

    /// The number of public inputs that a proof shows, the tag not counted.
    pub fn public_inputs(&self) -> usize {
        self.data.common.num_public_inputs - TAG_LEN
    }

    /// The witness a proof starts from: the tag, and the inputs after checking that they satisfy the circuit.
    /// plonky2's generators find the rest.
    pub fn assign(&self, inputs: &Inputs, tag: [u64; TAG_LEN]) -> Result<PartialWitness<F>, WitnessError> {
        let mut values = Vec::with_capacity(TAG_LEN);
        for (index, value) in tag.into_iter().enumerate() {
            values.push(canonical(value).ok_or(WitnessError::Tag { index })?);
        }
        match &self.source {
            Source::Preimage { len } => values.extend(elements_of_bytes(preimage_of(*len, inputs)?)),
            Source::R1cs(r1cs) => {
                let witness = witness_of(r1cs, inputs)?;
                values.extend((1..r1cs.wires()).map(|wire| native(witness.get(wire))));
            }
            Source::Custom(custom) => {
                let mut witness = place(values);
                custom.fill(self.level, inputs, &mut witness)?;
                return Ok(witness);
            }
        }
        Ok(place(values))
    }
}

/// Values for the first virtual targets, in order: the tag, then an R1CS' wires from 1 or a preimage's elements.
fn place(values: Vec<F>) -> PartialWitness<F> {
    let mut witness = PartialWitness::new();
    witness.target_values.reserve(values.len());
    let targets = (0..).map(|index| Target::VirtualTarget { index });
    witness.target_values.extend(targets.zip(values));
    witness
}

impl fmt::Debug for Circuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Circuit({}, level {}, 2^{} rows)", self.id.short(), self.level, self.degree_bits())
    }
}
