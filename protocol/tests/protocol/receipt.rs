//! Receipts: checked offline, and wrong in any part they do not hold.

use crate::samples::*;
use dpgn_protocol::{
    block::{CertificateError, Header},
    checkpoint::{Checkpoint, TooOld},
    codec::{self, DecodeError},
    committee::{Committee, Member},
    genesis::Params,
    ids::{NetworkId, TaskId},
    limits::{COMMITTEE_MAX, HANDOVER_BYTES_MAX, RECEIPT_BYTES_MAX, RECEIPT_HISTORY_MAX},
    outcome::Outcome,
    receipt::{Handover, RECEIPT_FILE_BYTES_MAX, RECEIPT_MAGIC, Receipt, ReceiptError, ReceiptFileError},
    refusal::RefusalCode,
    sign::SignError,
    units::{Height, Millis, Power, Timestamp},
};

fn trusted() -> Checkpoint {
    checkpoint()
}

/// The last moment at which the checkpoint is believed.
fn now() -> Timestamp {
    trusted().time.after(trusted().unlock_time)
}

fn check(change: impl FnOnce(&mut Receipt)) -> Result<(), ReceiptError> {
    let mut receipt = receipt();
    change(&mut receipt);
    receipt.check(&trusted(), now()).map(drop)
}

#[test]
fn an_honest_receipt_holds_and_says_what_was_paid() {
    assert_eq!(check(|_| ()), Ok(()));
    let honest = receipt();
    let paid = honest.check(&trusted(), now()).unwrap();
    assert_eq!((paid.task, paid.prover, paid.price.get()), (task(), key(4).account(), 400));
    let later = Checkpoint { height: BORDER, ..trusted() };
    assert!(honest.check(&later, now()).is_ok(), "what leads to the checkpoint is not needed");
    let short = Receipt { history: list([]), ..receipt() };
    assert!(short.check(&later, now()).is_ok());
}

/// Members that have left have nothing at stake once it is unlocked: what they sign then costs them nothing.
#[test]
fn a_checkpoint_is_believed_no_longer_than_stake_is_locked() {
    let (limit, honest) = (trusted().unlock_time, receipt());
    let at = |age: u64| honest.check(&trusted(), trusted().time.after(Millis::new(age))).map(drop);
    assert_eq!(at(limit.get()), Ok(()));
    let age = Millis::new(limit.get() + 1);
    assert_eq!(at(age.get()), Err(ReceiptError::TooOld(TooOld { age, limit })));
    assert!(honest.check_at_any_age(&trusted()).is_ok(), "unless whoever checks knows better");
    assert!(honest.check(&trusted(), Timestamp::new(0)).is_ok(), "a clock that is behind makes nothing old");
    let of_genesis = genesis().checkpoint().unwrap();
    assert_eq!((of_genesis.time, of_genesis.unlock_time), (genesis().time, Params::default().unlock_time));
}

/// An op that changed nothing but a nonce has its place in a block as well.
#[test]
fn only_an_op_that_has_paid_makes_a_receipt() {
    let code = RefusalCode::NoRoom;
    let refused = receipt_of(Outcome::Refused(code));
    assert_eq!(refused.check(&trusted(), now()), Err(ReceiptError::Refused(code)));
    let as_if_it_had_paid = Receipt { outcome: receipt().outcome, ..refused };
    assert_eq!(as_if_it_had_paid.check(&trusted(), now()), Err(ReceiptError::NotInBlock));
    for outcome in [Outcome::Applied, Outcome::Opened(task()), Outcome::Judged(list([]))] {
        assert_eq!(receipt_of(outcome).check(&trusted(), now()), Err(ReceiptError::NotPaid(task())));
    }
    let another = TaskId::from_bytes([9; 32]);
    assert_eq!(check(|r| r.task = another), Err(ReceiptError::NotPaid(another)));
}

#[test]
fn a_receipt_comes_back_from_its_file() {
    let bytes = receipt().to_file().unwrap();
    assert_eq!(Receipt::from_file(&bytes), Ok(receipt()));
    assert!(bytes.starts_with(b"dpgn receipt\n\x01"));
    assert_eq!(Receipt::from_file(&bytes[1..]), Err(ReceiptFileError::NoReceipt));
    assert_eq!(Receipt::from_file(b""), Err(ReceiptFileError::NoReceipt));
    assert_eq!(Receipt::from_file(RECEIPT_MAGIC), Err(ReceiptFileError::Decode(DecodeError::Empty)));
    let mut later = bytes.clone();
    later[RECEIPT_MAGIC.len()] = 2;
    assert_eq!(Receipt::from_file(&later), Err(ReceiptFileError::Decode(DecodeError::UnknownVersion(2))));
    for len in RECEIPT_MAGIC.len()..bytes.len() {
        assert!(Receipt::from_file(&bytes[..len]).is_err(), "cut to {len} bytes");
    }
    let (got, limit) = (RECEIPT_BYTES_MAX + 1, RECEIPT_BYTES_MAX);
    let endless = [bytes, vec![0; RECEIPT_FILE_BYTES_MAX]].concat();
    let refused = Receipt::from_file(&endless[..RECEIPT_FILE_BYTES_MAX + 1]);
    assert_eq!(refused, Err(ReceiptFileError::Decode(DecodeError::TooLarge { got, limit })));
}

