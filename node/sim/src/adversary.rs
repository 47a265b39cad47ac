//! What nodes do whose owners have changed the program.

use dpgn_node::engine::{PeerEffect, WorkEffect};
use dpgn_protocol::{
    codec,
    ids::TaskId,
    ops::{Action, Op, RawOp},
    sign::Message,
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
