//! The memory that a circuit takes while it is built and proved, known before either is begun.
//!
//! It is counted part by part from the numbers of a level and the rows alone, so that a node can say what it sells without a
//! circuit at hand. Parts that vary between circuits are counted as in our worst one, whose rows are all lookups; a chain of hashes
//! takes two thirds of that. What rows do not tell is counted once a job is there. `tests/memory` compares it with what workers take.
//!
//! A job that is admitted must not run out of memory. What an application's own code allocates is not counted.

#[cfg(feature = "plonky2")]
mod system;

#[cfg(feature = "plonky2")]
pub(crate) use system::{System, of_circuit, size_of_rows};

use dpgn_protocol::{
    profile::{Profile, QUOTIENT_DEGREE_FACTOR, ROUTED_WIRES, SALT, WIRES},
    units::{Degree, Level},
};

/// The memory that a worker may have, and the threads that share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// The most bytes that it may write to: `RLIMIT_DATA` of its process.
    pub bytes: u64,
    /// The threads that it computes with.
    pub threads: u32,
}

/// Bytes of a worker that has nothing to do, and of each of its threads: their stacks, and what the allocator has at hand for them.
const IDLE: u64 = 12 << 20;
const THREAD: u64 = 3 << 20;
/// Bytes of an element.
const ELEMENT: u64 = 8;
/// Bytes of a leaf beside its elements: its place among the others, what the allocator adds, its digest and those above it.
const LEAF: u64 = 24 + 16 + 2 * 32;
/// Columns of a circuit's commitment beside the copies: constants and selectors, those of lookups among them.
const CONSTANTS: u64 = 10;
/// Columns of the lookup argument for each challenge: one for the tables, and one for seven of a row's forty lookups.
const LOOKUPS: u64 = 1 + 6;
/// Bytes of a row's forty generators, of who waits for them, and of the values that they find (measured: 8,300).
const GENERATORS: u64 = 8_600;
/// Bytes of what plonky2 lays such a row with, which is gone once it is built (measured: 14,600).
const LAID: u64 = 15_200;
/// Bytes of a random value that blinds, in the circuit and while it is laid (measured: 105 and 80).
const RANDOM: u64 = 110;
const RANDOM_LAID: u64 = 90;
/// What is added to all: a part in so many, since an allocator's luck differs from run to run.
const SPARE: u64 = 32;

/// A circuit's size, in what its parts are made of.
struct Size {
    rows: u64,
    /// Rows that are no blinding.
    plain: u64,
    /// Random values that blind.
    random: u64,
    /// The values of a polynomial that are committed to.
    extended: u64,
    challenges: u64,
    salt: u64,
}

impl Size {
    fn of(level: Level, degree: Degree) -> Self {
        let profile = Profile::of(level);
        let (rows, degree) = (degree.rows(), degree.get());
        Self {
            rows,
            plain: rows.saturating_sub(profile.blinding_rows(degree)),
            random: profile.blinding_values(degree),
            extended: rows << profile.rate_bits,
            challenges: profile.challenges.into(),
            salt: if profile.zero_knowledge { SALT as u64 } else { 0 },
        }
    }

    /// A commitment: the coefficients of so many columns, and a tree over their values.
    const fn commitment(&self, columns: u64, salt: u64) -> u64 {
        self.rows * columns * ELEMENT + self.extended * ((columns + salt) * ELEMENT + LEAF)
    }

    /// The circuit itself: its commitment, which wires are joined, the copies once more by rows, generators, roots of unity.
    const fn circuit(&self) -> u64 {
        let generators = self.plain * GENERATORS + self.random * RANDOM;
        self.commitment(ROUTED_WIRES as u64 + CONSTANTS, 0) + self.joined() + generators
    }

    const fn joined(&self) -> u64 {
        (self.rows * (WIRES + ROUTED_WIRES) as u64 + self.extended) * ELEMENT
    }

    /// What building has beside the circuit: what it is laid with, and once more the values of its columns, until they are leaves.
    const fn laid(&self) -> u64 {
        let values = self.extended * (ROUTED_WIRES as u64 + CONSTANTS) * ELEMENT;
        self.plain * LAID + self.random * RANDOM_LAID + values
    }

