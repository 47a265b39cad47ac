//! An R1CS as a plonky2 circuit.
//!
//! A wire is a virtual target; a combination is a chain of multiply-adds, 20 to a row. Chains begin alike
//! where combinations begin alike up to a factor, and the builder shares equal operations. Every constraint
//! ends in a copy constraint between the result of an operation and a wire or a constant: none is assumed.
//!
//! The same system gives the same circuit everywhere: nothing here depends on addresses, threads, time, or
//! the order of a hash table. A change of what comes out is a new version of [`super::recipe::R1CS_BUILDER`].

use super::{
    error::CircuitError,
    field::native,
    goldilocks::Element as F,
    plan::{Equal, Form, Step, plan},
    r1cs::R1cs,
    rows::Rows,
};
use crate::level::{self, D};
use dpgn_protocol::units::Degree;
use plonky2::{iop::target::Target, plonk::circuit_builder::CircuitBuilder};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

/// The callback that says from time to time whether a build is still wanted.
pub type Watch<'a> = dyn FnMut() -> ControlFlow<()> + 'a;

/// A scale that this many products share is worth a row of its own. A row holds 20 operations; a constant
/// costs half a row and the multiplication one operation in each product.
const SHARED_SCALE_MIN: u32 = 10;
/// Operations in a row.
const OPERATIONS: u64 = 20;
/// Constraints between two looks at whether the build is still wanted.
const WATCH_EVERY: usize = 4_096;

/// Adds the wires and constraints of a system to a builder that has public inputs only, and says what they cost.
pub(super) fn translate(
    r1cs: &R1cs,
    builder: &mut CircuitBuilder<level::F, D>,
    degree_max: Degree,
    watch: &mut Watch<'_>,
) -> Result<Rows, CircuitError> {
    // One term is free, one may be solved for, and one may be the constant; each other one takes an operation that no other of its
    // chain can be. What is longer is not copied to find that out.
    let rows_at_least = r1cs.longest().saturating_sub(3) / OPERATIONS;
    if rows_at_least > degree_max.rows() {
        return Err(CircuitError::TooLarge { rows_at_least, degree_max });
    }
    let wires = (1..r1cs.wires()).map(|_| builder.add_virtual_target()).collect();
    let scales = shared_scales(r1cs, watch)?;
    let mut translator = Translator { builder, wires, constants: BTreeMap::new(), scales, degree_max };
    for wire in r1cs.public_wires() {
        let target = translator.wire(wire);
        translator.builder.register_public_input(target);
    }
    // The builder itself makes use of zero.
    translator.constant(F::ZERO);
    for (index, constraint) in r1cs.constraints().enumerate() {
        if index % WATCH_EVERY == 0 && watch().is_break() {
            return Err(CircuitError::Cancelled);
        }
        translator.enforce(index, plan(constraint))?;
    }
    Ok(translator.rows())
}

/// The scales that many products have in common. Each gets rows of its own; others become factors.
fn shared_scales(r1cs: &R1cs, watch: &mut Watch<'_>) -> Result<BTreeSet<u64>, CircuitError> {
    let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
    for (index, constraint) in r1cs.constraints().enumerate() {
        if index % WATCH_EVERY == 0 && watch().is_break() {
            return Err(CircuitError::Cancelled);
        }
        if let Step::Product { scale, .. } = plan(constraint) {
            *counts.entry(scale.get()).or_default() += 1;
        }
    }
    Ok(counts.into_iter().filter(|(_, count)| *count >= SHARED_SCALE_MIN).map(|(scale, _)| scale).collect())
}

struct Translator<'a> {
    builder: &'a mut CircuitBuilder<level::F, D>,
    /// The targets of wires 1 and up.
    wires: Vec<Target>,
    constants: BTreeMap<u64, Target>,
    scales: BTreeSet<u64>,
    degree_max: Degree,
}

impl Translator<'_> {
    fn enforce(&mut self, constraint: usize, step: Step) -> Result<(), CircuitError> {
        match step {
            Step::Nothing => {}
            Step::Contradiction => return Err(CircuitError::Contradiction { constraint }),
            Step::Boolean(wire) => {
                let wire = self.wire(wire);
                let zero = self.constant(F::ZERO);
                let square = self.multiply_add(F::ONE, wire, wire, zero)?;
                self.builder.connect(square, wire);
            }
            Step::Sum { wire, sum } => {
                let sum = self.sum(&sum)?;
                let wire = self.wire(wire);
                self.builder.connect(sum, wire);
            }
            Step::Product { scale, a, b, rest, equal } => {
                let (mut a, b, rest) = (self.sum(&a)?, self.sum(&b)?, self.sum(&rest)?);
                let mut shared = scale;
                if scale != F::ONE && !self.scales.contains(&scale.get()) {
                    let (zero, factor) = (self.constant(F::ZERO), self.constant(scale));
                    a = self.multiply_add(F::ONE, factor, a, zero)?;
                    shared = F::ONE;
                }
                let product = self.multiply_add(shared, a, b, rest)?;
                let equal = match equal {
                    Equal::Wire(wire) => self.wire(wire),
                    Equal::Constant(constant) => self.constant(constant),
                };
                self.builder.connect(product, equal);
            }
        }
        // Constants cost rows too, and a step may use new ones without an operation.
        self.rows().check_plain(self.degree_max)
    }

    /// A form's value. The first term with coefficient one is free; every other costs one operation.
    fn sum(&mut self, form: &Form) -> Result<Target, CircuitError> {
        let free = form.terms.iter().position(|term| term.coeff == F::ONE);
        let mut sum = free.map(|at| self.wire(form.terms[at].wire));
        for (at, term) in form.terms.iter().enumerate() {
            if Some(at) != free {
                let (coeff, wire) = (self.constant(term.coeff), self.wire(term.wire));
                let so_far = sum.unwrap_or_else(|| self.constant(F::ZERO));
                sum = Some(self.multiply_add(F::ONE, coeff, wire, so_far)?);
            }
        }
        match sum {
            None => Ok(self.constant(form.constant)),
            Some(sum) if form.constant == F::ZERO => Ok(sum),
            Some(sum) => {
                let (one, constant) = (self.constant(F::ONE), self.constant(form.constant));
                self.multiply_add(F::ONE, one, sum, constant)
            }
        }
    }

    /// `scale · x · y + z`, within the rows allowed.
    fn multiply_add(&mut self, scale: F, x: Target, y: Target, z: Target) -> Result<Target, CircuitError> {
        let result = self.builder.arithmetic(native(scale), native(F::ONE), x, y, z);
        self.rows().check_plain(self.degree_max)?;
        Ok(result)
    }

    fn wire(&mut self, wire: u32) -> Target {
        match (wire as usize).checked_sub(1).and_then(|index| self.wires.get(index)) {
            Some(target) => *target,
            // Wire 0 is the constant one; the parser lets no wire through that is not there.
            None => self.constant(F::ONE),
        }
    }

    fn constant(&mut self, value: F) -> Target {
        *self.constants.entry(value.get()).or_insert_with(|| self.builder.constant(native(value)))
    }

    fn rows(&self) -> Rows {
        Rows {
            gates: self.builder.num_gates() as u64,
            constants: self.constants.len() as u64,
            public: self.builder.num_public_inputs() as u64,
        }
    }
}
