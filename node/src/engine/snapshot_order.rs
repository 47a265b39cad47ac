//! Snapshot orders: what peers have sent of a snapshot, to be checked off the loop.
//!
//! A check costs signatures and hashes, the last one the whole state; so the parts go out with the order, and come back with
//! what was found. The same order always finds the same.

use dpgn_market::{Assembly, AssemblyError, FinishError, Ledger, TakeError};
use dpgn_protocol::{
    block::Decided,
    checkpoint::Checkpoint,
    ids::AccountId,
    receipt::{Handover, ReceiptError},
    snapshot::{SnapshotError, SnapshotHead},
    state_chunk::Blame,
    trail::Trail,
    units::Height,
};
use std::sync::Arc;

/// Something that peers have sent of a snapshot, to be checked.
#[derive(Clone, Debug)]
pub struct SnapshotOrder {
    /// The number of the order: what is found for an older one is of no use any more.
    pub(super) number: u64,
    pub(super) parts: Parts,
}

/// The parts that are checked.
#[derive(Clone, Debug)]
pub(super) enum Parts {
    /// Handovers that should lead on from a committee, and through that of the checkpoint.
    Handovers { trail: Trail, handovers: Vec<Handover>, checkpoint: Option<Box<Checkpoint>> },
    /// The head of a snapshot that the committee at the end of the trail should have decided.
    Head { trail: Trail, head: Box<SnapshotHead> },
    /// Chunks of the state.
    Chunks { assembly: Box<Assembly>, chunks: Vec<Came> },
}

/// A chunk that has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Came {
    pub(super) index: u32,
    pub(super) from: AccountId,
    pub(super) bytes: Vec<u8>,
}

impl PartialEq for SnapshotOrder {
    fn eq(&self, other: &Self) -> bool {
        let parts = match (&self.parts, &other.parts) {
            (
                Parts::Handovers { trail, handovers, checkpoint },
                Parts::Handovers { trail: other, handovers: others, checkpoint: believed },
            ) => (trail, handovers, checkpoint) == (other, others, believed),
            (Parts::Head { trail, head }, Parts::Head { trail: other, head: others }) => {
                (trail, head) == (other, others)
            }
            (Parts::Chunks { assembly, chunks }, Parts::Chunks { assembly: other, chunks: others }) => {
                assembly.manifest() == other.manifest() && assembly.missing().eq(other.missing()) && chunks == others
            }
            (Parts::Handovers { .. } | Parts::Head { .. } | Parts::Chunks { .. }, _) => false,
        };
        self.number == other.number && parts
    }
}

/// What was found in the parts of an order.
#[derive(Clone, Debug)]
pub struct SnapshotChecked {
    pub(super) number: u64,
    pub(super) found: Found,
}

/// What was found.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// The trail as far as it leads, the handovers that lead there, and what is wrong with the next one.
    Followed { trail: Trail, passed: Vec<Handover>, fault: Option<SnapshotFault> },
    /// The block of a snapshot that was decided, and the state to be put together.
    Begun(Result<Box<(Decided, Assembly)>, SnapshotFault>),
    /// The state with all chunks that hold, each of how many bytes, and what is wrong with the others.
    Taken { assembly: Box<Assembly>, taken: Vec<(AccountId, u64)>, refused: Vec<(u32, AccountId, TakeError)> },
    /// The state is whole.
    Whole(Result<Arc<Ledger>, SnapshotFault>),
    /// The check has ended without a result.
    Unfinished,
}