    /// What proving has beside the circuit at most: at its end the commitments to wires, products and quotient, and the last
    /// polynomial's values; or, where no kernels are, the values of all wires twice, before they are leaves.
    fn proof(&self) -> u64 {
        let products = self.challenges * ((ROUTED_WIRES / QUOTIENT_DEGREE_FACTOR) as u64 + LOOKUPS);
        let quotient = self.challenges * QUOTIENT_DEGREE_FACTOR as u64;
        let last = self.extended * 2 * 3 * ELEMENT;
        let end = self.commitment(WIRES as u64, self.salt)
            + self.commitment(products, self.salt)
            + self.commitment(quotient, self.salt)
            + last;
        let twice = 2 * self.extended * (WIRES as u64 + self.salt) * ELEMENT;
        end.max(twice + self.rows * (WIRES + ROUTED_WIRES) as u64 * ELEMENT)
    }
}

impl Room {
    /// Bytes that building a circuit of this size takes at most.
    pub fn to_build(self, level: Level, degree: Degree) -> u64 {
        let size = Size::of(level, degree);
        self.with(size.circuit() + size.laid())
    }

    /// Bytes that proving takes at most, with a circuit of this size that is built.
    pub fn to_prove(self, level: Level, degree: Degree) -> u64 {
        let size = Size::of(level, degree);
        self.with(size.circuit() + size.proof())
    }

    /// The largest circuit of this level that can be built; `None` if none can.
    pub fn builds(self, level: Level) -> Option<Degree> {
        sizes(level).take_while(|degree| self.to_build(level, *degree) <= self.bytes).last()
    }

    /// The largest circuit of this level that can be built and proved; `None` if none can.
    pub fn proves(self, level: Level) -> Option<Degree> {
        let can = |degree: &Degree| self.to_prove(level, *degree) <= self.bytes;
        sizes(level).take_while(can).last().min(self.builds(level))
    }

    /// So many bytes, in a worker with its threads.
    const fn with(self, bytes: u64) -> u64 {
        (IDLE + THREAD * self.threads as u64).saturating_add(bytes).saturating_add(bytes / SPARE)
    }
}

/// The sizes that a level has, from the smallest.
fn sizes(level: Level) -> impl Iterator<Item = Degree> {
    let all = (Degree::MIN.get()..=Degree::MAX.get()).filter_map(|degree| Degree::new(degree).ok());
    all.filter(move |degree| Profile::of(level).can_hide(degree.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(number: u8) -> Level {
        Level::new(number).unwrap()
    }

    fn degree(number: u8) -> Degree {
        Degree::new(number).unwrap()
    }

    #[test]
    fn a_room_holds_what_it_says_it_holds_and_no_more() {
        for (level, gib) in Level::all().flat_map(|level| (1..64).map(move |gib| (level, gib))) {
            let room = Room { bytes: gib << 30, threads: 4 };
            let Some(most) = room.proves(level) else {
                assert!(room.to_prove(level, degree(15)) > room.bytes);
                continue;
            };
            assert!(room.to_prove(level, most).max(room.to_build(level, most)) <= room.bytes);
            let next = degree(most.get() + 1);
            assert!(room.to_prove(level, next).max(room.to_build(level, next)) > room.bytes);
            assert!(room.builds(level) >= Some(most));
        }
    }

    #[test]
    fn what_the_defaults_sell_fits_into_what_they_allow() {
        let room = Room { bytes: 6 << 30, threads: 8 };
        for number in Level::all() {
            println!("level {number}: 2^16 rows take {} MiB", room.to_prove(number, degree(16)) >> 20);
            assert!(room.proves(number) >= Some(degree(16)), "level {number}");
        }
        let small = Room { bytes: 1 << 30, threads: 2 };
        assert_eq!(
            Level::all().map(|level| small.proves(level).map(Degree::get)).collect::<Vec<_>>(),
            [Some(14), Some(14), Some(14), Some(14), None]
        );
        assert_eq!(Room { bytes: 1 << 20, threads: 1 }.proves(level(1)), None);
    }
}
