//! What a stranger can do to verifier data, without plonky2. The prover crate's tests do the same with it.

use super::*;

/// A circuit with most gates of recursion and two lookup tables, level 1. The prover crate builds it and
/// compares.
const SAMPLE: &[u8] = include_bytes!("sample.bin");

fn sample_with(change: impl FnOnce(&mut Vec<u8>)) -> Result<VerifierShape, VerifierDataError> {
    let mut bytes = SAMPLE.to_vec();
    change(&mut bytes);
    read(&bytes, &VerifierDataLimits::default())
}

/// The next of a sequence of numbers that looks random: xorshift64.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 8).unwrap()
}

#[test]
fn a_sample_is_read_to_the_last_byte() {
    let shape = sample_with(|_| {}).unwrap();
    assert_eq!((shape.level.get(), shape.degree.get()), (1, 12));
    assert_eq!(shape.proof_len as usize, shape.layout.proof_len());
    assert_eq!(shape.circuit.to_string(), "cd27b1ce44b6e6fe56782a3bb2ede659625d7e7fe72d9e229635ff55ab8361ae");
    for kind in [GateKind::Exponentiation, GateKind::RandomAccess, GateKind::LookupTable, GateKind::Reducing] {
        assert!(shape.gates.contains(&kind), "{kind}");
    }
}

#[test]
fn no_byte_is_ignored() {
    let honest = sample_with(|_| {}).unwrap();
    for at in 0..SAMPLE.len() {
        for bit in 0..8 {
            let changed = sample_with(|bytes| bytes[at] ^= 1 << bit);
            assert!(changed.is_err() || changed.unwrap().circuit != honest.circuit, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn it_ends_exactly_where_it_ends() {
    for end in 0..SAMPLE.len() {
        assert!(matches!(
            sample_with(|bytes| bytes.truncate(end)).unwrap_err(),
            VerifierDataError::Truncated { .. } | VerifierDataError::Unexpected { .. }
        ));
    }
    assert_eq!(sample_with(|bytes| bytes.push(0)).unwrap_err(), VerifierDataError::Trailing { extra: 1 });
    let limit = VERIFIER_DATA_BYTES_MAX;
    let long = sample_with(|bytes| bytes.resize(limit + 1, 0)).unwrap_err();
    assert_eq!(long, VerifierDataError::TooLong { got: limit + 1, limit });
}

#[test]
fn limits_are_kept() {
    let shape = sample_with(|_| {}).unwrap();
    let degree_max = Degree::new(shape.degree.get() - 1).unwrap();
    let small = VerifierDataLimits { degree_max, ..VerifierDataLimits::default() };
    assert!(matches!(read(SAMPLE, &small), Err(VerifierDataError::OutOfRange { what: "degree", .. })));
    let few = VerifierDataLimits { public_inputs_max: shape.public_inputs - 1, ..VerifierDataLimits::default() };
    assert!(matches!(read(SAMPLE, &few), Err(VerifierDataError::OutOfRange { what: "public inputs", .. })));
}

#[test]
fn nothing_panics_on_spliced_and_overwritten_bytes() {
    let state = &mut 0x5eed_0001;
    for _ in 0..40_000 {
        let result = sample_with(|bytes| {
            for _ in 0..=next(state) % 3 {
                let (from, to) = (next(state) % bytes.len(), next(state) % bytes.len());
                let count = (1 + next(state) % 64).min(bytes.len() - from.max(to));
                match next(state) % 4 {
                    0 => bytes[to] = next(state).to_le_bytes()[0],
                    1 => bytes.copy_within(from..from + count, to),
                    2 => bytes[to..to + count].fill([0, 0xff][next(state) % 2]),
                    _ => drop(bytes.splice(to..to + count, vec![1; next(state) % 32])),
                }
            }
        });
        let Ok(shape) = result else { continue };
        assert!(shape.proof_len as usize <= PROOF_BYTES_MAX);
    }
}
