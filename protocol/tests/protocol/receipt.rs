//! Receipts: checked offline, and wrong in any part they do not hold.

use crate::samples::*;
use dpgn_protocol::{
    block::Header,
    committee::{Committee, Member},
    ids::NetworkId,
    outcome::Outcome,
    receipt::{Checkpoint, Handover, Receipt, ReceiptError},
    units::{Height, Power},
};

fn trusted() -> Checkpoint {
    Checkpoint { network: network(), height: Height::new(0), epoch_blocks: BORDER.get(), committee: committee() }
}

fn check(change: impl FnOnce(&mut Receipt)) -> Result<(), ReceiptError> {
    let mut receipt = receipt();
    change(&mut receipt);
    receipt.check(&trusted())
}

#[test]
fn an_honest_receipt_holds() {
    assert_eq!(check(|_| ()), Ok(()));
    let later = Checkpoint { height: BORDER, ..trusted() };
    let receipt = Receipt { history: list([]), ..receipt() };
    assert_eq!(receipt.check(&later), Ok(()));
}

#[test]
fn no_part_may_be_another() {
    assert_eq!(check(|r| r.op = raw_op(None)), Err(ReceiptError::NotInBlock));
    assert_eq!(
        check(|r| r.outcome = Outcome::Refused(dpgn_protocol::refusal::RefusalCode::NoRoom)),
        Err(ReceiptError::NotInBlock)
    );
    assert_eq!(check(|r| r.path.index = 0), Err(ReceiptError::NotInBlock));
    assert_eq!(check(|r| r.path.count = 4), Err(ReceiptError::NotInBlock));
    let height = Height::new(7);
    assert_eq!(check(|r| r.header.round_up()), Err(ReceiptError::OtherBlock(height)), "an unsigned header");
    let too_few = check(|r| r.certificate = certificate(&r.header, &[1, 2]));
    assert!(matches!(too_few, Err(ReceiptError::Certificate { .. })), "{too_few:?}");
    let elsewhere = NetworkId::from_bytes([9; 32]);
    let other = ReceiptError::OtherNetwork { got: elsewhere, expected: network() };
    assert_eq!(check(|r| r.header.network = elsewhere), Err(other));
}

trait RoundUp {
    fn round_up(&mut self);
}

impl RoundUp for Header {
    /// Another header than the one that was signed.
    fn round_up(&mut self) {
        self.time = self.time.after(dpgn_protocol::units::Millis::new(1));
    }
}

#[test]
fn trust_passes_only_from_committee_to_committee_in_order() {
    let usurpers = Committee::new(vec![Member { account: key(9).account(), power: Power::new(1) }]).unwrap();
    let (got, named) = (usurpers.hash(), committee().hash());
    let swapped = check(|r| {
        let mut handover = r.history[0].clone();
        handover.committee = usurpers.clone();
        r.history = list([handover]);
    });
    assert_eq!(swapped, Err(ReceiptError::OtherCommittee { height: BORDER, got, named }));

    let self_made = check(|r| {
        let header = Header { next_committee: usurpers.hash(), ..r.history[0].header.clone() };
        let certificate = certificate(&header, &[9]);
        r.history = list([Handover { header, certificate, committee: usurpers.clone() }]);
    });
    assert!(matches!(self_made, Err(ReceiptError::Certificate { .. })), "{self_made:?}");

    let twice = check(|r| r.history = list([r.history[0].clone(), r.history[0].clone()]));
    assert_eq!(twice, Err(ReceiptError::Order(BORDER)));
    let old = Checkpoint { height: Height::new(7), ..trusted() };
    assert_eq!(Receipt { history: list([]), ..receipt() }.check(&old), Err(ReceiptError::Order(Height::new(7))));
    let strangers = Checkpoint { committee: usurpers, ..trusted() };
    assert!(matches!(receipt().check(&strangers), Err(ReceiptError::Certificate { .. })));
}

/// Members that have left have sold their keys: whoever bought them signs a later height, or a handover to itself.
#[test]
fn a_committee_signs_the_heights_of_its_epoch_alone() {
    let (height, border) = (Height::new(7), BORDER);
    let without = check(|r| r.history = list([]));
    assert_eq!(without, Err(ReceiptError::OutOfOffice { height, border }), "the same committee, and nobody says so");
    let sold = check(|r| {
        r.header.height = Height::new(1_000_000);
        r.certificate = certificate(&r.header, &[1, 2, 3]);
    });
    let height = Height::new(1_000_000);
    assert_eq!(sold, Err(ReceiptError::OutOfOffice { height, border: Height::new(12) }));
    let early = check(|r| {
        let header = Header { height: Height::new(5), ..r.history[0].header.clone() };
        let certificate = certificate(&header, &[1, 2, 3]);
        r.history = list([Handover { header, certificate, committee: committee() }]);
    });
    assert_eq!(early, Err(ReceiptError::NoBorder { height: Height::new(5), border }));
    let skipped = check(|r| {
        let header = Header { height: Height::new(12), ..r.history[0].header.clone() };
        let certificate = certificate(&header, &[1, 2, 3]);
        r.history = list([Handover { header, certificate, committee: committee() }]);
    });
    assert_eq!(skipped, Err(ReceiptError::OutOfOffice { height: Height::new(12), border }));
}

/// An op in a block has been checked by the committee; the receipt shows it to somebody who has not.
#[test]
fn the_signatures_of_the_op_are_checked() {
    let forged = check(|r| r.op.op.signature = raw_op(None).op.signature);
    assert!(matches!(forged, Err(ReceiptError::Op(_))), "{forged:?}");
    let unsponsored = check(|r| r.op.endorsement = None);
    assert!(matches!(unsponsored, Err(ReceiptError::Op(_))), "{unsponsored:?}");
}

#[test]
fn heights_fall_into_epochs() {
    let of = |height: u64| (Height::new(height).epoch(3).get(), Height::new(height).next_border(3).get());
    assert_eq!([0, 1, 2, 3, 4, 6, 7].map(of), [(0, 3), (0, 3), (0, 3), (0, 6), (1, 6), (1, 9), (2, 9)]);
    assert_eq!(Height::new(u64::MAX).next_border(3), Height::new(u64::MAX));
    assert_eq!(Height::new(2).epoch(0).get(), 1, "an epoch has a block");
}
