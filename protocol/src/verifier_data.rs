//! Verifier data as bytes that somebody sent: read in full, believed in nothing.
//!
//! plonky2's own reader allocates what the bytes announce (terabytes, if they say so), and its verifier
//! indexes by what it read. So nobody hands foreign verifier data to plonky2 before [`read`] has accepted it:
//! what it accepts can be read and used without a crash. It is a pure function, since the ledger calls it.
//!
//! Nearly everything in verifier data follows from a few free choices: level, degree, gates, tables, number of
//! public inputs, and the circuit's cap and digest. All else is computed here and must be equal. The config
//! must be that of a level to the last number, so "private" cannot be faked.

mod cursor;
mod field;
mod gate;
mod selectors;
#[cfg(test)]
mod tests;

pub use gate::GateKind;

use crate::{
    ids::{CircuitId, hash},
    limits::{PROOF_BYTES_MAX, PUBLIC_INPUTS_MAX, VERIFIER_DATA_BYTES_MAX},
    profile::{
        CAP_HEIGHT, FINAL_POLY_BITS, FOLD_BITS, GATE_CONSTANTS, PROOF_OF_WORK_BITS, Profile, QUOTIENT_DEGREE_FACTOR,
        ROUTED_WIRES, SECURITY_BITS, WIRES,
    },
    proof_layout::{PARTIAL_PRODUCTS, ProofLayout},
    statement::TAG_LEN,
    units::{Degree, Level},
};
use cursor::{Cursor, same};
use gate::{Gate, LOOKUP_SLOTS};
use selectors::Selectors;

/// Gates of one circuit, different parameters counted apart.
const GATES_MAX: usize = 128;
/// Lookup selectors besides one per table.
const LOOKUP_SELECTORS: usize = 4;
/// The number by which plonky2 marks the folding strategy of all levels.
const CONSTANT_ARITY: u64 = 1;

/// The limits on the circuit that verifier data may describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifierDataLimits {
    /// The largest degree that is read: base-2 logarithm of the rows.
    pub degree_max: Degree,
    /// The most public inputs, tag included.
    pub public_inputs_max: u32,
}

impl Default for VerifierDataLimits {
    fn default() -> Self {
        Self { degree_max: Degree::MAX, public_inputs_max: PUBLIC_INPUTS_MAX }
    }
}

/// The shape of a circuit, as its verifier data say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierShape {
    /// The circuit's id: the hash of all bytes of the verifier data.
    pub circuit: CircuitId,
    /// The level whose config it has.
    pub level: Level,
    /// The base-2 logarithm of the number of rows.
    pub degree: Degree,
    /// The number of public inputs, the tag's included.
    pub public_inputs: u32,
    /// The gates it is built of, by rising degree.
    pub gates: Vec<GateKind>,
    /// The exact length of each of its proofs, in bytes.
    pub proof_len: u32,
    /// The places of everything in its proofs.
    pub layout: ProofLayout,
}

