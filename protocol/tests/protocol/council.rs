//! What members say: nothing passes whose signatures are of another kind, and two words convict only where one is allowed.

use crate::samples::*;
use dpgn_protocol::{
    block::Vote,
    council::*,
    ids::{BlockHash, NetworkId},
    limits::COMMITTEE_MAX,
    sign::{SignError, Signature, Unverified},
    units::Height,
    wire::Wire,
};

#[test]
fn a_word_holds_as_what_it_is_and_where_it_is() {
    for word in words() {
        assert!(word.clone().check(network()).is_ok(), "{word:?}");
        let elsewhere = word.clone().check(NetworkId::from_bytes([9; 32]));
        assert!(matches!(elsewhere, Err(WordError::Sign(SignError::BadSignature(_)))), "{word:?}: {elsewhere:?}");
    }
    // The bodies of prevote and precommit are the same bytes: only the domain tells them apart.
    let (precommit, prevote) = (signed(1, vote(1)), signed(1, prevote(1)));
    assert_eq!(precommit.body, prevote.body);
    let by = key(1).account();
    let bad = Err(WordError::Sign(SignError::BadSignature(by)));
    assert_eq!(Word::Prevote(precommit.clone()).check(network()), bad);
    assert_eq!(Word::Precommit(prevote).check(network()), bad);
    assert!(Word::Proposal(precommit).check(network()).is_err());
}

#[test]
fn a_polka_is_of_prevotes_for_its_block_in_one_form() {
    let good = polka(&[1, 2, 3]);
    let check = |polka: &Polka| Word::Polka(polka.clone()).check(network()).map(drop);
    assert_eq!(check(&good), Ok(()));
    for changed in [
        Polka { block: BlockHash::from_bytes([9; 32]), ..good.clone() },
        Polka { round: 0, ..good.clone() },
        Polka { height: Height::new(8), ..good.clone() },
    ] {
        assert!(matches!(check(&changed), Err(WordError::Sign(SignError::BadSignature(_)))));
    }
    let votes = good.votes.to_vec();
    let (first, last) = (votes[0].signer, votes[2].signer);
    let twice = Polka { votes: list([votes[0], votes[0]]), ..good.clone() };
    assert_eq!(check(&twice), Err(WordError::Order(first)), "nobody counts twice");
    let turned = Polka { votes: list([votes[2], votes[0]]), ..good.clone() };
    assert_eq!(check(&turned), Err(WordError::Order(first)), "one form only");
    let mut forged = votes;
    forged[2].signature = Signature::from_bytes(&[7; 64]);
    let forged = Polka { votes: list(forged), ..good.clone() };
    assert_eq!(check(&forged), Err(WordError::Sign(SignError::BadSignature(last))), "every one is checked");
    let of_precommits = Polka { votes: list([signed_by(1, vote(1))]), ..good };
    assert!(check(&of_precommits).is_err());
}

#[test]
fn a_round_certificate_says_of_each_vote_what_it_is() {
    let good = round_certificate();
    let check = |certificate: &RoundCertificate| Word::Round(certificate.clone()).check(network()).map(drop);
    assert_eq!(check(&good), Ok(()));
    let prevote = *good.votes.iter().find(|v| !v.precommit).unwrap();
    let of_precommits = RoundCertificate { reason: RoundReason::Precommits, ..good.clone() };
    assert_eq!(check(&of_precommits), Err(WordError::NoPrecommit(prevote.by.signer)));
    let claimed = RoundVote { precommit: true, ..prevote };
    assert!(check(&RoundCertificate { votes: list([claimed]), ..good.clone() }).is_err());
    let for_none = RoundVote { block: None, ..prevote };
    assert!(check(&RoundCertificate { votes: list([for_none]), ..good.clone() }).is_err());
    assert_eq!(
        check(&RoundCertificate { votes: list([prevote, prevote]), ..good }),
        Err(WordError::Order(prevote.by.signer))
    );
}

#[test]
fn the_largest_certificate_fits() {
    let vote = *round_certificate().votes.first().unwrap();
    let votes = list((0..COMMITTEE_MAX).map(|_| vote));
    let word = Said::Word(Word::Round(RoundCertificate { votes, ..round_certificate() }));
    let bytes = word.to_bytes().unwrap();
    assert!(bytes.len() <= 10_000, "{} bytes", bytes.len());
    assert_eq!(Said::from_bytes(&bytes), Ok(word));
}

#[test]
fn two_words_convict_where_one_is_allowed() {
    let guilty = Equivocation { account: key(1).account(), height: Height::new(7), round: 1 };
    let none = Vote { block: None, ..vote(1) };
    let convict = |kind, first: &Unverified, second: &Unverified| equivocation(kind, network(), first, second);
    let (a, b, nil) = (signed(1, vote(1)), signed(1, vote(2)), signed(1, none));
    assert_eq!(convict(WordKind::Precommit, &a, &b), Ok(guilty));
    assert_eq!(convict(WordKind::Precommit, &a, &nil), Ok(guilty), "for a block and for none");
    assert_eq!(convict(WordKind::Precommit, &a, &a), Err(NoEvidence::Same));
    let (p, q) = (signed(1, proposal(1)), signed(1, Proposal { pol_round: None, ..proposal(1) }));
    assert_eq!(convict(WordKind::Proposal, &p, &q), Ok(guilty), "one block, two stories");
    assert_eq!(convict(WordKind::Prevote, &signed(1, prevote(1)), &signed(1, prevote(2))), Ok(guilty));

    let of = |n, height, round| signed(n, Vote { height: Height::new(height), round, ..vote(2) });
    for honest in [of(2, 7, 1), of(1, 8, 1), of(1, 7, 2)] {
        assert_eq!(convict(WordKind::Precommit, &a, &honest), Err(NoEvidence::Apart));
    }
    for wrong in [WordKind::Prevote, WordKind::Proposal] {
        assert!(matches!(convict(wrong, &a, &b), Err(NoEvidence::Sign(_))), "one domain alone is tried");
    }
    let prevote = signed(1, prevote(2));
    assert!(convict(WordKind::Precommit, &a, &prevote).is_err(), "prevote and precommit may differ");
}