/// Why something that a peer has sent of a snapshot is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotFault {
    /// A handover does not lead on from the committee before it.
    #[error("a handover: {0}")]
    Handover(ReceiptError),
    /// The trail misses the committee that the owner believes.
    #[error(
        "the handovers lead to another committee than this node's checkpoint at height {0} names: one is of another history"
    )]
    OtherCheckpoint(Height),
    /// The committee in office has not decided the snapshot's block.
    #[error(transparent)]
    Head(#[from] SnapshotError),
    /// The manifest is of another state, or of none.
    #[error("the manifest: {0}")]
    Manifest(#[from] AssemblyError),
    /// A chunk does not hold.
    #[error(transparent)]
    Chunk(#[from] TakeError),
    /// Chunks that each hold make no ledger.
    #[error(transparent)]
    Whole(#[from] FinishError),
    /// A fault of this program.
    #[error("its check ended without a result: a fault of this program")]
    Unfinished,
}

impl SnapshotFault {
    /// Whether the fault is that something does not fit to the trail before it.
    pub(super) fn is_of_trail(&self) -> bool {
        match self {
            Self::Handover(_) | Self::OtherCheckpoint(_) | Self::Head(SnapshotError::NotDecided(_)) => true,
            Self::Head(SnapshotError::OtherBody(_))
            | Self::Manifest(_)
            | Self::Chunk(_)
            | Self::Whole(_)
            | Self::Unfinished => false,
        }
    }

    /// Whether the sender could have known: not if it speaks another version, this build cannot read what is true, or the
    /// owner's checkpoint may be what is false.
    pub fn is_senders(&self) -> bool {
        match self {
            Self::Handover(error) | Self::Head(SnapshotError::NotDecided(error)) => !is_unknown_version(error),
            Self::Head(SnapshotError::OtherBody(_)) | Self::Manifest(AssemblyError::Manifest(_)) => true,
            Self::OtherCheckpoint(_) | Self::Manifest(AssemblyError::Head(_)) | Self::Whole(_) | Self::Unfinished => {
                false
            }
            Self::Chunk(error) => match error.blame() {
                Blame::Chunk | Blame::Manifest => true,
                Blame::Nobody => false,
            },
        }
    }
}

fn is_unknown_version(error: &ReceiptError) -> bool {
    matches!(error, ReceiptError::Certificate { reason, .. } if reason.is_unknown_version())
}

impl SnapshotOrder {
    /// The answer to the order if its check ends without a result.
    pub fn unfinished(&self) -> SnapshotChecked {
        SnapshotChecked { number: self.number, found: Found::Unfinished }
    }

    /// Checks the parts.
    pub fn check(self) -> SnapshotChecked {
        let found = match self.parts {
            Parts::Handovers { trail, handovers, checkpoint } => follow(trail, handovers, checkpoint.as_deref()),
            Parts::Head { trail, head } => Found::Begun(begin(&trail, *head).map(Box::new)),
            Parts::Chunks { assembly, chunks } => take(assembly, chunks),
        };
        SnapshotChecked { number: self.number, found }
    }
}

fn follow(mut trail: Trail, handovers: Vec<Handover>, checkpoint: Option<&Checkpoint>) -> Found {
    let mut passed = Vec::with_capacity(handovers.len());
    for handover in handovers {
        if let Err(error) = trail.hand_over(&handover) {
            return Found::Followed { trail, passed, fault: Some(SnapshotFault::Handover(error)) };
        }
        let is_here = |it: &&Checkpoint| (trail.above()..trail.border()).contains(&it.height);
        if let Some(it) = checkpoint.filter(is_here).filter(|it| it.committee != *trail.committee()) {
            let fault = Some(SnapshotFault::OtherCheckpoint(it.height));
            return Found::Followed { trail, passed, fault };
        }
        passed.push(handover);
    }
    Found::Followed { trail, passed, fault: None }
}

fn begin(trail: &Trail, head: SnapshotHead) -> Result<(Decided, Assembly), SnapshotFault> {
    head.check(trail)?;
    let SnapshotHead { decided, manifest } = head;
    let assembly = Assembly::new(manifest, decided.block.header.state)?;
    Ok((decided, assembly))
}

fn take(mut assembly: Box<Assembly>, chunks: Vec<Came>) -> Found {
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for Came { index, from, bytes } in chunks {
        match assembly.take(index, &bytes) {
            Ok(()) => taken.push((from, bytes.len() as u64)),
            Err(error) => refused.push((index, from, error)),
        }
    }
    if assembly.missing().len() == 0 {
        return Found::Whole(assembly.finish().map(Arc::new).map_err(SnapshotFault::from));
    }
    Found::Taken { assembly, taken, refused }
}
