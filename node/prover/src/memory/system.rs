//! What a worker counts once a job is there: a constraint system with more than its rows tell, such as wires that nobody uses, and a
//! circuit that is built.

use super::{Room, Size, sizes};
use dpgn_protocol::units::{Degree, Level};

/// Bytes of one generator, and of a target that generators wait for.
const GENERATOR: u64 = 80;
const WAITED_FOR: u64 = 100;
/// Bytes for each byte of a constraint system's file, in halves: the file as it comes and without its head, its terms, and the
/// file that these make, which must be the same.
const FILE_HALVES: u64 = 7;
/// Bytes of a wire: its value in the witness file, as it was read, by its target, and among all values; what it is joined with.
const WIRE: u64 = 150;
/// Bytes of a constraint: where its terms end, and the equality that plonky2 keeps until the circuit is built.
const CONSTRAINT: u64 = 230;
/// Bytes of a row that a constraint system's circuit leaves of what rows full of lookups take, its own twenty wires and
/// constraints not counted (measured: 14,000).
const LEFT: u64 = 12_000;

/// What a constraint system counts, which the rows of its circuit do not tell. Other circuits have nothing of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct System {
    /// Bytes of its file.
    pub bytes: u64,
    /// Wires, whether a constraint names them or not.
    pub wires: u64,
    /// Constraints, equal ones too.
    pub constraints: u64,
}

impl System {
    /// Bytes beyond those that a circuit of this size is counted with.
    fn beyond(&self, size: &Size) -> u64 {
        let own = self.bytes * FILE_HALVES / 2 + self.wires * WIRE + self.constraints * CONSTRAINT;
        own.saturating_sub(size.plain * LEFT)
    }
}

impl Room {
    /// Bytes that building a system's circuit takes and, if it is to be proved, proving it, whichever is more.
    pub(crate) fn to_make(self, level: Level, degree: Degree, system: System, proves: bool) -> u64 {
        let proof = if proves { self.to_prove(level, degree) } else { 0 };
        self.to_build(level, degree).max(proof).saturating_add(system.beyond(&Size::of(level, degree)))
    }

    /// Bytes that proving takes with a system's circuit that is built.
    pub(crate) fn to_prove_system(self, level: Level, degree: Degree, system: System) -> u64 {
        self.to_prove(level, degree).saturating_add(system.beyond(&Size::of(level, degree)))
    }

    /// The largest circuit of this level that can be made of a system; `None` if none can.
    pub(crate) fn makes(self, level: Level, system: System, proves: bool) -> Option<Degree> {
        // More rows leave more for the system, but take three times as much themselves.
        sizes(level).take_while(|degree| self.to_make(level, *degree, system, proves) <= self.bytes).last()
    }

    /// Bytes that reading a circuit takes which has so many on disk: these, and the circuit, which is up to 1.6 times as large.
    pub(crate) const fn to_read(self, bytes: u64, system: System) -> u64 {
        let system = system.bytes.saturating_mul(FILE_HALVES) / 2;
        self.with((bytes / 5).saturating_mul(13).saturating_add(system))
    }
}

/// Bytes of a circuit that is built, by how many columns its commitment has, how many generators, and how many targets these wait for.
pub(crate) fn of_circuit(level: Level, degree: Degree, columns: u64, generators: u64, waited_for: u64) -> u64 {
    let size = Size::of(level, degree);
    size.commitment(columns, 0) + size.joined() + generators * GENERATOR + waited_for * WAITED_FOR
}

/// The smallest circuit of a level that has at least so many rows.
pub(crate) fn size_of_rows(level: Level, rows: u64) -> Degree {
    sizes(level).find(|degree| degree.rows() >= rows).unwrap_or(Degree::MAX)
}
