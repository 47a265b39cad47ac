//! Signatures: by whom, of what kind, on which network, and only the one encoding.

use crate::samples::*;
use dpgn_protocol::{
    award::StartStatement,
    block::{Decided, Vote},
    bounded::Bytes,
    codec::{DecodeError, VERSION},
    ids::{AccountId, NetworkId},
    limits::{GOSSIP_BYTES_MAX, REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX},
    ops::{Action, Op, OpError, RawOp, SignedOp},
    sign::{Message, SignError, Signature, Unverified},
    wire::{BlobRequest, OpBatch, Progress, Request, Response, Wire},
};

fn signed() -> Unverified {
    key(1).sign(network(), start()).unwrap().into_raw()
}

fn verified(raw: Unverified) -> Result<StartStatement, SignError> {
    raw.verify::<StartStatement>(network()).map(|v| *v)
}

#[test]
fn what_is_signed_verifies_as_what_it_is_and_where_it_is() {
    let raw = signed();
    let by = key(1).account();
    assert_eq!(verified(raw.clone()), Ok(start()));
    let elsewhere = NetworkId::from_bytes([99; 32]);
    assert_eq!(raw.clone().verify::<StartStatement>(elsewhere).unwrap_err(), SignError::BadSignature(by));
    // The same bytes as another kind of message.
    assert_eq!(raw.clone().verify::<Op>(network()).unwrap_err(), SignError::BadSignature(by));
    let vote = key(1).sign(network(), vote(1)).unwrap().into_raw();
    assert!(vote.clone().verify::<Vote>(network()).is_ok());
    assert_eq!(vote.verify::<Progress>(network()).unwrap_err(), SignError::BadSignature(by));
    let other = key(2).account();
    let claimed = Unverified { signer: other, ..raw };
    assert_eq!(verified(claimed), Err(SignError::BadSignature(other)));
}

#[test]
fn no_bit_may_change() {
    let raw = signed();
    for at in 0..raw.body.len() {
        let mut body = raw.body.to_vec();
        body[at] ^= 1;
        let changed = Unverified { body: Bytes::new(body).unwrap(), ..raw.clone() };
        let expected = match at {
            0 => SignError::Decode(DecodeError::UnknownVersion(VERSION ^ 1)),
            _ => SignError::BadSignature(raw.signer),
        };
        assert_eq!(verified(changed), Err(expected));
    }
    for at in 0..64 {
        let mut bytes = raw.signature.to_bytes();
        bytes[at] ^= 1;
        let changed = Unverified { signature: Signature::from_bytes(&bytes), ..raw.clone() };
        assert_eq!(verified(changed), Err(SignError::BadSignature(raw.signer)));
    }
}

#[test]
fn a_signature_has_one_form() {
    // s + L: the same equation, other bytes.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let raw = signed();
    let mut bytes = raw.signature.to_bytes();
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
    let changed = Unverified { signature: Signature::from_bytes(&bytes), ..raw.clone() };
    assert_eq!(verified(changed), Err(SignError::BadSignature(raw.signer)));
}

#[test]
fn weak_keys_sign_nothing() {
    // The neutral element as key and as R, s = 0: holds for every message unless keys are checked.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&neutral);
    let weak =
        Unverified { signer: AccountId::from_bytes(neutral), signature: Signature::from_bytes(&signature), ..signed() };
    assert_eq!(verified(weak.clone()), Err(SignError::BadSignature(weak.signer)));
    let no_key = Unverified { signer: AccountId::from_bytes([2; 32]), ..signed() };
    assert!(matches!(verified(no_key), Err(SignError::BadKey(_) | SignError::BadSignature(_))));
}

#[test]
fn size_is_checked_before_the_signature() {
    let (got, limit) = (StartStatement::MAX_BYTES + 1, StartStatement::MAX_BYTES);
    let long = Unverified { body: Bytes::new(vec![VERSION; got]).unwrap(), ..signed() };
    assert_eq!(verified(long), Err(SignError::Decode(DecodeError::TooLarge { got, limit })));
}

