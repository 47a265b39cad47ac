//! Rank-1 constraint systems over Goldilocks, as circom writes them (iden3 `.r1cs`, version 1).
//!
//! What leaves [`R1cs::parse`] is well formed: every wire exists, every coefficient is canonical and not
//! zero, and each combination names a wire once, in rising order. Custom gates are refused, never skipped.

use super::{
    iden3::{Container, FileError, Format, Reader},
    limits::CircuitLimits,
};
use crate::circuit::goldilocks::Element as F;
use std::ops::Range;

const FORMAT: Format = Format { name: "r1cs", magic: *b"r1cs", version: 1 };
const HEADER: u32 = 1;
const CONSTRAINTS: u32 = 2;
const LABELS: u32 = 3;
const CUSTOM_GATES: Range<u32> = 4..6;
/// A term in the file: wire and coefficient.
const TERM_BYTES: u32 = 12;
/// A constraint in the file has at least its three counts.
const CONSTRAINT_BYTES_MIN: u32 = 12;

/// Why an `.r1cs` file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum R1csError {
    /// The bytes are not a file of this format.
    #[error(transparent)]
    File(#[from] FileError),
    /// Custom gates (sections 4 and 5) have no meaning here.
    #[error("the circuit uses custom gates (section {section} at offset {offset}), which are not supported")]
    CustomGates {
        /// The type of the section, 4 or 5.
        section: u32,
        /// The offset in the file at which the section begins, in bytes.
        offset: usize,
    },
    /// A count above its limit.
    #[error("{got} {what}; the limit is {limit}")]
    TooMany {
        /// The thing that is counted, in the plural.
        what: &'static str,
        /// The number that was read.
        got: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// The header counts more public wires than wires.
    #[error("{public} public outputs and inputs and the constant one, in {wires} wires")]
    PublicWires {
        /// The number of outputs and inputs together, the constant one not counted.
        public: u64,
        /// The number of wires of the circuit.
        wires: u32,
    },
    /// A term names a wire that does not exist.
    #[error("constraint {constraint} names wire {wire}, at offset {offset}; there are {wires}")]
    NoSuchWire {
        /// The index of the constraint, from 0.
        constraint: u32,
        /// The number of the wire that the term names.
        wire: u32,
        /// The offset in the file, in bytes.
        offset: usize,
        /// The number of wires of the circuit.
        wires: u32,
    },
}

/// A wire times a coefficient. Wire 0 is the constant one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The wire that is multiplied.
    pub wire: u32,
    /// The coefficient of the wire, never zero.
    pub coeff: F,
}

/// One constraint, `a · b = c`, each side a sum of terms in rising order of wires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constraint<'a> {
    /// The first factor of the product.
    pub a: &'a [Term],
    /// The second factor of the product.
    pub b: &'a [Term],
    /// The combination that the product must equal.
    pub c: &'a [Term],
}

/// A rank-1 constraint system, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct R1cs {
    wires: u32,
    public_outputs: u32,
    public_inputs: u32,
    private_inputs: u32,
    terms: Vec<Term>,
    /// The index in `terms` at which each combination ends: three for each constraint.
    ends: Vec<u32>,
}

impl R1cs {
    /// Reads an `.r1cs` file and checks it against the limits.
    pub fn parse(bytes: &[u8], limits: &CircuitLimits) -> Result<Self, R1csError> {
        let container = Self::open(bytes, limits)?;
        let (mut r1cs, constraints) = Self::header(container.section(HEADER, "the header")?, limits)?;
        r1cs.read_constraints(container.section(CONSTRAINTS, "the constraints")?, constraints, limits)?;
        Ok(r1cs)
    }

    /// The wires and constraints that the head of an `.r1cs` file counts. So many constraints may be there.
    #[cfg(feature = "plonky2")]
    pub(super) fn counts(bytes: &[u8], limits: &CircuitLimits) -> Result<(u32, u32), R1csError> {
        let container = Self::open(bytes, limits)?;
        let (r1cs, constraints) = Self::header(container.section(HEADER, "the header")?, limits)?;
        container.section(CONSTRAINTS, "the constraints")?.expect(constraints, CONSTRAINT_BYTES_MIN)?;
        Ok((r1cs.wires, constraints))
    }

