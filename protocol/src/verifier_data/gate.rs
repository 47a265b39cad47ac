//! plonky2's own gates, as its default serializer writes them, within the bounds its builder keeps.
//!
//! A gate's parameters decide which wires it touches, so a number out of bounds here is a crash there. Every
//! gate we accept fits a row of 135 wires, 80 of them routed.

use super::{
    VerifierDataError,
    cursor::{Cursor, same},
    field,
};
use crate::profile::{GATE_CONSTANTS, QUOTIENT_DEGREE_FACTOR, ROUTED_WIRES, WIRES};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The degree of the extension field.
const EXTENSION: usize = 2;
/// Pairs looked up in a row.
pub(super) const LOOKUP_SLOTS: usize = ROUTED_WIRES / 2;
/// Entries of a lookup table in a row.
const TABLE_SLOTS: usize = ROUTED_WIRES / 3;
/// Bits of the largest number a row can take apart.
const SUM_LIMBS_MAX: u64 = 63;
/// Bits of the largest exponent that fits a row.
const POWER_BITS_MAX: u64 = (WIRES as u64 - 2) / 2;
/// Bits of the index into the longest list that fits a row.
const INDEX_BITS_MAX: u64 = 6;
/// Bits of the largest subgroup whose points fit a row.
const SUBGROUP_BITS_MAX: u64 = 5;
/// Coefficients of the longest polynomial over the extension that fits a row.
const EXTENSION_COEFFICIENTS_MAX: u64 = (WIRES as u64 - 4) / 4;
/// Coefficients of the longest polynomial over the base field that fits a row.
const COEFFICIENTS_MAX: u64 = (WIRES as u64 - 4) / 3;
/// Bytes of a lookup table's Keccak hash. It only names the gate; nothing is verified by it.
const TABLE_HASH_BYTES: usize = 32;

/// The kind of a plonky2 gate, numbered as plonky2's default serializer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// A gate of multiplications and additions.
    Arithmetic,
    /// A gate of multiplications and additions in the extension field.
    ArithmeticExtension,
    /// Takes a number apart into bits.
    BaseSum,
    /// A gate that holds constants.
    Constant,
    /// Interpolates a polynomial on a coset.
    CosetInterpolation,
    /// Raises a number to a power.
    Exponentiation,
    /// A gate that looks pairs up in a table.
    Lookup,
    /// Holds a whole lookup table.
    LookupTable,
    /// Multiplications in the extension field.
    MulExtension,
    /// A gate that constrains nothing.
    Noop,
    /// A gate of Poseidon's linear layer.
    PoseidonMds,
    /// A gate of Poseidon's whole permutation.
    Poseidon,
    /// Ties the public inputs to the witness.
    PublicInput,
    /// Picks an element from a list.
    RandomAccess,
    /// Evaluates a polynomial over the extension field.
    ReducingExtension,
    /// Evaluates a polynomial over the base field.
    Reducing,
}

use GateKind::{
    Arithmetic, ArithmeticExtension, BaseSum, Constant, CosetInterpolation, Exponentiation, Lookup, LookupTable,
    MulExtension, Noop, Poseidon, PoseidonMds, PublicInput, RandomAccess, Reducing, ReducingExtension,
};

impl GateKind {
    /// All kinds of gates, in the serializer's order.
    pub const ALL: [Self; 16] = [
        Arithmetic,
        ArithmeticExtension,
        BaseSum,
        Constant,
        CosetInterpolation,
        Exponentiation,
        Lookup,
        LookupTable,
        MulExtension,
        Noop,
        PoseidonMds,
        Poseidon,
        PublicInput,
        RandomAccess,
        ReducingExtension,
        Reducing,
    ];
}

impl fmt::Display for GateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The properties of a gate that the rest of the verifier data depend on.
pub(super) struct Gate {
    pub kind: GateKind,
    /// The degree of its constraints.
    pub degree: usize,
    /// The number of constraints it has.
    pub constraints: usize,
    /// The number of constants it takes.
    pub constants: usize,
    /// The lookup table it belongs to.
    pub table: Option<usize>,
}

