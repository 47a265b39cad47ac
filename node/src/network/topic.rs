//! The topics of gossip.

/// The subject of a gossiped message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Signed ops on their way to the coordinators.
    Ops,
    /// Votes and proposals that the committee's members say to each other.
    Votes,
    /// Decided blocks with their certificates.
    Blocks,
    /// Provers' reports of how far their proofs are.
    Progress,
}

impl Topic {
    /// All topics; every node listens to all.
    pub const ALL: [Self; 4] = [Self::Ops, Self::Votes, Self::Blocks, Self::Progress];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ops => "ops",
            Self::Votes => "votes",
            Self::Blocks => "blocks",
            Self::Progress => "progress",
        }
    }

    /// Bytes that a message of this topic has before what it says.
    pub(super) const fn frame_bytes(self) -> usize {
        match self {
            Self::Votes => VOTE_FRAME_BYTES,
            Self::Ops | Self::Blocks | Self::Progress => 0,
        }
    }
}

/// A vote's frame: 32 bytes of its sender, 8 of its counter, both unsigned: they only make it new.
pub(super) const VOTE_FRAME_BYTES: usize = 40;
