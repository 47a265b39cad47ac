//! How a nosy prover asks for what it has no right to, and a hiding one for what it will not pay for.

use crate::{
    adversary::Adversary,
    event::{Blob, BlobKind, Event},
    world::World,
};
use dpgn_node::engine::{Notice, WorkEffect};
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    ids::TaskId,
};

impl World {
    /// A nosy prover hears of a task: before it has the award it has no right to its inputs.
    pub(crate) fn overhears(&mut self, node: usize, notice: &Notice) {
        if let (Adversary::Nosy, Notice::Opened { task, .. }) = (self.nodes[node].host.adversary, notice) {
            self.pry(node, *task);
        }
    }

    /// A prover begins to work: with the award, it would rather not be bound.
    pub(crate) fn begins(&mut self, node: usize, effect: &WorkEffect) {
        let adversary = self.nodes[node].host.adversary;
        if let (Adversary::Hiding, WorkEffect::GetRecipe { task, .. }) = (adversary, effect) {
            self.pry(node, *task);
        }
    }

    /// Asks for the inputs of a task with a `Start` of its own, for whatever award the task has.
    fn pry(&mut self, node: usize, task: TaskId) {
        let Some(engine) = self.nodes[node].engine() else { return };
        let Some(view) = engine.ledger().task(task) else { return };
        let (requester, award) = (view.task.requester, AwardId { task, number: view.task.awards.max(1) });
        let start = self.nodes[node].keys.sign(engine.ledger().network(), StartStatement { award }).unwrap();
        let (this, requester) = (self.this(node), self.node_of(requester).unwrap());
        let deadline = self.now_ms() + 60_000;
        self.after(
            30,
            Event::BlobRequest(requester, this, Blob::Loot, BlobKind::Inputs(task, Box::new(start)), deadline),
        );
    }
}
