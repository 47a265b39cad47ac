//! Committees: who counts, and that two decisions share an honest member.

use crate::samples::*;
use dpgn_protocol::{
    block::{Certificate, CertificateError, Vote},
    committee::{Committee, CommitteeError, Member},
    ids::{AccountId, NetworkId},
    limits::COMMITTEE_MAX,
    units::Power,
};
use proptest::prelude::*;

fn member(n: u8, power: u64) -> Member {
    Member { account: AccountId::from_bytes([n; 32]), power: Power::new(power) }
}

fn of(powers: &[u64]) -> Committee {
    Committee::new((0..).zip(powers).map(|(n, &power)| member(n, power)).collect()).unwrap()
}

#[test]
fn what_is_no_committee() {
    assert_eq!(Committee::new(vec![]), Err(CommitteeError::Empty));
    assert_eq!(Committee::new(vec![member(2, 1), member(1, 1)]), Err(CommitteeError::Order));
    assert_eq!(Committee::new(vec![member(1, 1), member(1, 1)]), Err(CommitteeError::Order));
    for power in [0, (1 << 32) + 1, u64::MAX] {
        assert_eq!(Committee::new(vec![member(1, power)]), Err(CommitteeError::Power(member(1, 1).account)));
    }
    let many: Vec<_> = (0..=COMMITTEE_MAX as u8).map(|n| member(n, 1)).collect();
    assert!(matches!(Committee::new(many), Err(CommitteeError::TooMany(_))));
}

#[test]
fn thirds_are_counted_exactly() {
    let three = of(&[1, 1, 1]);
    let ids: Vec<_> = three.members().iter().map(|m| m.account).collect();
    assert!(!three.is_quorum(ids[..2].iter().copied()), "two of three are not more than two thirds");
    assert!(three.is_quorum(ids.iter().copied()));
    assert!(!three.is_third(ids[..1].iter().copied()) && three.is_third(ids[..2].iter().copied()));
    let four = of(&[1, 1, 1, 1]);
    let ids: Vec<_> = four.members().iter().map(|m| m.account).collect();
    assert!(four.is_quorum(ids[..3].iter().copied()));
    assert!(!four.is_third(ids[..1].iter().copied()));
    assert!(!four.is_quorum([ids[0]; 4]), "each counts once");
    assert!(!four.is_quorum((50..60).map(|n| member(n, 1).account)), "strangers don't");
    let largest = of(&[1 << 32; COMMITTEE_MAX]);
    assert_eq!(largest.total(), 1 << 38);
    assert!(largest.is_quorum(largest.members().iter().map(|m| m.account)));
}

#[test]
fn a_hash_names_members_and_powers() {
    let hashes = [of(&[1]), of(&[2]), of(&[1, 1]), of(&[1, 2]), of(&[2, 1])].map(|c| c.hash());
    for (i, a) in hashes.iter().enumerate() {
        assert!(hashes[i + 1..].iter().all(|b| a != b));
    }
}

#[test]
fn a_certificate_needs_a_quorum_of_votes_for_its_block() {
    let (committee, header) = (committee(), header());
    let check = |certificate: &Certificate| certificate.check(network(), &committee);
    assert_eq!(check(&certificate(&header, &[1, 2, 3])), Ok(()));
    assert_eq!(check(&certificate(&header, &[1, 2])), Err(CertificateError::NoQuorum));
    assert_eq!(check(&certificate(&header, &[])), Err(CertificateError::NoQuorum));
    let stranger = certificate(&header, &[1, 2, 3, 9]);
    assert_eq!(check(&stranger), Err(CertificateError::NoVote(key(9).account())));

    let good = certificate(&header, &[1, 2, 3]);
    let votes = good.votes.to_vec();
    let twice = Certificate { votes: list([votes[0].clone(), votes[0].clone(), votes[1].clone()]), ..good.clone() };
    assert_eq!(check(&twice), Err(CertificateError::NoVote(votes[0].signer)));
    let unordered = Certificate { votes: list(votes.iter().rev().cloned()), ..good.clone() };
    assert!(matches!(check(&unordered), Err(CertificateError::NoVote(_))), "one form only");
    let other_round = Certificate { round: 1, ..good.clone() };
    assert!(matches!(check(&other_round), Err(CertificateError::OtherVote(_))));
    let none = Vote { height: good.height, round: good.round, block: None };
    let mut with_none = votes.clone();
    with_none[2] = signed((1..=3).find(|&n| key(n).account() == votes[2].signer).unwrap(), none);
    let with_none = Certificate { votes: list(with_none), ..good.clone() };
    assert_eq!(check(&with_none), Err(CertificateError::OtherVote(votes[2].signer)), "a vote for none decides nothing");
    assert!(matches!(good.check(NetworkId::from_bytes([9; 32]), &committee), Err(CertificateError::Sign(_))));
}

proptest! {
    /// Of three equal parts of a committee's power, liars hold less than one: so two quorums share an honest
    /// member, and every quorum holds a third that is honest.
    #[test]
    fn two_quorums_share_more_than_a_third(
        powers in prop::collection::vec(1u64..=1 << 32, 1..20), first in any::<u32>(), second in any::<u32>(),
    ) {
        let committee = of(&powers);
        let chosen = |mask: u32| {
            let all = committee.members().iter().enumerate();
            all.filter(move |(i, _)| mask >> i & 1 == 1).map(|(_, m)| m.account)
        };
        if committee.is_quorum(chosen(first)) && committee.is_quorum(chosen(second)) {
            prop_assert!(committee.is_third(chosen(first & second)));
        }
        prop_assert!(!(committee.is_quorum(chosen(first)) && committee.is_third(chosen(!first))));
    }
}