/// Reads one gate of a circuit of `rows` rows with `tables` lookup tables.
pub(super) fn read(cursor: &mut Cursor<'_>, rows: u64, tables: usize) -> Result<Gate, VerifierDataError> {
    let tag = cursor.u32("gate tag")?;
    let kind = usize::try_from(tag).ok().and_then(|tag| GateKind::ALL.get(tag).copied());
    let kind = kind.ok_or(VerifierDataError::UnknownGate { tag })?;
    let gate = |degree, constraints, constants| Gate { kind, degree, constraints, constants, table: None };
    Ok(match kind {
        Noop => gate(0, 0, 0),
        PublicInput => gate(1, 4, 0),
        PoseidonMds => gate(1, 12 * EXTENSION, 0),
        Poseidon => gate(7, 12 * 7 + 22 + 12 + 1 + 4, 0),
        Arithmetic => {
            let operations = fixed(cursor, "operations of an arithmetic gate", ROUTED_WIRES / 4)?;
            gate(3, operations, 2)
        }
        ArithmeticExtension => {
            let operations = fixed(cursor, "operations of an extension gate", ROUTED_WIRES / (4 * EXTENSION))?;
            gate(3, operations * EXTENSION, 2)
        }
        MulExtension => {
            let operations = fixed(cursor, "operations of a multiplication gate", ROUTED_WIRES / (3 * EXTENSION))?;
            gate(3, operations * EXTENSION, 1)
        }
        Constant => {
            let constants = fixed(cursor, "constants of a constant gate", GATE_CONSTANTS)?;
            gate(1, constants, constants)
        }
        BaseSum => gate(2, 1 + cursor.between("limbs of a sum gate", 1, SUM_LIMBS_MAX)?, 0),
        Exponentiation => gate(4, 1 + cursor.between("bits of an exponent", 1, POWER_BITS_MAX)?, 0),
        ReducingExtension => {
            gate(2, EXTENSION * cursor.between("extension coefficients", 1, EXTENSION_COEFFICIENTS_MAX)?, 0)
        }
        Reducing => gate(2, EXTENSION * cursor.between("coefficients", 1, COEFFICIENTS_MAX)?, 0),
        RandomAccess => {
            let (bits, copies, extra) = random_access(cursor)?;
            gate(bits + 1, copies * (bits + 2) + extra, extra)
        }
        CosetInterpolation => {
            let (degree, intermediates) = interpolation(cursor)?;
            gate(degree, 2 * EXTENSION * (1 + intermediates), 0)
        }
        Lookup => {
            fixed(cursor, "slots of a lookup gate", LOOKUP_SLOTS)?;
            Gate { table: Some(table(cursor, tables)?), ..gate(0, 0, 0) }
        }
        LookupTable => {
            fixed(cursor, "slots of a table gate", TABLE_SLOTS)?;
            cursor.between("last row of a lookup table", 0, rows - 1)?;
            Gate { table: Some(table(cursor, tables)?), ..gate(0, 0, 0) }
        }
    })
}

fn fixed(cursor: &mut Cursor<'_>, what: &'static str, expected: usize) -> Result<usize, VerifierDataError> {
    cursor.expect(what, expected as u64)?;
    Ok(expected)
}

fn table(cursor: &mut Cursor<'_>, tables: usize) -> Result<usize, VerifierDataError> {
    let Some(last) = tables.checked_sub(1) else { return Err(VerifierDataError::NoTable) };
    let table = cursor.between("lookup table of a gate", 0, last as u64)?;
    cursor.take("hash of a lookup table", TABLE_HASH_BYTES)?;
    Ok(table)
}

/// Bits of the index, copies that fit a row, constants in what is left of it.
fn random_access(cursor: &mut Cursor<'_>) -> Result<(usize, usize, usize), VerifierDataError> {
    let bits = cursor.between("bits of a list's index", 1, INDEX_BITS_MAX)?;
    let routed = 2 + (1 << bits);
    let copies = (ROUTED_WIRES / routed).min(WIRES / (routed + bits));
    let extra = (ROUTED_WIRES - routed * copies).min(GATE_CONSTANTS);
    fixed(cursor, "copies of a list gate", copies)?;
    fixed(cursor, "constants of a list gate", extra)?;
    Ok((bits, copies, extra))
}

/// The degree of an interpolation and how many intermediate values it needs for it.
fn interpolation(cursor: &mut Cursor<'_>) -> Result<(usize, usize), VerifierDataError> {
    let bits = cursor.between("bits of an interpolation", 1, SUBGROUP_BITS_MAX)?;
    let points = 1 << bits;
    let degree = cursor.between("degree of an interpolation", 2, QUOTIENT_DEGREE_FACTOR as u64)?;
    let intermediates = (points - 2) / (degree - 1);
    // plonky2 takes the least degree that needs no more intermediate values.
    same("degree of an interpolation", ((points - 2) / (intermediates + 1) + 2) as u64, degree as u64)?;
    let wires = 1 + EXTENSION * (points + 2 + 2 * intermediates + 1);
    if wires > WIRES {
        let (got, max) = (wires as u64, WIRES as u64);
        return Err(VerifierDataError::OutOfRange { what: "wires of an interpolation", got, min: 1, max });
    }
    cursor.expect_all("weights of an interpolation", &field::barycentric_weights(bits as u32))?;
    Ok((degree, intermediates))
}
