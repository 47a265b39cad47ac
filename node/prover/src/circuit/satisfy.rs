//! Does a witness satisfy its circuit? Asked before anything is proven or charged.
//!
//! The answer names the first constraint that fails and the wires in it, never a value of the witness.

use super::{
    r1cs::{R1cs, Term},
    sym::Sym,
    wtns::Witness,
};
use crate::circuit::goldilocks::Element as F;
use std::fmt;

/// The most signals that an error names.
const SIGNALS_MAX: usize = 16;

/// The first constraint a witness fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsatisfied {
    /// The index of the constraint, from 0.
    pub constraint: usize,
    /// The number of constraints in the circuit.
    pub constraints: usize,
    /// Names of the signals in it, where a `.sym` file gave some.
    pub signals: Vec<String>,
}

impl Unsatisfied {
    /// Adds the names of the failing constraint's signals.
    pub fn named(mut self, r1cs: &R1cs, sym: &Sym) -> Self {
        if let Some(constraint) = r1cs.constraint(self.constraint) {
            let terms = [constraint.a, constraint.b, constraint.c].into_iter().flatten();
            let mut wires: Vec<u32> = terms.map(|term| term.wire).filter(|wire| *wire != 0).collect();
            wires.sort_unstable();
            wires.dedup();
            let names = wires.into_iter().filter_map(|wire| sym.name(wire));
            self.signals = names.take(SIGNALS_MAX).map(str::to_owned).collect();
        }
        self
    }
}

impl fmt::Display for Unsatisfied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the witness fails constraint {} of {}", self.constraint, self.constraints)?;
        if !self.signals.is_empty() {
            write!(f, " (signals: {})", self.signals.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Unsatisfied {}

/// Checks every constraint in order.
pub fn check(r1cs: &R1cs, witness: &Witness) -> Result<(), Unsatisfied> {
    let sum = |terms: &[Term]| terms.iter().fold(F::ZERO, |sum, term| sum + term.coeff * witness.get(term.wire));
    match r1cs.constraints().position(|c| sum(c.a) * sum(c.b) != sum(c.c)) {
        None => Ok(()),
        Some(constraint) => Err(Unsatisfied { constraint, constraints: r1cs.len(), signals: Vec::new() }),
    }
}
