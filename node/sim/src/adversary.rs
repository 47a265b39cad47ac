//! What nodes do whose owners have changed the program.

use crate::{
    node::Blob,
    world::{BlobKind, Event, World},
};
use dpgn_node::engine::{Notice, PeerEffect, WorkEffect};
use dpgn_protocol::{
    codec,
    ids::TaskId,
    ops::{Action, Op, RawOp, SignedOp},
    sign::Message,
    units::Millis,
};
use std::collections::BTreeSet;

/// How a node cheats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adversary {
    /// It does not: the program is as it was.
    #[default]
    None,
    /// A prover whose proofs are false.
    False,
    /// A prover that announces proofs and gives the bytes to nobody.
    Stingy,
    /// A prover that says it is alive and never proves.
    Idle,
    /// A prover that binds itself, takes the inputs, and is heard of no more.
    Silent,
    /// A prover that asks for everybody's inputs with a `Start` that no block can hold; else it does what it should.
    Nosy,
}

impl Adversary {
    /// Whether it never earns its pay.
    pub fn earns_nothing(self) -> bool {
        match self {
            Self::False | Self::Stingy | Self::Idle | Self::Silent => true,
            Self::None | Self::Nosy => false,
        }
    }

    /// Whether it says this to peers.
    pub(crate) fn says(self, effect: &PeerEffect, sated: &BTreeSet<TaskId>) -> bool {
        match self {
            Self::Stingy => !matches!(effect, PeerEffect::PushProof { .. }),
            Self::Silent => match effect {
                // It delivers nothing later either: a late proof that holds would be paid.
                PeerEffect::GossipOps(ops) => sated.is_empty() && !ops.iter().any(delivers),
                PeerEffect::PushProof { .. } => sated.is_empty(),
                PeerEffect::GossipDecided(_)
                | PeerEffect::GossipVerdict(_)
                | PeerEffect::GossipProgress(_)
                | PeerEffect::Ask { .. }
                | PeerEffect::Penalise(..) => true,
            },
            Self::None | Self::False | Self::Idle | Self::Nosy => true,
        }
    }

    /// Whether it hands proofs out.
    pub(crate) fn gives_proofs(self) -> bool {
        self != Self::Stingy
    }

    /// Whether it has its workers do this.
    pub(crate) fn works(self, effect: &WorkEffect) -> bool {
        !(self == Self::Idle && matches!(effect, WorkEffect::Prove(_)))
    }
}

/// Whether an op announces a proof.
fn delivers(op: &RawOp) -> bool {
    codec::decode::<Op>(&op.op.body, Op::MAX_BYTES).is_ok_and(|op| matches!(op.action, Action::Deliver { .. }))
}

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
