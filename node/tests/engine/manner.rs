//! What provers do that are not honest.

use crate::{
    faults::Manner,
    node::Blob,
    world::{BlobKind, Event, World},
};
use dpgn_node::engine::{Answer, Effect, Notice, PeerEffect, WorkEffect};
use dpgn_protocol::{
    codec,
    ids::TaskId,
    ops::{Action, Op, RawOp, SignedOp},
    sign::Message,
    units::Millis,
};

impl World {
    /// Whether a node of its manner does this.
    pub fn is_willing(&mut self, node: usize, effect: &Effect) -> bool {
        match (self.nodes[node].manner, effect) {
            (Manner::Stingy, Effect::Peer(PeerEffect::PushProof { .. }) | Effect::Answer(_, Answer::Proof(_)))
            | (Manner::Idle, Effect::Work(WorkEffect::Prove(_))) => false,
            // It delivers nothing later either: a late proof that holds would be paid.
            (Manner::Silent, Effect::Peer(PeerEffect::GossipOps(ops))) if ops.iter().any(delivers) => false,
            (Manner::Silent, Effect::Peer(PeerEffect::GossipOps(_) | PeerEffect::PushProof { .. })) => {
                self.nodes[node].sated.is_empty()
            }
            // Before it has the award it has no right; with it, it would rather not be bound.
            (Manner::Nosy, Effect::Notify(Notice::Opened { task, .. })) => {
                self.pry(node, *task, 40);
                true
            }
            (Manner::Nosy, Effect::Work(WorkEffect::GetRecipe { task, .. })) => {
                self.pry(node, *task, 0);
                true
            }
            _ => true,
        }
    }

    /// Asks for the inputs of a task with a `Start` of this nonce: 0 was used by the prover's first ask.
    fn pry(&mut self, node: usize, task: TaskId, nonce: u64) {
        let Some(live) = &self.nodes[node].live else { return };
        let Some(view) = live.engine.ledger().task(task) else { return };
        let requester = view.task.requester;
        let (expires, action) = (self.now().after(Millis::from_secs(60)), Action::Start { task });
        let op = Op { nonce, expires, sponsor: None, action };
        let start = Box::new(SignedOp::new(self.nodes[node].keys.sign(live.engine.ledger().network(), op).unwrap()));
        let (this, requester) = (self.this(node), self.node_of(requester).unwrap());
        self.after(30, Event::BlobRequest(requester, this, Blob::Loot, BlobKind::Inputs(task, start)));
    }
}

/// Whether an op announces a proof.
fn delivers(op: &RawOp) -> bool {
    codec::decode::<Op>(&op.op.body, Op::MAX_BYTES).is_ok_and(|op| matches!(op.action, Action::Deliver { .. }))
}