/// Why bytes are no verifier data of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifierDataError {
    /// Longer than any may be.
    #[error("verifier data has at most {limit} bytes; got {got}")]
    TooLong {
        /// The length that was given, in bytes.
        got: usize,
        /// The most bytes allowed.
        limit: usize,
    },
    /// The verifier data end too early.
    #[error("it ends within {what}, at byte {at}")]
    Truncated {
        /// The part that was being read.
        what: &'static str,
        /// The offset at which that part starts.
        at: usize,
    },
    /// The verifier data go on after their end.
    #[error("{extra} bytes follow its end")]
    Trailing {
        /// The number of bytes that are left over.
        extra: usize,
    },
    /// A field element at or above the order.
    #[error("{what}: the field element at byte {at} is not canonical")]
    NotCanonical {
        /// The part that the element is in.
        what: &'static str,
        /// The offset of the element, in bytes.
        at: usize,
    },
    /// A number that follows from others, and is not what follows.
    #[error("{what} must be {expected}; got {got}")]
    Unexpected {
        /// The name of the number.
        what: &'static str,
        /// The number that it must be.
        expected: u64,
        /// The number that was read.
        got: u64,
    },
    /// A number out of its bounds.
    #[error("{what} must be {min} to {max}; got {got}")]
    OutOfRange {
        /// The name of the number.
        what: &'static str,
        /// The number that was read.
        got: u64,
        /// The smallest number allowed.
        min: u64,
        /// The largest number allowed.
        max: u64,
    },
    /// A config that no level has.
    #[error("no level has {challenges} challenges, rate 2^-{rate_bits}, {queries} queries, zk {zero_knowledge}")]
    NoLevel {
        /// The number of challenges that was read.
        challenges: u64,
        /// The base-2 logarithm of the blow-up that was read.
        rate_bits: u64,
        /// The number of queries that was read.
        queries: u64,
        /// Whether the config blinds its polynomials.
        zero_knowledge: bool,
    },
    /// A circuit too small for its private level: its proofs open more values than its rows can blind.
    #[error("a proof of 2^{degree} rows at level {level} needs {blinding_rows} rows to blind it")]
    TooSmallToHide {
        /// The level of the circuit.
        level: Level,
        /// The degree of the circuit, as the verifier data say it.
        degree: Degree,
        /// Rows that would blind what its proofs open.
        blinding_rows: u64,
    },
    /// A gate that is not one of plonky2's own.
    #[error("no gate has the tag {tag}")]
    UnknownGate {
        /// The tag that was read.
        tag: u64,
    },
    /// A gate for lookups in a circuit without tables.
    #[error("a lookup gate without a lookup table")]
    NoTable,
    /// A lookup table without exactly one gate of each kind.
    #[error("lookup table {table} must have one gate of each kind")]
    TableGates {
        /// The index of the table, from 0.
        table: usize,
    },
    /// A gate comes twice, or gates are not sorted by degree.
    #[error("gate {index} is out of order or there already")]
    GateOrder {
        /// The index of the gate, from 0.
        index: usize,
    },
    /// Nothing would tie the public inputs to the witness.
    #[error("no gate for public inputs")]
    NoPublicInputGate,
}

/// Reads verifier data as plonky2 1.1.0 writes it with its default gate serializer.
pub fn read(bytes: &[u8], limits: &VerifierDataLimits) -> Result<VerifierShape, VerifierDataError> {
    if bytes.len() > VERIFIER_DATA_BYTES_MAX {
        return Err(VerifierDataError::TooLong { got: bytes.len(), limit: VERIFIER_DATA_BYTES_MAX });
    }
    let cursor = &mut Cursor::new(bytes);
    cursor.expect("cap height", CAP_HEIGHT as u64)?;
    cursor.elements("cap", 4 << CAP_HEIGHT)?;
    cursor.elements("circuit digest", 4)?;
    let (level, profile) = read_config(cursor)?;
    let degree = read_fri_params(cursor, profile, limits)?;
    if !profile.can_hide(degree.get()) {
        let blinding_rows = profile.blinding_rows(degree.get());
        return Err(VerifierDataError::TooSmallToHide { level, degree, blinding_rows });
    }
    let selectors = Selectors::read(cursor)?;
    let numbers = Numbers::read(cursor, limits)?;
    let tables = read_tables(cursor, &numbers)?;
    let gates = read_gates(cursor, degree, tables)?;
    if cursor.rest() > 0 {
        return Err(VerifierDataError::Trailing { extra: cursor.rest() });
    }
    selectors.check(&gates)?;
    numbers.check(&gates, tables, selectors.count())?;

    let layout = ProofLayout {
        profile,
        degree: degree.get(),
        constants: numbers.constants,
        lookups: numbers.lookup_columns,
        public_inputs: numbers.public_inputs,
    };
    let proof_len = fits("bytes of a proof", layout.proof_len(), PROOF_BYTES_MAX)?;
    Ok(VerifierShape {
        circuit: CircuitId::from_bytes(hash("dpgn circuit id v1", &[bytes])),
        level,
        degree,
        public_inputs: fits("public inputs", numbers.public_inputs, PROOF_BYTES_MAX)?,
        gates: gates.iter().map(|gate| gate.kind).collect(),
        proof_len,
        layout,
    })
}

