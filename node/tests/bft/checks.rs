//! What must never happen, checked at every word and every decision.

use crate::{host::NETWORK, plan::Us};
use dpgn_node::consensus::bft::{Evidence, Record, RecordedWord};
use dpgn_protocol::{
    block::{Certificate, Header},
    codec,
    committee::Committee,
    council::{Word, equivocation},
    ids::{AccountId, BlockHash, hash},
};
use std::collections::{BTreeMap, BTreeSet};

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Disagreement,
    DoubleSign,
    NotOnDisk,
    FalseEvidence,
    Stall,
    /// The core has stopped by itself: for an honest host it never may.
    Stopped,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub kind: Kind,
    pub what: String,
}

#[derive(Default)]
pub struct Checks {
    pub violation: Option<Violation>,
    decided: BTreeMap<u64, (BlockHash, usize)>,
    signed: BTreeMap<RecordedWord, Vec<u8>>,
    certificates: BTreeSet<[u8; 32]>,
    pub convicted: BTreeSet<(usize, AccountId)>,
    pub evidence: u64,
    pub rounds: BTreeMap<u32, u64>,
}

impl Checks {
    /// The first violation stays.
    pub fn violated(&mut self, now: Us, kind: Kind, what: String) {
        self.violation.get_or_insert_with(|| Violation { kind, what: format!("at {} ms: {what}", now / 1_000) });
    }

    /// A word of an honest node's own, that it sends: one of each, and none that is not in its log.
    pub fn said(&mut self, now: Us, node: usize, word: &Word, log: Option<&[Record]>) {
        let record = Record::Word(word.clone());
        if log.is_some_and(|log| !log.contains(&record)) {
            self.violated(now, Kind::NotOnDisk, format!("node {node} says {word:?}"));
        }
        let Some((place, body)) = record.word().unwrap() else { return };
        let before = self.signed.entry(place).or_insert_with(|| body.to_vec());
        if before.as_slice() != body {
            self.violated(now, Kind::DoubleSign, format!("by node {node}: {place:?}"));
        }
    }

    /// A certificate, each checked once for all nodes.
    pub fn holds(&mut self, certificate: &Certificate, committee: &Committee) -> bool {
        let name = hash("certificate", &[&codec::encode(&(certificate, committee)).unwrap()]);
        if self.certificates.contains(&name) {
            return true;
        }
        let holds = certificate.check(NETWORK, committee).is_ok();
        if holds {
            self.certificates.insert(name);
        }
        holds
    }

    /// A block that an honest node has decided.
    pub fn decided(&mut self, now: Us, node: usize, header: &Header, certificate: &Certificate, valid: bool) {
        let (height, block) = (header.height.get(), certificate.block);
        let (other, by) = *self.decided.entry(height).or_insert((block, node));
        if other != block {
            let what = format!("at height {height}: {other:?} by node {by}, {block:?} by node {node}");
            self.violated(now, Kind::Disagreement, what);
        }
        if !valid {
            self.violated(now, Kind::Other, format!("an invalid block is decided at height {height}"));
        }
    }

    /// Evidence that an honest node has found: it holds, and against none that is honest.
    pub fn accused(&mut self, now: Us, node: usize, pairs: &[Evidence], honest: impl Fn(AccountId) -> bool) {
        for Evidence { kind, first, second } in pairs {
            self.evidence += 1;
            match equivocation(*kind, NETWORK, first, second) {
                Ok(found) if honest(found.account) => {
                    self.violated(now, Kind::FalseEvidence, format!("node {node} convicts {found:?}"));
                }
                Ok(found) => {
                    self.convicted.insert((node, found.account));
                }
                Err(error) => self.violated(now, Kind::FalseEvidence, format!("node {node}: {error}")),
            }
        }
    }
}
