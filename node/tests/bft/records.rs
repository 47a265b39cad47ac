//! Records lie on disks: their bytes are frozen, and whose word one holds is read without verifying it.

use crate::host::NETWORK;
use dpgn_node::consensus::bft::{Record, RecordedWord, Timer, TimerKind};
use dpgn_protocol::{
    block::Vote,
    bounded::List,
    codec,
    council::{Polka, Prevote, Proposal, SignedBy, Word, WordKind},
    ids::{BlockHash, hash},
    sign::{Keypair, Message, Unverified},
    units::Height,
};

fn signed<T: Message>(message: T) -> Unverified {
    Keypair::from_seed(&[1; 32]).sign(NETWORK, message).unwrap().into_raw()
}

fn samples() -> Vec<(Record, &'static str)> {
    let (height, round, block) = (Height::new(7), 1, BlockHash::from_bytes([2; 32]));
    let by = Keypair::from_seed(&[1; 32]).account();
    let prevote = Prevote { height, round, block: Some(block) };
    let raw = signed(prevote);
    let votes = List::new(vec![SignedBy { signer: raw.signer, signature: raw.signature }]).unwrap();
    vec![
        (Record::Word(Word::Precommit(signed(Vote { height, round, block: None }))), "c1df767c4b9404a4"),
        (Record::Word(Word::Prevote(raw)), "7e14cb4613263de9"),
        (
            Record::Word(Word::Proposal(signed(Proposal { height, round, pol_round: Some(0), block }))),
            "b6036e31c95efad7",
        ),
        (Record::Word(Word::Polka(Polka { height, round, block, votes })), "fb9e00490f09e53d"),
        (Record::Value { round, block, by, valid: true }, "7e0d59934968274e"),
        (Record::Elapsed(Timer { kind: TimerKind::Precommit, round }), "89c6c29d1a9918e1"),
    ]
}

#[test]
fn no_byte_of_a_record_has_changed() {
    for (record, golden) in samples() {
        let bytes = codec::encode(&record).unwrap();
        let name = hash("record", &[&bytes]).map(|b| format!("{b:02x}")).concat();
        assert_eq!(&name[..16], golden, "{record:?}");
        assert_eq!(codec::decode(&bytes, Record::BYTES_MAX), Ok(record));
    }
}

#[test]
fn a_record_says_whose_word_it_holds() {
    let (signer, height, round) = (Keypair::from_seed(&[1; 32]).account(), Height::new(7), 1);
    let kinds: Vec<_> = samples().iter().map(|(record, _)| record.word().unwrap().map(|(word, _)| word)).collect();
    let word = |kind| Some(RecordedWord { signer, height, round, kind });
    let expected = [word(WordKind::Precommit), word(WordKind::Prevote), word(WordKind::Proposal), None, None, None];
    assert_eq!(kinds, expected);
}
