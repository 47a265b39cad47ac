//! What a coordinator says whose owner has changed the program. Its engine is the true one: it lies at the edge, where its
//! words leave the machine, and signs again with its own key what it has changed.
//!
//! Up to a third of the power may lie in any of these ways, and no honest member may decide otherwise for it.

use dpgn_protocol::{
    block::Block,
    council::Checked,
    ids::{AccountId, BlockHash},
    units::{Height, Millis},
};
use std::collections::BTreeMap;

/// The way in which a coordinator lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// A coordinator that hears all and says nothing.
    Silent,
    /// A coordinator that proposes blocks and sends nobody their bodies.
    WithholdsBodies,
    /// A coordinator that tells every other member something else: another block of its own, and votes for that or for none.
    SaysTwoThings,
    /// A coordinator whose blocks name another state than they leave.
    FalseState,
    /// A coordinator whose clock is so much ahead.
    AheadOfTime(Millis),
    /// A coordinator whose blocks are larger than any may be.
    TooLarge,
    /// A coordinator that takes up no op of this account.
    LeavesOut(AccountId),
    /// A coordinator that calls good proofs false.
    FalseFindings,
    /// A coordinator that says again, all the time, what others and itself have said at some time.
    OldVotes,
    /// A coordinator whose bodies hold ops that nobody has signed, or are not what their headers name.
    Garbage,
    /// A coordinator that asks everybody for bodies, all the time.
    AsksForBodies,
    /// A coordinator that says that blocks are decided which are not.
    ForgesDecided,
    /// A coordinator that forgets what it has locked: in a later round it prevotes whatever is proposed there.
    ForgetsLocks,
    /// A coordinator whose disk loses the log of consensus whenever the power fails, which it often does.
    LosesLog,
    /// A coordinator whose blocks are as early as any may be: a millisecond after their parents.
    BackInTime,
    /// A coordinator whose blocks have the time of their parents.
    StandsStill,
    /// A coordinator whose blocks hold an op of a weak key, under a signature that lax checks accept for whatever it is over.
    WeakKey,
    /// One of two machines with the same key, each of which does what it should.
    Twin,
}

impl Lie {
    /// Lists every way in which one machine lies; ops of `victim` are those that are left out.
    pub fn all(victim: AccountId) -> [Self; 19] {
        [
            Self::Silent,
            Self::WithholdsBodies,
            Self::SaysTwoThings,
            Self::FalseState,
            // Honest members wait for a block that is half a second ahead: some just so, some not yet.
            Self::AheadOfTime(Millis::new(500)),
            Self::AheadOfTime(Millis::new(520)),
            Self::AheadOfTime(Millis::from_secs(90)),
            Self::TooLarge,
            Self::LeavesOut(victim),
            Self::FalseFindings,
            Self::OldVotes,
            Self::Garbage,
            Self::AsksForBodies,
            Self::ForgesDecided,
            Self::ForgetsLocks,
            Self::LosesLog,
            Self::BackInTime,
            Self::StandsStill,
            Self::WeakKey,
        ]
    }

    /// How far its clock is ahead.
    pub(crate) fn ahead(self) -> Millis {
        if let Self::AheadOfTime(ahead) = self { ahead } else { Millis::default() }
    }

    /// Whether it puts other blocks in the place of those that its engine has made.
    pub(crate) fn changes_blocks(self) -> bool {
        match self {
            Self::SaysTwoThings
            | Self::FalseState
            | Self::TooLarge
            | Self::Garbage
            | Self::BackInTime
            | Self::StandsStill
            | Self::WeakKey => true,
            Self::Silent
            | Self::WithholdsBodies
            | Self::AheadOfTime(_)
            | Self::LeavesOut(_)
            | Self::FalseFindings
            | Self::OldVotes
            | Self::AsksForBodies
            | Self::ForgesDecided
            | Self::ForgetsLocks
            | Self::LosesLog
            | Self::Twin => false,
        }
    }
}

/// What liars have made up, and what they remember.
#[derive(Default)]
pub(crate) struct Lies {
    /// The block that is named in the place of another.
    pub(crate) forged: BTreeMap<BlockHash, Block>,
    pub(crate) heard: Vec<Checked>,
    /// What was proposed first in each round.
    pub(crate) proposed: BTreeMap<(Height, u32), BlockHash>,
    /// What a liar without locks has prevoted in each round: one word, as anybody has.
    pub(crate) prevoted: BTreeMap<(usize, Height, u32), Option<BlockHash>>,
    /// Prevotes of liars that their locks forbade, or that they had no reason for.
    pub(crate) broken_locks: u64,
}
