//! How a committee of several decides a height, though some of its members lie: Tendermint, by the engine of Malachite.
//!
//! [`Bft`] is a pure core: it is fed one [`Input`] after the other, and gives [`Output`]s that the host carries out in
//! their order. What it asks to be stored must be durable before any later output is carried out, and **the next input may
//! be fed only when every output of the last is carried out**: a log in another order cannot be replayed, and a node that
//! cannot replay its log signs twice.
//!
//! The core knows hashes alone. Bodies of blocks are the host's: it gets them, judges them, stores those that a
//! [`Record::Value`] names with the record, and sends them. A host that has no answer yet (the body is missing, its time
//! lies ahead of this node's clock) gives none: "not yet" is no verdict.
//!
//! `machine` is the core, `record` what it wants on disk, `replay` how a height begins anew from that after a crash.
//! The engine's types stay in here: `context` is what it is generic over, `convert` goes to and fro, `hands` carries
//! out what it wants. Beside it stands what it lacks: `early` words of the next height, `late` votes for the last one,
//! `locks` that others must learn of, and `own`, the belt that stops the node before it contradicts itself.

mod context;
mod convert;
mod early;
mod hands;
mod late;
mod locks;
mod machine;
mod own;
mod record;
mod replay;

pub use machine::Bft;
pub use record::{Record, RecordedWord, Timer, TimerKind};

use dpgn_protocol::{
    block::Certificate,
    codec::EncodeError,
    committee::Committee,
    council::{Checked, Word, WordError, WordKind},
    ids::{AccountId, BlockHash},
    sign::Unverified,
    units::Height,
};

/// Rounds ahead of the current one from which words are taken: further ones are dropped by the engine.
const ROUNDS_AHEAD_MAX: u32 = 10;

/// An input of the core. What is for another height than the one being decided is dropped, unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The height below is decided and applied: this committee decides this one. Heights rise.
    Start {
        /// The height that is being decided.
        height: Height,
        /// The committee that decides it; this node may be none of its members, and is silent then.
        committee: Committee,
        /// What was persisted at this height before this node stopped, in its order; empty if it has just got here.
        log: Vec<Record>,
    },
    /// A word of a member, of this node's own or of a stranger; of any height.
    Heard(Checked),
    /// The answer to [`Output::GetValue`]: the host has the body, and holds it valid.
    Propose {
        /// The height of the block.
        height: Height,
        /// The round that a block was asked for.
        round: u32,
        /// The hash of the block's header.
        block: BlockHash,
    },
    /// The answer to [`Output::Judge`]: the host has the body.
    Judged {
        /// The height of the block.
        height: Height,
        /// The round of the proposal.
        round: u32,
        /// The hash of the block's header.
        block: BlockHash,
        /// The member that proposed it.
        by: AccountId,
        /// Whether the block may follow its parent: a function of block and parent, the same on every machine.
        valid: bool,
    },
    /// A timer has run out that [`Output::Schedule`] started.
    Elapsed {
        /// The height at which the timer was started.
        height: Height,
        /// The timer that has run out.
        timer: Timer,
    },
    /// Some tens of milliseconds have passed since [`Output::ShowLater`].
    Show {
        /// The height at which it was asked for.
        height: Height,
        /// The round in which it was asked for.
        round: u32,
    },
    /// This node knows of a reason to decide this height: there is work, or an empty block is due.
    Arm {
        /// The height that there is a reason for.
        height: Height,
    },
}

/// An output of the core: the host carries outputs out in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Append these records to the log of the height, with the bodies that valid values name: durable, all or none of
    /// them, before anything that follows.
    Persist(Vec<Record>),
    /// Asks for a block of this node's own: it is its turn. A later one takes the place of an earlier one.
    GetValue {
        /// The height that is being decided.
        height: Height,
        /// The round of the height, from 0; after round 0 an empty block is better than none.
        round: u32,
    },
    /// Asks for a verdict on a proposed block, whose body may still have to be got. It may be asked again.
    Judge {
        /// The height of the block.
        height: Height,
        /// The round of the proposal.
        round: u32,
        /// The hash of the block's header.
        block: BlockHash,
        /// The member that proposed it: it has the body.
        by: AccountId,
    },
    /// More than two thirds have prevoted this block: what depends on a clock or on who sent it no longer counts.
    Polka {
        /// The height of the block.
        height: Height,
        /// The hash of the block's header.
        block: BlockHash,
    },
    /// Say this to all members.
    Send(Word),
    /// Send the body of this block to all members.
    SendBody {
        /// The height of the block.
        height: Height,
        /// The hash of the block's header.
        block: BlockHash,
    },
    /// Start a timer, in the place of the same one if it runs; [`Input::Elapsed`] when it has run out.
    Schedule {
        /// The height at which the timer runs.
        height: Height,
        /// The timer; how long it runs is the host's setting, longer with each round.
        timer: Timer,
    },
    /// Stop a timer, if it runs.
    Cancel(Timer),
    /// Stop all timers.
    CancelAll,
    /// Members with more than a third of the power have voted: there is work, whatever this node knows of it.
    Arm {
        /// The height that they have voted at.
        height: Height,
    },
    /// Feed [`Input::Show`] in some tens of milliseconds, unless the height is decided before.
    ShowLater {
        /// The height that is being decided.
        height: Height,
        /// The round that this node has locked a block in.
        round: u32,
    },
    /// Words of members that cannot both be honest.
    Evidence(Vec<Evidence>),
    /// A word was said at a height that is decided here: whoever said it lacks that block.
    Behind {
        /// The account that has signed the word.
        peer: AccountId,
        /// The height of the word.
        height: Height,
    },
    /// A word was said at a height above the next: blocks are missing here.
    Ahead {
        /// The account that has signed the word.
        peer: AccountId,
        /// The height of the word.
        height: Height,
    },
    /// The committee has decided the height; the last output of a step.
    Decided(Certificate),
}

/// Two signed words of one member, height and round that are not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The kind of both words.
    pub kind: WordKind,
    /// The word that came first.
    pub first: Unverified,
    /// The word that came later.
    pub second: Unverified,
}

/// Why the core has stopped for good: the host, the log or the engine has a fault, and to go on could be to sign twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BftError {
    /// The engine has refused to go on; the text is its own.
    #[error("the consensus engine has failed: {0}")]
    Engine(String),
    /// The engine has asked for something that this core never lets it need.
    #[error("the consensus engine asks for {0}, which is never needed here")]
    Unforeseen(&'static str),
    /// A message cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A record of the log does not hold.
    #[error("the log at height {height} is damaged: {reason}")]
    Log {
        /// The height that was started.
        height: Height,
        /// The fault of the record.
        reason: WordError,
    },
    /// A record of the log is of another height.
    #[error("the log of height {height} holds a word of height {got}")]
    OtherLog {
        /// The height that was started.
        height: Height,
        /// The height of the word.
        got: Height,
    },
    /// A height was started that is not above the last one.
    #[error("height {got} was started after height {last}")]
    Backwards {
        /// The height that was started.
        got: Height,
        /// The height that was started before.
        last: Height,
    },
    /// This node was about to sign another word than it has signed before.
    #[error("at height {height}, round {round}, this node was about to contradict its own {kind:?}")]
    Contradiction {
        /// The height of both words.
        height: Height,
        /// The round of both words.
        round: u32,
        /// The kind of both words.
        kind: WordKind,
    },
    /// The core has failed before, and does nothing any more.
    #[error("consensus has stopped")]
    Stopped,
}