fn fits(what: &'static str, got: usize, max: usize) -> Result<u32, VerifierDataError> {
    let fits = u32::try_from(got).ok().filter(|_| got <= max);
    fits.ok_or(VerifierDataError::OutOfRange { what, got: got as u64, min: 0, max: max as u64 })
}

/// The circuit's config: a level's.
fn read_config(cursor: &mut Cursor<'_>) -> Result<(Level, Profile), VerifierDataError> {
    cursor.expect("wires", WIRES as u64)?;
    cursor.expect("routed wires", ROUTED_WIRES as u64)?;
    cursor.expect("constants of a gate", GATE_CONSTANTS as u64)?;
    cursor.expect("security bits", SECURITY_BITS as u64)?;
    let challenges = cursor.u64("challenges")?;
    cursor.expect("bound of the quotient's degree", QUOTIENT_DEGREE_FACTOR as u64)?;
    if !cursor.flag("base arithmetic gate")? {
        return Err(VerifierDataError::Unexpected { what: "base arithmetic gate", expected: 1, got: 0 });
    }
    let zero_knowledge = cursor.flag("zero knowledge")?;
    let (rate_bits, queries) = read_fri_config(cursor)?;
    let small = |number| u8::try_from(number).ok();
    let profile = small(challenges).zip(small(rate_bits)).zip(small(queries));
    let profile =
        profile.map(|((challenges, rate_bits), queries)| Profile { challenges, rate_bits, queries, zero_knowledge });
    let level = profile.and_then(|profile| Some((profile.level()?, profile)));
    level.ok_or(VerifierDataError::NoLevel { challenges, rate_bits, queries, zero_knowledge })
}

/// FRI's config: rate and queries, all else is fixed.
fn read_fri_config(cursor: &mut Cursor<'_>) -> Result<(u64, u64), VerifierDataError> {
    let rate_bits = cursor.u64("rate")?;
    cursor.expect("cap height", CAP_HEIGHT as u64)?;
    let queries = cursor.u64("queries")?;
    same("bits of work", PROOF_OF_WORK_BITS.into(), cursor.u32("bits of work")?)?;
    same("folding strategy", CONSTANT_ARITY, cursor.u8("folding strategy")?)?;
    cursor.expect("bits of a fold", FOLD_BITS as u64)?;
    cursor.expect("bits of the last polynomial", FINAL_POLY_BITS as u64)?;
    Ok((rate_bits, queries))
}

/// FRI's parameters: the config once more, and what follows from the degree.
fn read_fri_params(
    cursor: &mut Cursor<'_>,
    profile: Profile,
    limits: &VerifierDataLimits,
) -> Result<Degree, VerifierDataError> {
    let (rate_bits, queries) = read_fri_config(cursor)?;
    same("rate", profile.rate_bits.into(), rate_bits)?;
    same("queries", profile.queries.into(), queries)?;
    let count = cursor.count("folds", 8)?;
    let folds = (0..count).map(|_| cursor.u64("fold")).collect::<Result<Vec<u64>, _>>()?;
    // The cap needs as many leaves.
    let degree_min = (CAP_HEIGHT as u64).saturating_sub(profile.rate_bits.into());
    let degree_max = u64::from(limits.degree_max.get());
    let got = cursor.between("degree", degree_min, degree_max)? as u64;
    let out = VerifierDataError::OutOfRange { what: "degree", got, min: degree_min, max: degree_max };
    let degree = u8::try_from(got).ok().and_then(|degree| Degree::new(degree).ok()).ok_or(out)?;
    let hiding = cursor.flag("hiding")?;
    same("hiding", profile.zero_knowledge.into(), hiding.into())?;
    let expected = profile.folds(degree.get());
    same("folds", expected.len() as u64, count as u64)?;
    expected.iter().zip(folds).try_for_each(|(&expected, got)| same("fold", expected as u64, got))?;
    Ok(degree)
}

/// The single numbers between selectors and tables.
struct Numbers {
    gate_constraints: u64,
    constants: usize,
    public_inputs: usize,
    lookup_columns: usize,
    lookup_selectors: u64,
}

