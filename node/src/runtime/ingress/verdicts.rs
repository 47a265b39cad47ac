//! Gossiped verdicts: a finding counts for a delivery that awaits one, and a member's first one only.
//!
//! A verdict carries no time: what was decided long ago could be said again for ever, and each node would pass it
//! on. So the ledger is asked first whether anybody still waits for it.

use super::unusable::Unusable;
use dpgn_market::Ledger;
use dpgn_protocol::{
    codec,
    ids::{AccountId, NetworkId, ProofHash, TaskId},
    sign::{Message, Signed, Unverified},
    verdict::Verdict,
};
use std::collections::BTreeSet;

/// Verdicts remembered; above it, those of deliveries that are decided are forgotten.
const VERDICTS_MAX: usize = 8_192;

/// A member's word about a delivery.
type Word = (TaskId, AccountId, ProofHash, AccountId);

/// The gate that decides about gossiped verdicts.
pub(super) struct VerdictGate {
    network: NetworkId,
    /// The task, prover, proof and signer of the verdicts that were passed on.
    said: BTreeSet<Word>,
}

impl VerdictGate {
    pub(super) fn new(network: NetworkId) -> Self {
        Self { network, said: BTreeSet::new() }
    }

    /// Checks a verdict: first what costs nothing, then its signature.
    pub(super) fn check(&mut self, raw: Unverified, ledger: &Ledger) -> Result<Signed<Verdict>, Unusable> {
        let verdict: Verdict = codec::decode(&raw.body, Verdict::MAX_BYTES)?;
        let word = (verdict.task, verdict.prover, verdict.proof, raw.signer);
        if self.said.len() >= VERDICTS_MAX {
            self.said.retain(|word| awaits(ledger, word));
        }
        // Its sender may know of a block that this node has yet to hear of.
        if !awaits(ledger, &word) || self.said.contains(&word) || self.said.len() >= VERDICTS_MAX {
            return Err(Unusable::Harmless);
        }
        let verdict = raw.verify(self.network)?;
        self.said.insert(word);
        Ok(verdict)
    }
}

/// Whether the ledger awaits the word of this member about this delivery.
fn awaits(ledger: &Ledger, &(task, prover, proof, signer): &Word) -> bool {
    let stage = ledger.task(task).map(|view| &view.task.stage);
    let holder = stage.and_then(|stage| stage.award()).map(|award| award.prover);
    let delivered = stage.and_then(|stage| stage.delivery()).map(|delivery| delivery.proof);
    ledger.committee().power(signer).is_some() && (holder, delivered) == (Some(prover), Some(proof))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::ingress::scene::{COORDINATOR, PROVER, REQUESTER, Scene, keys};
    use dpgn_protocol::verdict::Finding;

    /// A verdict that was decided on long ago, said again and again: each was passed on by every node.
    #[test]
    fn verdicts_of_decided_deliveries_are_not_passed_on_and_others_once_per_member() {
        let mut scene = Scene::new();
        let (decided, open) = (scene.delivered(1), scene.delivered(2));
        let network = scene.ledger.network();
        let verdict = |task, by, finding| {
            let verdict = Verdict { task, prover: keys(PROVER).account(), proof: Scene::proof(task), finding };
            keys(by).sign(network, verdict).unwrap().into_raw()
        };
        let early = scene.ledger.clone();
        scene.settle(decided);
        let mut gate = VerdictGate::new(network);
        let mut accepted = |ledger: &Ledger, raw: Unverified| gate.check(raw, ledger).is_ok();
        let findings = [Finding::Valid, Finding::Malformed, Finding::WrongTag, Finding::WrongStatement, Finding::False];
        let mut old = 0;
        for n in 0..1_000 {
            old += usize::from(accepted(&scene.ledger, verdict(decided, COORDINATOR, findings[n % findings.len()])));
        }
        let new: usize = (0..1_000)
            .map(|n| usize::from(accepted(&scene.ledger, verdict(open, COORDINATOR, findings[n % findings.len()]))))
            .sum();
        println!("of 1,000 verdicts on a decided delivery {old} were passed on, of 1,000 on one that waits {new}");
        assert_eq!((old, new), (0, 1));
        assert!(!accepted(&scene.ledger, verdict(open, REQUESTER, Finding::Valid)), "no member of the committee");
        // Who has not heard of the decision yet passes it on.
        assert!(accepted(&early, verdict(decided, COORDINATOR, Finding::Valid)));
    }
}
