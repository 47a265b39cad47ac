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

    /// A prover begins to work: with the award, it would rather not be bound.
    pub(crate) fn begins(&mut self, node: usize, effect: &WorkEffect) {
        let adversary = self.nodes[node].host.adversary;
        if let (Adversary::Nosy, WorkEffect::GetRecipe { task, .. }) = (adversary, effect) {
            self.pry(node, *task, 0);
        }
        if let (Adversary::Fleeting, WorkEffect::GetInputs { task, .. }) = (adversary, effect) {
            for n in 0..40 {
                self.after(1 + 60 * n, Event::Pry(self.this(node), *task));
            }
        }
    }

    /// Asks for the inputs of a task with a `Start` of this nonce: 0 was used by the prover's first ask.
    fn pry(&mut self, node: usize, task: TaskId, nonce: u64) {
        self.show(node, task, nonce, Millis::from_secs(60), 30);
    }

    /// Asks for the inputs of a task with a `Start` that no block will be made in time to hold.
    pub(crate) fn pry_fleeting(&mut self, node: usize, task: TaskId) {
        self.show(node, task, 40, Millis::new(25), 1);
    }

    fn show(&mut self, node: usize, task: TaskId, nonce: u64, life: Millis, delay_ms: u64) {
        let Some(engine) = self.nodes[node].engine() else { return };
        let Some(view) = engine.ledger().task(task) else { return };
        let requester = view.task.requester;
        let (expires, action) = (self.now().after(life), Action::Start { task });
        let op = Op { nonce, expires, sponsor: None, action };
        let start = Box::new(SignedOp::new(self.nodes[node].keys.sign(engine.ledger().network(), op).unwrap()));
        let (this, requester) = (self.this(node), self.node_of(requester).unwrap());
        let deadline = self.now_ms() + 60_000;
        let kind = BlobKind::Inputs(task, start);
        self.after(delay_ms, Event::BlobRequest(requester, this, Blob::Loot, kind, deadline));
    }
}