impl Numbers {
    fn read(cursor: &mut Cursor<'_>, limits: &VerifierDataLimits) -> Result<Self, VerifierDataError> {
        cursor.expect("degree of the quotient", QUOTIENT_DEGREE_FACTOR as u64)?;
        let gate_constraints = cursor.u64("constraints of a gate")?;
        let constants = cursor.between("constant columns", 1, (GATES_MAX + GATE_CONSTANTS) as u64 * 2)?;
        let public_inputs = cursor.between("public inputs", TAG_LEN as u64, limits.public_inputs_max.into())?;
        cursor.expect_all("coset shift", &field::coset_shifts(ROUTED_WIRES))?;
        cursor.expect("partial products", PARTIAL_PRODUCTS as u64)?;
        let most = (LOOKUP_SLOTS.div_ceil(QUOTIENT_DEGREE_FACTOR - 1) + 1) as u64;
        let lookup_columns = cursor.between("lookup columns", 0, most)?;
        let lookup_selectors = cursor.u64("lookup selectors")?;
        Ok(Self { gate_constraints, constants, public_inputs, lookup_columns, lookup_selectors })
    }

    fn check(&self, gates: &[Gate], tables: usize, groups: usize) -> Result<(), VerifierDataError> {
        let most = |of: fn(&Gate) -> usize| gates.iter().map(of).max().unwrap_or(0);
        same("constraints of a gate", most(|gate| gate.constraints) as u64, self.gate_constraints)?;
        let lookup_selectors = if tables == 0 { 0 } else { LOOKUP_SELECTORS + tables };
        let constants = groups + lookup_selectors + most(|gate| gate.constants);
        same("constant columns", constants as u64, self.constants as u64)
    }
}

/// The lookup tables: how many. Their entries are free.
fn read_tables(cursor: &mut Cursor<'_>, numbers: &Numbers) -> Result<usize, VerifierDataError> {
    let tables = cursor.count("lookup tables", 8)?;
    let (columns, selectors) = match tables {
        0 => (0, 0),
        _ => (LOOKUP_SLOTS.div_ceil(QUOTIENT_DEGREE_FACTOR - 1) + 1, LOOKUP_SELECTORS + tables),
    };
    same("lookup columns", columns as u64, numbers.lookup_columns as u64)?;
    same("lookup selectors", selectors as u64, numbers.lookup_selectors)?;
    for _ in 0..tables {
        let entries = cursor.count("entries of a lookup table", 4)?;
        if entries == 0 {
            let max = 1 << 16;
            return Err(VerifierDataError::OutOfRange { what: "entries of a lookup table", got: 0, min: 1, max });
        }
        cursor.take("entries of a lookup table", 4 * entries)?;
    }
    Ok(tables)
}

/// The gates: sorted by degree, none twice, one for public inputs, one of each lookup kind per table.
fn read_gates(cursor: &mut Cursor<'_>, degree: Degree, tables: usize) -> Result<Vec<Gate>, VerifierDataError> {
    let count = cursor.between("gates", 1, GATES_MAX as u64)?;
    let mut gates: Vec<Gate> = Vec::new();
    let mut encodings: Vec<&[u8]> = Vec::new();
    for index in 0..count {
        let start = cursor.at();
        let gate = gate::read(cursor, degree.rows(), tables)?;
        let encoding = cursor.since(start);
        let sorted = gates.last().is_none_or(|last| last.degree <= gate.degree);
        if !sorted || encodings.contains(&encoding) {
            return Err(VerifierDataError::GateOrder { index });
        }
        gates.push(gate);
        encodings.push(encoding);
    }
    if !gates.iter().any(|gate| gate.kind == GateKind::PublicInput) {
        return Err(VerifierDataError::NoPublicInputGate);
    }
    for table in 0..tables {
        let count = |kind| gates.iter().filter(|gate| gate.kind == kind && gate.table == Some(table)).count();
        if count(GateKind::Lookup) != 1 || count(GateKind::LookupTable) != 1 {
            return Err(VerifierDataError::TableGates { table });
        }
    }
    Ok(gates)
}
