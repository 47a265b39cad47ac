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
    Checkpoint { network: network(), height: Height::new(0), committee: committee() }
}

fn check(change: impl FnOnce(&mut Receipt)) -> Result<(), ReceiptError> {
    let mut receipt = receipt();
    change(&mut receipt);
    receipt.check(&trusted())
}

#[test]
fn an_honest_receipt_holds() {
    assert_eq!(check(|_| ()), Ok(()));
    assert_eq!(check(|r| r.history = list([])), Ok(()), "the same committee all along");
    let later = Checkpoint { height: Height::new(6), ..trusted() };
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
    assert_eq!(swapped, Err(ReceiptError::OtherCommittee { height: Height::new(3), got, named }));

    let self_made = check(|r| {
        let header = Header { next_committee: usurpers.hash(), ..r.history[0].header.clone() };
        let certificate = certificate(&header, &[9]);
        r.history = list([Handover { header, certificate, committee: usurpers.clone() }]);
    });
    assert!(matches!(self_made, Err(ReceiptError::Certificate { .. })), "{self_made:?}");

    let twice = check(|r| r.history = list([r.history[0].clone(), r.history[0].clone()]));
    assert_eq!(twice, Err(ReceiptError::Order(Height::new(3))));
    let old = Checkpoint { height: Height::new(7), ..trusted() };
    assert_eq!(Receipt { history: list([]), ..receipt() }.check(&old), Err(ReceiptError::Order(Height::new(7))));
    let strangers = Checkpoint { committee: usurpers, ..trusted() };
    assert!(matches!(receipt().check(&strangers), Err(ReceiptError::Certificate { .. })));
}