/// What the limits promise: all borders that a checkpoint may be away, each with the largest committees there are.
#[test]
fn a_receipt_crosses_all_borders_of_the_time_that_a_checkpoint_is_believed() {
    let Params { unlock_time, epoch_blocks, block_interval, .. } = Params::default();
    let apart = epoch_blocks * block_interval.get();
    let borders = usize::try_from(unlock_time.get().div_ceil(apart)).unwrap();
    println!("borders are {apart} ms apart or more: {borders} at most while a checkpoint is believed");
    assert!(borders <= RECEIPT_HISTORY_MAX && borders > RECEIPT_HISTORY_MAX / 2, "{borders}");

    let members = u8::try_from(COMMITTEE_MAX).unwrap();
    let mut full: Vec<_> = (1..=members).map(|n| Member { account: key(n).account(), power: Power::new(1) }).collect();
    full.sort_by_key(|member| member.account);
    let voters: Vec<u8> = (1..=members).collect();
    let certificate = certificate(&header(), &voters);
    let handover = Handover { header: header(), certificate, committee: Committee::new(full).unwrap() };
    let bytes = codec::encode(&handover).unwrap().len();
    let of_four = codec::encode(&receipt().history[0]).unwrap().len();
    println!("a handover has {bytes} bytes with {members} members, {of_four} with four");
    assert!(bytes <= HANDOVER_BYTES_MAX && bytes > HANDOVER_BYTES_MAX * 3 / 4, "{bytes}");
}

#[test]
fn no_part_may_be_another() {
    assert_eq!(check(|r| r.op = raw_op(None)), Err(ReceiptError::NotInBlock));
    assert_eq!(check(|r| r.outcome = Outcome::Refused(RefusalCode::NoRoom)), Err(ReceiptError::NotInBlock));
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
        self.time = self.time.after(Millis::new(1));
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
    let without = Receipt { history: list([]), ..receipt() };
    assert_eq!(without.check(&old, now()), Err(ReceiptError::Order(Height::new(7))));
    let strangers = Checkpoint { committee: usurpers, ..trusted() };
    assert!(matches!(receipt().check(&strangers, now()), Err(ReceiptError::Certificate { .. })));
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

/// Certificates are refused for what they are: too few votes, forged, replayed, or by somebody who has none any more.
#[test]
fn each_fault_of_a_certificate_has_its_reason() {
    let refused = |change: &dyn Fn(&mut Receipt)| match check(change) {
        Err(ReceiptError::Certificate { height, reason }) => (height.get(), reason),
        other => panic!("{other:?}"),
    };
    let height = receipt().header.height;
    assert_eq!(refused(&|r| r.certificate = certificate(&r.header, &[1, 2])), (7, CertificateError::NoQuorum));
    let retired = CertificateError::NoVote(key(5).account());
    assert_eq!(refused(&|r| r.certificate = certificate(&r.header, &[1, 2, 5])), (7, retired), "no member any more");
    let voter = |r: &Receipt, at: usize| r.certificate.votes[at].signer;
    let forged = CertificateError::Sign(SignError::BadSignature(voter(&receipt(), 1)));
    let forge = |r: &mut Receipt| {
        let mut votes = r.certificate.votes.to_vec();
        votes[1].signature = votes[0].signature;
        r.certificate.votes = list(votes);
    };
    assert_eq!(refused(&forge), (7, forged));
    let replay = |r: &mut Receipt| {
        let old = certificate(&r.history[0].header, &[2, 3, 4]);
        r.certificate.votes = old.votes;
    };
    assert_eq!(refused(&replay), (7, CertificateError::OtherVote(voter(&receipt(), 0))), "votes of an epoch before");
    let at_the_border = |r: &mut Receipt| {
        let certificate = certificate(&r.history[0].header, &[1, 2]);
        r.history = list([Handover { certificate, ..r.history[0].clone() }]);
    };
    assert_eq!(refused(&at_the_border), (BORDER.get(), CertificateError::NoQuorum), "a committee that names itself");
    let whole = check(|r| r.certificate = certificate(&r.history[0].header, &[2, 3, 4]));
    assert_eq!(whole, Err(ReceiptError::OtherBlock(height)), "the certificate of another block");
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
