//! Events: what will happen in a world, and to whom.

use dpgn_node::{
    driver::{Alarm, BlobQuestion},
    engine::{Call, Command, Done, Input, JobError},
};
use dpgn_protocol::{
    award::StartStatement,
    council::Checked,
    ids::{AccountId, RecipeDigest, TaskId},
    sign::Signed,
    units::{Credits, Height},
    wire::Request,
};

/// A node, and one of its lives: what was meant for an earlier life reaches nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) node: usize,
    pub(crate) life: u64,
}

/// Something that the owner of a node has told it to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Buy the proof of this number.
    Buy(u64),
    /// Change the bond.
    Bond,
}

/// A peer's request that waits for an answer.
#[derive(Clone, Debug)]
pub struct PeerAsked {
    pub(crate) at: At,
    pub(crate) call: Call,
}

/// A peer's request for a blob that waits for an answer.
#[derive(Clone, Debug)]
pub struct BlobAsked {
    pub(crate) at: At,
    pub(crate) blob: Blob,
    /// The time at which the asker gives up, ms.
    pub(crate) deadline: u64,
    /// Why the blob must be refused, if it must.
    pub(crate) forbidden: Option<&'static str>,
}

/// A blob that is streamed, and the award it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blob {
    Recipe(TaskId),
    Inputs(TaskId),
    /// Inputs that a prover has no right to.
    Loot,
}

impl Blob {
    pub(crate) fn done(self, result: Result<(), JobError>) -> Input {
        match self {
            Self::Recipe(task) => Input::Done(Done::Recipe(task, result)),
            Self::Inputs(task) => Input::Done(Done::Inputs(task, result)),
            Self::Loot => Input::Tick,
        }
    }
}

/// An event that is to come.
pub(crate) enum Event {
    Tick(At),
    Input(At, Input),
    Gossip(usize, Input),
    /// A member has said something to another.
    Told(usize, Told),
    /// An alarm of consensus goes off, which was set at this height, unless another has taken its place.
    Alarm(At, Height, Alarm, u64),
    Request(usize, At, Call, Request),
    /// The node that is asked, who asks, for what, and the time at which the asker gives up, ms.
    BlobRequest(usize, At, Blob, BlobKind, u64),
    /// A machine is suspended for so many ms.
    Suspend(usize, u64),
    /// A blob has come whole.
    Streamed(At, Blob),
    /// A proof is made, unless it was cancelled.
    Proved(At, TaskId, u64),
    /// The owner of a node wants a proof.
    Buy(usize, u64),
    /// The owner of a node wants its bond to be this much.
    Bond(usize, Credits),
    /// The owner of a node looks whether its bond is what it is to be.
    Look(usize),
    /// A parting, by its number, begins, and all see it.
    Part(usize),
    /// A parting, by its number, ends.
    Meet(usize),
    /// The power of a node fails after so many calls of its host.
    Fuse(usize, u64),
    Boot(usize),
}

/// The kind of blob that is asked for.
#[derive(Clone)]
pub(crate) enum BlobKind {
    Recipe(RecipeDigest),
    Inputs(TaskId, Box<Signed<StartStatement>>),
}

/// Something that a member says to another, its signatures checked.
#[derive(Clone)]
pub(crate) enum Told {
    Word(Checked),
    Input(Input),
}

/// Something that a node is told.
pub(crate) enum Stimulus {
    Input(Input),
    Told(Told),
    Alarm(Height, Alarm),
    Asked(AccountId, Request, PeerAsked),
    BlobAsked(AccountId, BlobQuestion, BlobAsked),
    Command(Command, Errand),
}

impl Event {
    /// The node that it happens to, if it needs that node's machine to run.
    pub(crate) fn node(&self) -> Option<usize> {
        match self {
            Self::Tick(at)
            | Self::Input(at, _)
            | Self::Alarm(at, ..)
            | Self::Streamed(at, _)
            | Self::Proved(at, ..) => Some(at.node),
            Self::Gossip(node, _)
            | Self::Told(node, _)
            | Self::Request(node, ..)
            | Self::BlobRequest(node, ..)
            | Self::Buy(node, _)
            | Self::Bond(node, _)
            | Self::Look(node)
            | Self::Boot(node) => Some(*node),
            Self::Fuse(..) | Self::Suspend(..) | Self::Part(_) | Self::Meet(_) => None,
        }
    }
}
