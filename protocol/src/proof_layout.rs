//! Where everything lies in a proof's bytes.
//!
//! An uncompressed plonky2 proof has one length for each circuit, and its bytes are field elements but for
//! the lengths of Merkle paths and the count of public inputs. A proof is accepted in one encoding only: that
//! length, those counts, every element below the order. Otherwise one proof would have many hashes, and bytes
//! that plonky2 was never meant to see would reach it.

use crate::{
    profile::{CAP_HEIGHT, Profile, QUOTIENT_DEGREE_FACTOR, ROUTED_WIRES, SALT, WIRES},
    statement::{FIELD_ORDER, TAG_LEN},
    units::{Degree, Level},
};

/// Bytes of a field element.
const ELEMENT_BYTES: usize = 8;
/// Field elements of one hash.
const HASH: usize = 4;
/// Elements of an extension field element.
const EXTENSION: usize = 2;
/// Partial products per challenge.
pub(crate) const PARTIAL_PRODUCTS: usize = ROUTED_WIRES.div_ceil(QUOTIENT_DEGREE_FACTOR) - 1;

/// Why bytes are no proof of a circuit, whatever they say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofShapeError {
    /// The bytes have another length than every proof of this circuit.
    #[error("a proof of this circuit has {expected} bytes; got {got}")]
    Length {
        /// The length that every proof of the circuit has, in bytes.
        expected: usize,
        /// The length that was given, in bytes.
        got: usize,
    },
    /// An element at or above the field's order.
    #[error("the field element at byte {at} is not canonical")]
    NotCanonical {
        /// The offset in the proof, in bytes.
        at: usize,
    },
    /// A count that does not fit the circuit.
    #[error("the count at byte {at} must be {expected}; got {got}")]
    Count {
        /// The offset in the proof, in bytes.
        at: usize,
        /// The number that it must be.
        expected: u64,
        /// The number that was read.
        got: u64,
    },
}

/// The layout of all proofs of one circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofLayout {
    pub(crate) profile: Profile,
    pub(crate) degree: u8,
    /// The number of constant columns, selectors included.
    pub(crate) constants: usize,
    /// The number of lookup columns for each challenge.
    pub(crate) lookups: usize,
    pub(crate) public_inputs: usize,
}

/// The length of a usual circuit's proofs at a level and degree: five constant columns, no lookups, a tag and
/// a hash as public inputs. A measure for prices and quality; a circuit's own length is exact.
pub fn nominal_proof_len(level: Level, degree: Degree) -> usize {
    let (profile, degree) = (Profile::of(level), degree.get());
    ProofLayout { profile, degree, constants: 5, lookups: 0, public_inputs: TAG_LEN + HASH }.proof_len()
}

/// A stretch of a proof.
#[derive(Clone, Copy)]
enum Segment {
    /// The number of field elements that follow each other.
    Elements(usize),
    /// One byte: how many hashes follow, which then follow.
    Path(usize),
    /// Eight bytes with this number.
    Count(usize),
}

impl Segment {
    const fn bytes(self) -> usize {
        match self {
            Self::Elements(count) => count * ELEMENT_BYTES,
            Self::Path(hashes) => 1 + hashes * HASH * ELEMENT_BYTES,
            Self::Count(_) => 8,
        }
    }
}

impl ProofLayout {
    /// The length of every proof, in bytes.
    pub fn proof_len(&self) -> usize {
        self.segments().iter().map(|segment| segment.bytes()).sum()
    }

    /// Whether the bytes have the one encoding of a proof of this circuit. True proofs do, and false ones may.
    pub fn check(&self, proof: &[u8]) -> Result<(), ProofShapeError> {
        let expected = self.proof_len();
        if proof.len() != expected {
            return Err(ProofShapeError::Length { expected, got: proof.len() });
        }
        let mut at = 0;
        for segment in self.segments() {
            let (prefix, count) = match segment {
                Segment::Elements(_) => (0, 0),
                Segment::Path(hashes) => (1, hashes as u64),
                Segment::Count(count) => (8, count as u64),
            };
            let got = little_endian(&proof[at..at + prefix]);
            if got != count {
                return Err(ProofShapeError::Count { at, expected: count, got });
            }
            let end = at + segment.bytes();
            for at in (at + prefix..end).step_by(ELEMENT_BYTES) {
                if little_endian(&proof[at..at + ELEMENT_BYTES]) >= FIELD_ORDER {
                    return Err(ProofShapeError::NotCanonical { at });
                }
            }
            at = end;
        }
        Ok(())
    }

    /// The public inputs of a proof of this layout: tag, then statement.
    pub fn public_inputs(&self, proof: &[u8]) -> Result<([u64; TAG_LEN], Vec<u64>), ProofShapeError> {
        self.check(proof)?;
        let start = proof.len() - self.public_inputs * ELEMENT_BYTES;
        let mut values = proof[start..].chunks(ELEMENT_BYTES).map(little_endian);
        let tag = std::array::from_fn(|_| values.next().unwrap_or(0));
        Ok((tag, values.collect()))
    }

    fn segments(&self) -> Vec<Segment> {
        use Segment::{Count, Elements, Path};
        let challenges = usize::from(self.profile.challenges);
        let cap = HASH << CAP_HEIGHT;
        let fixed = self.constants + ROUTED_WIRES;
        let products = challenges * (1 + PARTIAL_PRODUCTS);
        let lookups = challenges * self.lookups;
        let quotients = challenges * QUOTIENT_DEGREE_FACTOR;
        let folds = self.profile.folds(self.degree);
        let salt = if self.profile.zero_knowledge { SALT } else { 0 };
        let leaves = [fixed, WIRES + salt, products + lookups + salt, quotients + salt];

        // Three commitments; the openings, of Z and of lookups also one row on; FRI's commitments.
        let opened = fixed + WIRES + products + challenges + 2 * lookups + quotients;
        let mut segments = vec![Elements(3 * cap), Elements(opened * EXTENSION), Elements(folds.len() * cap)];
        let mut path = usize::from(self.degree + self.profile.rate_bits).saturating_sub(CAP_HEIGHT);
        let mut query: Vec<Segment> = leaves.into_iter().flat_map(|leaf| [Elements(leaf), Path(path)]).collect();
        for fold in &folds {
            path = path.saturating_sub(*fold);
            query.extend([Elements(EXTENSION << fold), Path(path)]);
        }
        for _ in 0..self.profile.queries {
            segments.extend(&query);
        }
        let final_poly = usize::from(self.degree).saturating_sub(folds.iter().sum());
        // The last polynomial, the proof of work, the public inputs.
        segments.extend([Elements((EXTENSION << final_poly) + 1), Count(self.public_inputs)]);
        segments.push(Elements(self.public_inputs));
        segments
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}
