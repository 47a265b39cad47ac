//! What nodes do whose owners have changed the program.

use crate::event::Blob;
use dpgn_node::engine::{PeerEffect, WorkEffect};
use dpgn_protocol::{
    codec,
    ids::TaskId,
    ops::{Action, Op, RawOp},
    sign::Message,
};
use std::collections::BTreeSet;

/// The way in which a node cheats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adversary {
    /// The node does not cheat: the program is as it was.
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
    /// A prover that asks for everybody's inputs with a `Start` for an award it does not hold; else it does what it should.
    Nosy,
    /// A prover that shows its `Start` for the inputs, keeps it from the ledger, and says that it got none.
    Hiding,
    /// A requester that accepts every request for a recipe and sends nothing.
    HoldsRecipe,
    /// A requester that serves recipes, accepts every request for inputs, and sends nothing.
    HoldsInputs,
}

impl Adversary {
    /// Whether it never earns its pay.
    pub fn earns_nothing(self) -> bool {
        match self {
            Self::False | Self::Stingy | Self::Idle | Self::Silent | Self::Hiding => true,
            Self::None | Self::Nosy | Self::HoldsRecipe | Self::HoldsInputs => false,
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
                | PeerEffect::Say(..)
                | PeerEffect::SendDecided { .. }
                | PeerEffect::GossipProgress(_)
                | PeerEffect::Ask { .. }
                | PeerEffect::Penalise(..) => true,
            },
            Self::Hiding => !matches!(effect, PeerEffect::GossipOps(ops) if ops.iter().any(starts)),
            Self::None | Self::False | Self::Idle | Self::Nosy | Self::HoldsRecipe | Self::HoldsInputs => true,
        }
    }

    /// Whether it hands proofs out.
    pub(crate) fn gives_proofs(self) -> bool {
        self != Self::Stingy
    }

    /// Whether it has its workers do this.
    pub(crate) fn works(self, effect: &WorkEffect) -> bool {
        match self {
            Self::Idle => !matches!(effect, WorkEffect::Prove(_)),
            Self::Hiding => !matches!(effect, WorkEffect::GetInputs { .. }),
            Self::None
            | Self::False
            | Self::Stingy
            | Self::Silent
            | Self::Nosy
            | Self::HoldsRecipe
            | Self::HoldsInputs => true,
        }
    }

    /// Whether it accepts a request for this blob and then sends nothing.
    pub(crate) fn holds(self, blob: Blob) -> bool {
        match blob {
            Blob::Recipe(_) => self == Self::HoldsRecipe,
            Blob::Inputs(_) => self == Self::HoldsInputs,
            Blob::Loot => false,
        }
    }
}

/// Whether an op announces a proof.
fn delivers(op: &RawOp) -> bool {
    codec::decode::<Op>(&op.op.body, Op::MAX_BYTES).is_ok_and(|op| matches!(op.action, Action::Deliver { .. }))
}

/// Whether an op binds its prover.
fn starts(op: &RawOp) -> bool {
    codec::decode::<Op>(&op.op.body, Op::MAX_BYTES).is_ok_and(|op| matches!(op.action, Action::Start { .. }))
}
