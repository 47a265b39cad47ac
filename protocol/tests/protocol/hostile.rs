//! Bytes that somebody sent: every decoder under truncation, junk, flips and lies about lengths.

use crate::samples::*;
use dpgn_protocol::{
    bounded::{Bytes, List, Text, TextError, TooMany},
    codec::{self, DecodeError},
    council::Said,
    limits::GOSSIP_BYTES_MAX,
    wire::{BlobRequest, OpBatch, Request, Response, Wire},
};
use proptest::prelude::*;

const LIMIT: usize = 1 << 20;

#[test]
fn what_is_encoded_is_decoded_and_nothing_less_or_more() {
    for Sample { name, bytes, again } in all() {
        assert_eq!(again(&bytes, LIMIT).as_ref(), Ok(&bytes), "{name}");
        for len in 0..bytes.len() {
            assert!(again(&bytes[..len], LIMIT).is_err(), "{name} cut to {len} bytes");
        }
        let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
        assert_eq!(again(&longer, LIMIT), Err(DecodeError::Trailing(1)), "{name}");
        let limit = bytes.len() - 1;
        assert_eq!(again(&bytes, limit), Err(DecodeError::TooLarge { got: bytes.len(), limit }), "{name}");
        let mut other = bytes.clone();
        other[0] = 2;
        assert_eq!(again(&other, LIMIT), Err(DecodeError::UnknownVersion(2)), "{name}");
    }
    assert_eq!(codec::decode::<u8>(&[], LIMIT), Err(DecodeError::Empty));
}

#[test]
fn a_value_has_one_encoding() {
    for Sample { name, bytes, again } in all() {
        for at in 1..bytes.len() {
            for mask in [0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= mask;
                // Some other value's encoding, or none; never a second one of the same.
                if let Ok(same) = again(&changed, LIMIT) {
                    assert_eq!(same, changed, "{name}, byte {at}");
                }
            }
        }
    }
}

#[test]
fn a_length_is_believed_only_as_far_as_its_limit() {
    for claim in [5_u64, 1 << 20, 1 << 40, u64::MAX] {
        let mut bytes = vec![codec::VERSION];
        bytes.extend(claim.to_le_bytes());
        bytes.extend([b'a'; 16]);
        let malformed = |result: Result<(), DecodeError>| assert!(matches!(result, Err(DecodeError::Malformed(_))));
        malformed(codec::decode::<List<u8, 4>>(&bytes, LIMIT).map(drop));
        malformed(codec::decode::<List<[u8; 32], 4>>(&bytes, LIMIT).map(drop));
        malformed(codec::decode::<Bytes<4>>(&bytes, LIMIT).map(drop));
        malformed(codec::decode::<Text<4>>(&bytes, LIMIT).map(drop));
    }
}

#[test]
fn what_is_bounded_is_bounded_when_it_is_made() {
    assert_eq!(List::<u8, 2>::new(vec![1, 2, 3]), Err(TooMany { got: 3, limit: 2 }));
    assert_eq!(Bytes::<2>::new(vec![1, 2, 3]), Err(TooMany { got: 3, limit: 2 }));
    assert_eq!(Text::<2>::new("abc"), Err(TextError::TooMany(TooMany { got: 3, limit: 2 })));
    assert_eq!(Text::<9>::new("a\x1b[2J"), Err(TextError::NotPrintable { at: 1 }), "no escapes for terminals");
    assert_eq!(Text::<9>::new("caf\u{e9}"), Err(TextError::NotPrintable { at: 3 }));
    assert_eq!(Text::<2>::new("ab").unwrap().as_str(), "ab");
}

#[test]
fn ranges_hold_on_the_wire_too() {
    use dpgn_protocol::units::{Degree, Level, Priority};
    let decode = |byte| [codec::VERSION, byte];
    assert!(codec::decode::<Level>(&decode(0), LIMIT).is_err());
    assert!(codec::decode::<Level>(&decode(5), LIMIT).is_ok());
    assert!(codec::decode::<Level>(&decode(6), LIMIT).is_err());
    assert!(codec::decode::<Degree>(&decode(25), LIMIT).is_err());
    assert!(codec::decode::<Priority>(&decode(101), LIMIT).is_err());
    assert!(codec::decode::<Option<u8>>(&[codec::VERSION, 2, 0], LIMIT).is_err());
    assert!(codec::decode::<bool>(&decode(2), LIMIT).is_err());
}

fn canonical<T: Wire>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(value) = T::from_bytes(bytes) {
        prop_assert_eq!(value.to_bytes().unwrap(), bytes);
    }
    Ok(())
}

proptest! {
    #[test]
    fn junk_never_panics(mut bytes in prop::collection::vec(any::<u8>(), 1..512), small in any::<bool>()) {
        bytes[0] = codec::VERSION;
        if small {
            // Plausible counts and tags get deeper.
            bytes.iter_mut().skip(1).for_each(|b| *b &= 3);
        }
        canonical::<Request>(&bytes)?;
        canonical::<Response>(&bytes)?;
        canonical::<BlobRequest>(&bytes)?;
        canonical::<OpBatch>(&bytes)?;
        canonical::<Said>(&bytes)?;
        for Sample { again, .. } in all().into_iter().take(1) {
            let _ = again(&bytes, LIMIT);
        }
    }

    #[test]
    fn spliced_samples_never_panic(a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(),
                                   cut in any::<prop::sample::Index>(), paste in any::<prop::sample::Index>()) {
        thread_local!(static ALL: Vec<Sample> = all());
        ALL.with(|all| {
            let (a, b) = (a.get(all), b.get(all));
            let (head, tail) = (&a.bytes[..1 + cut.index(a.bytes.len())], &b.bytes[paste.index(b.bytes.len())..]);
            let spliced = [head, tail].concat();
            if let Ok(same) = (a.again)(&spliced, LIMIT) {
                prop_assert_eq!(same, spliced);
            }
            Ok(())
        })?;
    }
}

#[test]
fn a_message_is_never_larger_than_its_kind_may_be() {
    let too_long = vec![codec::VERSION; GOSSIP_BYTES_MAX + 1];
    let (got, limit) = (too_long.len(), GOSSIP_BYTES_MAX);
    assert_eq!(OpBatch::from_bytes(&too_long), Err(DecodeError::TooLarge { got, limit }));
}
