//! Ops whose signatures were checked when they were gossiped: the block that holds the same bytes costs no second check.

use dpgn_protocol::{
    block::Decided,
    ids::{NetworkId, OpId},
    ops::{OpError, RawOp, SignedOp},
};
use std::collections::BTreeMap;

/// Ops that are kept.
const OPS_MAX: usize = 1 << 14;
/// Bytes of the ops that are kept.
const BYTES_MAX: usize = 8 << 20;

/// Ops that no block was seen to hold yet; the oldest is forgotten first.
#[derive(Default)]
pub(super) struct CheckedOps {
    ops: BTreeMap<OpId, Checked>,
    /// The ops by their arrival.
    order: BTreeMap<u64, OpId>,
    arrivals: u64,
    bytes: usize,
}

struct Checked {
    op: SignedOp,
    arrival: u64,
}

impl CheckedOps {
    /// Keeps an op.
    pub(super) fn insert(&mut self, op: &SignedOp) {
        if self.ops.contains_key(&op.id()) {
            return;
        }
        self.arrivals += 1;
        self.bytes += op.size();
        self.order.insert(self.arrivals, op.id());
        self.ops.insert(op.id(), Checked { op: op.clone(), arrival: self.arrivals });
        while (self.order.len() > OPS_MAX || self.bytes > BYTES_MAX)
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.take(oldest);
        }
    }

    /// An op whose signature was checked before, if it has come with the same bytes.
    pub(super) fn get(&self, raw: &RawOp) -> Option<&SignedOp> {
        self.ops.get(&raw.id()).map(|checked| &checked.op).filter(|op| op.is(raw))
    }

    /// A block's ops, once the signatures of those that were not kept are checked. What it holds is kept no longer.
    pub(super) fn verify(&mut self, decided: &Decided, network: NetworkId) -> Result<Vec<SignedOp>, OpError> {
        let verified = decided.block.ops.iter().map(|raw| match self.take(raw.id()).filter(|op| op.is(raw)) {
            Some(op) => Ok(op),
            None => raw.clone().verify(network),
        });
        verified.collect()
    }

    fn take(&mut self, id: OpId) -> Option<SignedOp> {
        let Checked { op, arrival } = self.ops.remove(&id)?;
        self.order.remove(&arrival);
        self.bytes -= op.size();
        Some(op)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        runtime::ingress::scene::{ACCOUNTS, COORDINATOR, REQUESTER, Scene, keys},
        store::sample_block,
    };
    use dpgn_protocol::{
        bounded::{Bytes, List},
        limits::NONCE_WINDOW,
        ops::{Action, Circuit},
        sign::Signature,
        units::Credits,
    };

    fn op(scene: &Scene, n: u64) -> SignedOp {
        let to = keys(COORDINATOR).account();
        scene.op_with(REQUESTER, n, Action::Transfer { to, amount: Credits::new(1) })
    }

    fn block(ops: &[SignedOp]) -> Decided {
        let mut decided = sample_block(1);
        decided.block.ops = List::new(ops.iter().map(SignedOp::to_raw).collect()).unwrap();
        decided
    }

    /// A kept op passes even where its signature would not: it is not looked at again.
    #[test]
    fn only_the_bytes_that_were_checked_pass_unchecked() {
        let scene = Scene::new();
        let (elsewhere, ops) = (NetworkId::from_bytes([9; 32]), [op(&scene, 0), op(&scene, 1)]);
        let mut kept = CheckedOps::default();
        kept.insert(&ops[0]);
        assert_eq!(kept.verify(&block(&ops[..1]), elsewhere).unwrap(), ops[..1]);
        assert!(kept.verify(&block(&ops[..1]), elsewhere).is_err(), "it is kept no longer");
        ops.iter().for_each(|op| kept.insert(op));
        assert_eq!(kept.verify(&block(&ops), scene.ledger.network()).unwrap(), ops);

        // The same body under a false signature has the same name.
        kept.insert(&ops[0]);
        let mut forged = block(&ops[..1]);
        let mut raw = ops[0].to_raw();
        raw.op.signature = Signature::from_bytes(&[7; 64]);
        forged.block.ops = List::new(vec![raw]).unwrap();
        assert!(kept.verify(&forged, scene.ledger.network()).is_err());
    }

    #[test]
    fn what_is_kept_is_bounded_in_number_and_in_bytes() {
        let (scene, mut kept) = (Scene::new(), CheckedOps::default());
        let count = OPS_MAX + 3;
        let payers = 2..=ACCOUNTS;
        let ops = payers.flat_map(|payer| (0..NONCE_WINDOW * 2).map(move |nonce| (payer, nonce))).take(count);
        let to = keys(COORDINATOR).account();
        let action = || Action::Transfer { to, amount: Credits::new(1) };
        let ops: Vec<SignedOp> = ops.map(|(payer, nonce)| scene.op_with(payer, nonce, action())).collect();
        ops.iter().for_each(|op| kept.insert(op));
        assert_eq!((ops.len(), kept.ops.len(), kept.order.len()), (count, OPS_MAX, OPS_MAX));
        assert!(!kept.ops.contains_key(&ops[2].id()) && kept.ops.contains_key(&ops[3].id()), "the oldest go");
        kept.verify(&block(&ops[3..500]), scene.ledger.network()).unwrap();
        assert_eq!(kept.order.len(), OPS_MAX - 497);

        let verifier_data = Bytes::new(vec![0; 60 << 10]).unwrap();
        let large =
            |nonce| scene.op_with(REQUESTER, nonce, Action::Circuit(Circuit { verifier_data: verifier_data.clone() }));
        (0..200).for_each(|nonce| kept.insert(&large(nonce)));
        println!("200 ops of 60 KiB: {} are kept, {} KiB", kept.ops.len(), kept.bytes >> 10);
        assert!(kept.bytes <= BYTES_MAX && kept.ops.len() > 100);
        assert_eq!(kept.bytes, kept.ops.values().map(|checked| checked.op.size()).sum::<usize>());
    }
}
