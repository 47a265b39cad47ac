//! What members say that is refused at their streams, each with whose fault it is: the guilty are punished, and what merely does
//! not count is dropped.

use super::*;
use crate::{
    genesis_file::new_network,
    network::{NetworkConfig, spawn},
    runtime::ingress::scene::keys,
    store::sample_block,
};
use dpgn_market::Ledger;
use dpgn_protocol::{
    block::{Certificate, Vote},
    bounded::List,
    codec,
    council::{Polka, Prevote, SignedBy},
    genesis::Params,
    ids::BlockHash,
    sign::{Signature, Unverified},
    units::{Height, Millis},
};
use std::sync::Arc;

/// What becomes of a message.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Taken,
    Dropped,
    Guilty,
    Harmless,
}
use Fate::{Dropped, Guilty, Harmless, Taken};

/// Keys 1 to 4 are in office, key 5 was once; the block before this height is the last.
const NEXT: Height = Height::new(6);
const RETIRED: u8 = 5;

struct Ingress {
    check: CouncilCheck,
    network: Network,
    id: NetworkId,
}

impl Ingress {
    fn new() -> Self {
        let members: Vec<_> = (1..=4).map(|n| keys(n).account()).collect();
        let genesis = new_network("refused", &members, &members, Params::default()).unwrap();
        let ledger = Arc::new(Ledger::new(&genesis).unwrap());
        let id = ledger.network();
        let (network, _events) = spawn(&keys(1), NetworkConfig::new(id)).unwrap();
        let view = View { ledger, height: Height::new(NEXT.get() - 1) };
        let check = CouncilCheck::new(id, network.clone(), watch::channel(view).1, mpsc::channel(1).0);
        Self { check, network, id }
    }

    /// What becomes of bytes that a member has sent.
    fn fate(&self, from: u8, data: &[u8]) -> Fate {
        match self.check.check(keys(from).account(), data) {
            Ok(Some(_)) => Taken,
            Ok(None) => Dropped,
            Err(Unusable::Guilty) => Guilty,
            Err(Unusable::Harmless) => Harmless,
        }
    }

    fn said(&self, from: u8, said: &Said) -> Fate {
        self.fate(from, &said.to_bytes().unwrap())
    }

    fn precommit(&self, by: u8, height: Height) -> Unverified {
        let vote = Vote { height, round: 0, block: Some(BlockHash::from_bytes([1; 32])) };
        keys(by).sign(self.id, vote).unwrap().into_raw()
    }

    /// The next block, decided by the votes of these.
    fn decided(&self, voters: &[u8]) -> Decided {
        let mut block = sample_block(NEXT.get()).block;
        (block.header.network, block.ops) = (self.id, List::default());
        block.header.body = Block::body_hash(None, &block.ops).unwrap();
        let hash = block.header.hash().unwrap();
        let vote = Vote { height: NEXT, round: 0, block: Some(hash) };
        let mut votes: Vec<_> = voters.iter().map(|n| keys(*n).sign(self.id, vote).unwrap().into_raw()).collect();
        votes.sort_by_key(|vote| vote.signer);
        let certificate = Certificate { height: NEXT, round: 0, block: hash, votes: List::new(votes).unwrap() };
        Decided { block, certificate }
    }
}

#[tokio::test]
async fn words_are_refused_by_their_faults() {
    let ingress = Ingress::new();
    let word = |from: u8, raw| ingress.said(from, &Said::Word(Word::Precommit(raw)));
    let own = |by: u8, height| word(by, ingress.precommit(by, height));
    assert_eq!(own(2, NEXT), Taken);

    let mut forged = ingress.precommit(2, NEXT);
    forged.signature = Signature::from_bytes(&[7; 64]);
    assert_eq!(word(2, forged), Guilty, "a forged vote");
    let elsewhere = Vote { height: NEXT, round: 0, block: None };
    let other_network = keys(2).sign(NetworkId::from_bytes([9; 32]), elsewhere).unwrap().into_raw();
    assert_eq!(word(2, other_network), Guilty, "a vote of another network");
    // A vote of an old epoch, brought again by somebody else, says nothing; of itself its member says that it is behind.
    assert_eq!(word(3, ingress.precommit(2, Height::new(1))), Dropped, "a replayed vote");

    let polka = |voters: &[u8], height: Height| {
        let block = BlockHash::from_bytes([1; 32]);
        let by = |n: &u8| {
            let prevote = Prevote { height, round: 0, block: Some(block) };
            let raw = keys(*n).sign(ingress.id, prevote).unwrap().into_raw();
            SignedBy { signer: raw.signer, signature: raw.signature }
        };
        let mut votes: Vec<SignedBy> = voters.iter().map(by).collect();
        votes.sort_by_key(|vote| vote.signer);
        Said::Word(Word::Polka(Polka { height, round: 0, block, votes: List::new(votes).unwrap() }))
    };
    assert_eq!(ingress.said(2, &polka(&[1, 2, 3], NEXT)), Taken);
    assert_eq!(ingress.said(2, &polka(&[1, 2, RETIRED], NEXT)), Dropped, "a retired member's vote");
    assert_eq!(ingress.said(2, &polka(&[1, 2, 2], NEXT)), Guilty, "a vote twice");
    assert_eq!(ingress.said(2, &polka(&[1, 2, 2], NEXT.next())), Dropped, "of a height that is not being decided");
    ingress.network.shutdown().await;
}

#[tokio::test]
async fn bodies_and_decided_blocks_are_refused_by_their_faults() {
    let ingress = Ingress::new();
    let good = ingress.decided(&[1, 2, 3]);
    let body = |block: Block| ingress.said(2, &Said::Body(Box::new(block)));
    let decided = |decided: Decided| ingress.said(2, &Said::Decided(Box::new(decided)));
    assert_eq!(body(good.block.clone()), Taken);
    assert_eq!(decided(good.clone()), Taken);

    let mut other_body = good.block.clone();
    other_body.ops = sample_block(1).block.ops;
    assert_eq!(body(other_body), Guilty, "a body that its header does not name");
    let mut early = good.block.clone();
    early.header.height = NEXT.next();
    assert_eq!(body(early), Dropped, "a body that nobody has asked for yet");
    let endless = [Said::Body(Box::new(good.block.clone())).to_bytes().unwrap(), vec![0; Said::MAX_BYTES]].concat();
    assert_eq!(ingress.fate(2, &endless), Guilty, "an oversized body");
    let next_version = [vec![codec::VERSION + 1], vec![0; Said::MAX_BYTES]].concat();
    assert_eq!(ingress.fate(2, &next_version), Harmless, "what later versions allow");

    assert_eq!(decided(ingress.decided(&[1, 2])), Guilty, "too few votes");
    assert_eq!(decided(ingress.decided(&[1, 2, RETIRED])), Guilty, "a retired member's vote");
    let mut later = good.clone();
    later.block.header.time = later.block.header.time.after(Millis::new(1));
    assert_eq!(decided(later), Guilty, "votes for another block");
    let mut old = good;
    old.block.header.height = Height::new(1);
    assert_eq!(decided(old), Dropped, "a block that is known");
    ingress.network.shutdown().await;
}