#[test]
fn another_version_is_told_from_every_fault() {
    // Longer than any of today's, and signed in a way this build cannot know.
    let later = Unverified { body: Bytes::new(vec![VERSION + 1; StartStatement::MAX_BYTES + 1]).unwrap(), ..signed() };
    let body = later.clone().verify::<StartStatement>(network()).unwrap_err();
    let op = RawOp { op: later.clone(), endorsement: None }.verify(network()).unwrap_err();
    let endorsement = RawOp { endorsement: Some(later.clone()), ..raw_op(Some(5)) }.verify(network()).unwrap_err();
    assert!(body.is_unknown_version() && op.is_unknown_version() && endorsement.is_unknown_version());
    let forged = Unverified { signature: Signature::from_bytes(&[7; 64]), ..signed() };
    let forged = RawOp { op: forged, endorsement: None }.verify(network()).unwrap_err();
    assert!(!forged.is_unknown_version() && !OpError::Endorsement.is_unknown_version());
    for error in [
        Request::from_bytes(&vec![VERSION + 1; REQUEST_BYTES_MAX + 1]).unwrap_err(),
        Response::from_bytes(&vec![VERSION + 1; RESPONSE_BYTES_MAX + 1]).unwrap_err(),
        BlobRequest::from_bytes(&vec![VERSION + 1; BlobRequest::MAX_BYTES + 1]).unwrap_err(),
        OpBatch::from_bytes(&vec![VERSION + 1; GOSSIP_BYTES_MAX + 1]).unwrap_err(),
        Decided::from_bytes(&vec![VERSION + 1; GOSSIP_BYTES_MAX + 1]).unwrap_err(),
    ] {
        assert!(error.is_unknown_version(), "{error}");
    }
    assert!(!Request::from_bytes(&[VERSION, 9]).unwrap_err().is_unknown_version());
}

#[test]
fn every_op_fits_its_limits() {
    for (name, action) in actions() {
        let signed = SignedOp::new(key(4).sign(network(), op(action)).unwrap());
        assert_eq!(signed.to_raw().verify(network()).as_ref(), Ok(&signed), "{name}");
        let encoded = dpgn_protocol::codec::encode(&signed.to_raw()).unwrap();
        assert!(encoded.len() <= signed.size(), "{name}: {} bytes", encoded.len());
    }
    let sponsored = raw_op(Some(5)).verify(network()).unwrap();
    assert!(dpgn_protocol::codec::encode(&sponsored.to_raw()).unwrap().len() <= sponsored.size());
    assert_eq!((sponsored.signer(), sponsored.payer()), (key(4).account(), key(5).account()));
}

#[test]
fn a_sponsor_consents_to_one_op() {
    let (plain, by_5, by_6) = (raw_op(None), raw_op(Some(5)), raw_op(Some(6)));
    let with = |op: &RawOp, endorsement: &RawOp| {
        RawOp { op: op.op.clone(), endorsement: endorsement.endorsement.clone() }.verify(network()).map(drop)
    };
    assert_eq!(with(&plain, &plain), Ok(()));
    assert_eq!(with(&by_5, &by_5), Ok(()));
    assert_eq!(with(&plain, &by_5), Err(OpError::Endorsement), "not asked for");
    assert_eq!(with(&by_5, &plain), Err(OpError::Endorsement), "missing");
    assert_eq!(with(&by_5, &by_6), Err(OpError::Endorsement), "another's, for another op");
}

#[test]
fn a_second_signature_is_the_same_op() {
    let op = raw_op(None);
    let mut again = op.clone();
    again.op.signature = Signature::from_bytes(&[7; 64]);
    assert_eq!(op.id(), again.id());
    let other = key(4).sign(network(), crate::samples::op(Action::Cancel { task: award().task })).unwrap();
    assert_ne!(SignedOp::new(other).id(), op.id());
}

/// Certificates of dozens of signatures were printed as lists of numbers, some hundred bytes for each of theirs.
#[test]
fn a_signature_is_short_in_a_log() {
    let signature = Signature::from_bytes(&[0xab; 64]);
    assert_eq!(format!("{signature:?}"), "Signature(abababab)");
}
