//! Trails: from committee to committee at every border, and a snapshot that the last of them has decided.

use crate::samples::*;
use dpgn_protocol::{
    block::{Block, Decided, Header},
    bounded::List,
    committee::{Committee, Member},
    ids::CertificateHash,
    receipt::{Handover, ReceiptError},
    snapshot::{SnapshotError, SnapshotHead},
    trail::Trail,
    units::{Height, Power},
};

const EPOCH: u64 = 10;

/// The committee of the `n`th epoch: one member, another in each.
fn office(n: u8) -> Committee {
    Committee::new(vec![Member { account: key(40 + n).account(), power: Power::new(1) }]).unwrap()
}

/// The last header of the `n`th epoch, from 0, signed by the committee of `by`.
fn handover(n: u8, by: u8) -> Handover {
    let height = Height::new(EPOCH * (u64::from(n) + 1));
    let header = Header { height, next_committee: office(n + 1).hash(), ..header() };
    Handover { certificate: certificate(&header, &[40 + by]), header, committee: office(n + 1) }
}

fn begin() -> Trail {
    Trail::new(network(), EPOCH, office(0), Height::new(0))
}

/// The head of a snapshot at a height, signed by the committee of an epoch.
fn snapshot(height: u64, by: u8) -> SnapshotHead {
    let (last_commit, ops) = (None, List::default());
    let last = CertificateHash::from_bytes([0; 32]);
    let body = Block::body_hash(None, &ops).unwrap();
    let header = Header { height: Height::new(height), last_commit: last, body, ..header() };
    let decided = Decided { certificate: certificate(&header, &[40 + by]), block: Block { header, last_commit, ops } };
    SnapshotHead { decided, manifest: manifest() }
}

#[test]
fn a_trail_leads_from_the_genesis_to_the_committee_in_office() {
    let mut trail = begin();
    for n in 0..5 {
        trail.hand_over(&handover(n, n)).unwrap();
    }
    assert_eq!((trail.above(), trail.border()), (Height::new(50), Height::new(60)));
    assert_eq!(snapshot(57, 5).check(&trail), Ok(()));
    // The last block of an epoch is that epoch's.
    assert_eq!(snapshot(60, 5).check(&trail), Ok(()));
}

#[test]
fn a_hole_in_the_handovers_is_none_to_step_over() {
    let mut trail = begin();
    trail.hand_over(&handover(0, 0)).unwrap();
    let before = trail.clone();
    let (height, border) = (Height::new(30), Height::new(20));
    assert_eq!(trail.hand_over(&handover(2, 2)), Err(ReceiptError::OutOfOffice { height, border }));
    assert_eq!(trail, before, "a refused handover changes nothing");
    trail.hand_over(&handover(1, 1)).unwrap();
}

#[test]
fn a_snapshot_that_a_retired_committee_has_signed_is_refused() {
    let mut trail = begin();
    for n in 0..3 {
        trail.hand_over(&handover(n, n)).unwrap();
    }
    let by_retired = snapshot(35, 1).check(&trail);
    assert!(matches!(by_retired, Err(SnapshotError::NotDecided(ReceiptError::Certificate { .. }))), "{by_retired:?}");
    // Nor does the office before it say anything of this height.
    let early = snapshot(35, 3).check(&begin());
    assert!(matches!(early, Err(SnapshotError::NotDecided(ReceiptError::OutOfOffice { .. }))), "{early:?}");
    let mut other_body = snapshot(35, 3);
    other_body.decided.block.ops = list([raw_op(None)]);
    assert_eq!(other_body.check(&trail), Err(SnapshotError::OtherBody(Height::new(35))));
}
