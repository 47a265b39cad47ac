//! How a nosy prover asks for what it has no right to.

use crate::{
    adversary::Adversary,
    event::{Blob, BlobKind, Event},
    world::World,
};
use dpgn_node::engine::{Notice, WorkEffect};
use dpgn_protocol::{
    ids::TaskId,
    ops::{Action, Op, SignedOp},
    units::Millis,
};

impl World {
    /// A nosy prover hears of a task: before it has the award it has no right to its inputs.
    pub(crate) fn overhears(&mut self, node: usize, notice: &Notice) {
        if let (Adversary::Nosy, Notice::Opened { task, .. }) = (self.nodes[node].host.adversary, notice) {
            self.pry(node, *task, 40);
        }
    }

    /// A nosy prover begins to work: with the award, it would rather not be bound.
    pub(crate) fn begins(&mut self, node: usize, effect: &WorkEffect) {
        if let (Adversary::Nosy, WorkEffect::GetRecipe { task, .. }) = (self.nodes[node].host.adversary, effect) {
            self.pry(node, *task, 0);
        }
    }

    /// Asks for the inputs of a task with a `Start` of this nonce: 0 was used by the prover's first ask.
    fn pry(&mut self, node: usize, task: TaskId, nonce: u64) {
        let Some(engine) = self.nodes[node].engine() else { return };
        let Some(view) = engine.ledger().task(task) else { return };
        let requester = view.task.requester;
        let (expires, action) = (self.now().after(Millis::from_secs(60)), Action::Start { task });
        let op = Op { nonce, expires, sponsor: None, action };
        let start = Box::new(SignedOp::new(self.nodes[node].keys.sign(engine.ledger().network(), op).unwrap()));
        let (this, requester) = (self.this(node), self.node_of(requester).unwrap());
        self.after(30, Event::BlobRequest(requester, this, Blob::Loot, BlobKind::Inputs(task, start)));
    }
}