    fn open<'a>(bytes: &'a [u8], limits: &CircuitLimits) -> Result<Container<'a>, R1csError> {
        Container::open(bytes, FORMAT, limits.file_bytes_max, |section, offset| match section {
            HEADER | CONSTRAINTS | LABELS => Ok(()),
            _ if CUSTOM_GATES.contains(&section) => Err(R1csError::CustomGates { section, offset }),
            _ => Err(FileError::UnknownSection { section, offset }.into()),
        })
    }

    fn header(mut reader: Reader<'_>, limits: &CircuitLimits) -> Result<(Self, u32), R1csError> {
        reader.goldilocks()?;
        let [wires, public_outputs, public_inputs, private_inputs] =
            [reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?];
        let _labels = reader.u64()?;
        let constraints = reader.u32()?;
        reader.finish()?;
        let public = u64::from(public_outputs) + u64::from(public_inputs);
        at_most("wires", u64::from(wires), limits.wires_max)?;
        at_most("public outputs and inputs", public, limits.public_max)?;
        at_most("constraints", u64::from(constraints), limits.constraints_max)?;
        if public + 1 > u64::from(wires) {
            return Err(R1csError::PublicWires { public, wires });
        }
        let (terms, ends) = (Vec::new(), Vec::new());
        Ok((Self { wires, public_outputs, public_inputs, private_inputs, terms, ends }, constraints))
    }

    fn read_constraints(
        &mut self,
        mut reader: Reader<'_>,
        count: u32,
        limits: &CircuitLimits,
    ) -> Result<(), R1csError> {
        reader.expect(count, CONSTRAINT_BYTES_MIN)?;
        self.ends.reserve_exact(count as usize * 3);
        // Beside the three counts of each constraint there is nothing but terms.
        let terms = (reader.remaining() - u64::from(count) * u64::from(CONSTRAINT_BYTES_MIN)) / u64::from(TERM_BYTES);
        self.terms.reserve_exact(terms.min(limits.terms_max.into()) as usize);
        for constraint in 0..count {
            for _ in 0..3 {
                self.read_combination(&mut reader, constraint, limits)?;
            }
        }
        Ok(reader.finish()?)
    }

    fn read_combination(
        &mut self,
        reader: &mut Reader<'_>,
        constraint: u32,
        limits: &CircuitLimits,
    ) -> Result<(), R1csError> {
        let count = reader.u32()?;
        reader.expect(count, TERM_BYTES)?;
        let start = self.terms.len();
        at_most("terms", start as u64 + u64::from(count), limits.terms_max)?;
        for _ in 0..count {
            let offset = reader.offset();
            let wire = reader.u32()?;
            if wire >= self.wires {
                return Err(R1csError::NoSuchWire { constraint, wire, offset, wires: self.wires });
            }
            self.terms.push(Term { wire, coeff: reader.element()? });
        }
        tidy(&mut self.terms, start);
        // `terms_max` is a u32, so the end is one too.
        self.ends.push(self.terms.len() as u32);
        Ok(())
    }

    /// Writes the system as the smallest file that [`R1cs::parse`] reads to the same constraints: no labels,
    /// no private inputs counted, terms in order. This is what a recipe holds.
    pub fn encode(&self) -> Vec<u8> {
        let body = self.ends.len() * 4 + self.terms.len() * TERM_BYTES as usize;
        let mut out = Vec::with_capacity(body + 128);
        out.extend(FORMAT.magic);
        out.extend(FORMAT.version.to_le_bytes());
        out.extend(2u32.to_le_bytes());
        out.extend(HEADER.to_le_bytes());
        out.extend(40u64.to_le_bytes());
        out.extend(8u32.to_le_bytes());
        out.extend(super::goldilocks::ORDER.to_le_bytes());
        for count in [self.wires, self.public_outputs, self.public_inputs, 0] {
            out.extend(count.to_le_bytes());
        }
        out.extend(0u64.to_le_bytes());
        out.extend((self.ends.len() as u32 / 3).to_le_bytes());
        out.extend(CONSTRAINTS.to_le_bytes());
        out.extend((body as u64).to_le_bytes());
        let mut start = 0;
        for end in &self.ends {
            out.extend((end - start).to_le_bytes());
            for term in &self.terms[start as usize..*end as usize] {
                out.extend(term.wire.to_le_bytes());
                out.extend(term.coeff.get().to_le_bytes());
            }
            start = *end;
        }
        out
    }

    /// All wires, the constant one included.
    pub fn wires(&self) -> u32 {
        self.wires
    }

    /// Public outputs: wires 1 and up.
    pub fn public_outputs(&self) -> u32 {
        self.public_outputs
    }

    /// Public inputs: the wires after the outputs.
    pub fn public_inputs(&self) -> u32 {
        self.public_inputs
    }

    /// Private inputs, as the file's header counts them; zero in a recipe.
    pub fn private_inputs(&self) -> u32 {
        self.private_inputs
    }

    /// The public wires, outputs first, in circom's order.
    pub fn public_wires(&self) -> Range<u32> {
        1..1 + self.public_outputs + self.public_inputs
    }

    /// The number of constraints.
    pub fn len(&self) -> usize {
        self.ends.len() / 3
    }

    /// Whether there is no constraint.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes in memory.
    #[cfg(feature = "plonky2")]
    pub(super) fn weight(&self) -> u64 {
        (size_of_val(self.terms.as_slice()) + size_of_val(self.ends.as_slice())) as u64
    }

    /// The number of terms in all constraints together.
    pub fn terms(&self) -> usize {
        self.terms.len()
    }

    /// The terms of the longest combination.
    #[cfg(feature = "plonky2")]
    pub(super) fn longest(&self) -> u64 {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| u64::from(end - start)).max().unwrap_or(0)
    }

    /// One constraint, if it exists.
    pub fn constraint(&self, index: usize) -> Option<Constraint<'_>> {
        let [a_end, b_end, c_end] = *self.ends.get(index * 3..index * 3 + 3)?.as_array()?;
        let start = index.checked_mul(3)?.checked_sub(1).map_or(0, |before| self.ends[before]);
        let part = |from: u32, to: u32| &self.terms[from as usize..to as usize];
        Some(Constraint { a: part(start, a_end), b: part(a_end, b_end), c: part(b_end, c_end) })
    }

    /// The constraints, in the order of the file.
    pub fn constraints(&self) -> impl Iterator<Item = Constraint<'_>> {
        (0..self.len()).filter_map(|index| self.constraint(index))
    }
}

fn at_most(what: &'static str, got: u64, limit: u32) -> Result<(), R1csError> {
    let limit = u64::from(limit);
    if got > limit { Err(R1csError::TooMany { what, got, limit }) } else { Ok(()) }
}

/// Sorts the terms from `start` on, joins those of one wire, and drops zeros.
fn tidy(terms: &mut Vec<Term>, start: usize) {
    let fresh = &mut terms[start..];
    if fresh.windows(2).all(|pair| pair[0].wire < pair[1].wire) && fresh.iter().all(|term| term.coeff.is_nonzero()) {
        return;
    }
    fresh.sort_by_key(|term| term.wire);
    let mut kept = 0;
    let mut next = 0;
    while let Some(&Term { wire, .. }) = fresh.get(next) {
        let same = fresh[next..].iter().take_while(|term| term.wire == wire).count();
        let coeff = fresh[next..next + same].iter().fold(F::ZERO, |sum, term| sum + term.coeff);
        next += same;
        if coeff.is_nonzero() {
            fresh[kept] = Term { wire, coeff };
            kept += 1;
        }
    }
    terms.truncate(start + kept);
}
