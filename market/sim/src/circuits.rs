//! Circuits of every level and degree that is traded: verifier data that the ledger reads like any other.
//!
//! They are the protocol's sample with the numbers of another level and degree put in. No proof of them exists; the
//! ledger never looks at proofs, and the simulated committee knows the truth without.

use dpgn_protocol::{
    ids::CircuitId,
    profile::{CAP_HEIGHT, Profile},
    units::{Degree, Level},
    verifier_data::{self, VerifierDataError, VerifierDataLimits},
};

/// Verifier data of a circuit of level 1 with 2^12 rows.
const SAMPLE: &[u8] = include_bytes!("../../../protocol/src/verifier_data/sample.bin");
/// The degree of the sample.
const SAMPLE_DEGREE: u8 = 12;
/// Bytes of a number.
const NUMBER: usize = 8;
/// Bytes before the config: the cap and the digest.
const HEAD: usize = NUMBER + (4 << CAP_HEIGHT) * NUMBER + 4 * NUMBER;
/// Bytes of FRI's config.
const FRI: usize = 5 * NUMBER + 5;
/// The place of the challenges in the config.
const CHALLENGES: usize = HEAD + 4 * NUMBER;
/// The place of the mark of zero knowledge.
const ZERO_KNOWLEDGE: usize = HEAD + 6 * NUMBER + 1;
/// The places of FRI's config, which stands there twice.
const FRI_CONFIGS: [usize; 2] = [ZERO_KNOWLEDGE + 1, ZERO_KNOWLEDGE + 1 + FRI];
/// The place of FRI's folds.
const FOLDS: usize = ZERO_KNOWLEDGE + 1 + 2 * FRI;

/// A kind of work that is traded: one shelf of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// The privacy level of the proofs.
    pub level: Level,
    /// The size of the circuit.
    pub degree: Degree,
}

impl Kind {
    /// The padded rows in thousands (of 1,024).
    pub fn kilorows(self) -> f64 {
        self.degree.rows() as f64 / 1_024.0
    }
}

/// A kind of work with a circuit for it.
#[derive(Clone, Debug)]
pub struct Circuit {
    /// The level and degree of the circuit.
    pub kind: Kind,
    /// The id of the circuit.
    pub id: CircuitId,
    /// The length of a proof in bytes.
    pub proof_len: u32,
    /// The bytes that the circuit is registered with.
    pub verifier_data: Vec<u8>,
}

impl Circuit {
    /// A circuit of this kind, or why the ledger would not take it.
    pub fn of(kind: Kind) -> Result<Self, VerifierDataError> {
        let verifier_data = bytes(kind);
        let shape = verifier_data::read(&verifier_data, &VerifierDataLimits::default())?;
        Ok(Self { kind, id: shape.circuit, proof_len: shape.proof_len, verifier_data })
    }
}

/// All kinds that are traded: the levels 1 to 3, each at the degrees at which it can hide what it must.
pub fn kinds() -> Vec<Kind> {
    let levels = || Level::all().filter(|level| level.get() <= 3);
    let degrees = (12..=14).filter_map(|degree| Degree::new(degree).ok());
    let all = degrees.flat_map(|degree| levels().map(move |level| Kind { level, degree }));
    all.filter(|kind| Profile::of(kind.level).can_hide(kind.degree.get())).collect()
}

fn bytes(kind: Kind) -> Vec<u8> {
    let (profile, degree) = (Profile::of(kind.level), kind.degree.get());
    let mut bytes = SAMPLE.to_vec();
    let mut put = |at: usize, number: u8| {
        bytes[at..at + NUMBER].copy_from_slice(&u64::from(number).to_le_bytes());
    };
    put(CHALLENGES, profile.challenges);
    for at in FRI_CONFIGS {
        put(at, profile.rate_bits);
        put(at + 2 * NUMBER, profile.queries);
    }
    let folds = profile.folds(degree);
    let numbers = [folds.len()].into_iter().chain(folds).chain([usize::from(degree)]);
    let mut middle: Vec<u8> = numbers.flat_map(|number| (number as u64).to_le_bytes()).collect();
    middle.push(profile.zero_knowledge.into());
    bytes[ZERO_KNOWLEDGE] = profile.zero_knowledge.into();
    let sample_folds = Profile::of(Level::MIN).folds(SAMPLE_DEGREE).len();
    bytes.splice(FOLDS..FOLDS + (2 + sample_folds) * NUMBER + 1, middle);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_circuit_that_the_ledger_reads() {
        for kind in kinds() {
            let circuit = Circuit::of(kind).unwrap();
            let shape = verifier_data::read(&circuit.verifier_data, &VerifierDataLimits::default()).unwrap();
            assert_eq!((shape.level, shape.degree), (kind.level, kind.degree));
        }
        assert_eq!(kinds().len(), 7);
        assert_eq!(bytes(Kind { level: Level::MIN, degree: Degree::new(SAMPLE_DEGREE).unwrap() }), SAMPLE);
    }
}
