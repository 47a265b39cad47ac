//! Applies a block: ops in order, then windows and rewards that rise, then the auction, then the draw of
//! challenges, then the end of the epoch.
//!
//! A block that cannot be applied has changed nothing. Whether it can depends on the block and the state
//! before it alone.

use super::{
    event::Event,
    refused::Refused,
    watch::{Step, Watch},
};
use crate::state::{funds::Supply, inconsistent::Inconsistent, ledger::Ledger};
use dpgn_protocol::{
    block::Vote,
    codec::{self, EncodeError},
    commit::Commit,
    ids::{AccountId, BlockHash, CommitteeHash, OpId, OpsRoot, StateRoot},
    limits::{BLOCK_BYTES_MAX, BLOCK_OPS_MAX, COMMITTEE_MAX},
    merkle,
    ops::SignedOp,
    outcome::Outcome,
    sign::Message,
    units::{Epoch, Height, Millis, Timestamp},
};

/// The bytes of a block that are not ops, at most: the header, and the commit of the largest committee. So a block that the
/// ledger applies is never larger than [`BLOCK_BYTES_MAX`] when it is encoded.
pub(super) const FRAME_BYTES: usize = 24 << 10;

const _: () = assert!(COMMITTEE_MAX * (Vote::MAX_BYTES + 128) + (1 << 10) <= FRAME_BYTES, "a commit must fit");

/// The parts of a block the ledger reads; signatures are already verified.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// The hash of the block below; all zero for the first block.
    pub parent: BlockHash,
    /// The time of the block; later than that of the last block.
    pub time: Timestamp,
    /// The account that proposed the block; a member of the committee.
    pub proposer: AccountId,
    /// The commit of the block below, its signatures checked; `None` in the first block alone.
    pub last_commit: Option<&'a Commit>,
    /// The ops in the order in which they are applied.
    pub ops: &'a [SignedOp],
}

/// The effects of a block that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The height of the block.
    pub height: Height,
    /// The epoch of the block.
    pub epoch: Epoch,
    /// The outcome of each op, in the order of the ops.
    pub outcomes: Vec<Outcome>,
    /// The Merkle leaves, one per op; receipts are made from them.
    pub leaves: Vec<[u8; 32]>,
    /// The changes that the block made, in the order in which it made them.
    pub events: Vec<Event>,
    /// The Merkle root of ops and outcomes that the header must name.
    pub ops_root: OpsRoot,
    /// The hash of the ledger after the block that the header must name.
    pub state_root: StateRoot,
}

/// Why a block is not applied. Nothing has been changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The block is not later than its parent.
    #[error("the block's time {got} is not later than {after}")]
    Time {
        /// The time of the block.
        got: Timestamp,
        /// The time of the parent.
        after: Timestamp,
    },
    /// The block is later than its parent by more than a step.
    #[error("the block's time {got} is later than {latest}, the latest after its parent")]
    TimeStep {
        /// The time of the block.
        got: Timestamp,
        /// The latest time that is allowed.
        latest: Timestamp,
    },
    /// The block has no commit of the block below, or the first block has one.
    #[error("the block at height {height}: a commit of the block below {}", if *.has_one { "is there, and nothing is below" } else { "is missing" })]
    Commit {
        /// The height of the block.
        height: Height,
        /// Whether the block has a commit.
        has_one: bool,
    },
    /// The commit is of another block than the one below.
    #[error("the commit is of block {got} at height {at}, below is {parent} at {height}")]
    OtherCommit {
        /// The block that the commit is of.
        got: BlockHash,
        /// The height of that block.
        at: Height,
        /// The block below.
        parent: BlockHash,
        /// The height of the block below.
        height: Height,
    },
    /// The commit is of another committee than the one that has decided the block below.
    #[error("the commit was checked against committee {got}, {expected} has decided the block below")]
    OtherDeciders {
        /// The committee that the commit was checked against.
        got: CommitteeHash,
        /// The committee that has decided the block below.
        expected: CommitteeHash,
    },
    /// The block has more bytes than a block may have.
    #[error("a block of {got} bytes, {max} is the limit")]
    TooManyBytes {
        /// The bytes of all ops together, and those that header and commit have at most.
        got: usize,
        /// The largest number of bytes that is allowed.
        max: usize,
    },
    /// The proposer is no member of the committee.
    #[error("the proposer {0} is not in the committee")]
    Proposer(AccountId),
    /// The block has more ops than a block may have.
    #[error("{got} ops, {max} is the limit")]
    TooManyOps {
        /// The number of ops in the block.
        got: usize,
        /// The largest number of ops that is allowed.
        max: usize,
    },
    /// An op may not stand in this block.
    #[error("op {index} ({op}): {reason}")]
    Admission {
        /// The place of the op in the block.
        index: usize,
        /// The id of the op.
        op: OpId,
        /// The reason why it may not.
        reason: Refused,
    },
    /// Credits were made or lost: a fault in this program, never in a block.
    #[error("credits were made or lost: {0:?}")]
    Conservation(Supply),
    /// What a validated op needed was not there: a fault in this program, never in a block.
    #[error("the ledger contradicts itself: {0}")]
    Inconsistent(#[from] Inconsistent),
    /// The state or an outcome cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl Ledger {
    /// Applies a block, or leaves the ledger as it was.
    pub fn apply(&mut self, body: Body<'_>) -> Result<Applied, BlockError> {
        self.apply_watched(body, &mut ())
    }

    /// Applies a block while somebody looks on, or leaves the ledger as it was.
    pub(crate) fn apply_watched(&mut self, body: Body<'_>, watch: &mut impl Watch) -> Result<Applied, BlockError> {
        let mut next = self.clone();
        next.begin(&body)?;
        if body.ops.len() > BLOCK_OPS_MAX {
            return Err(BlockError::TooManyOps { got: body.ops.len(), max: BLOCK_OPS_MAX });
        }
        let bytes = body.ops.iter().map(SignedOp::size).fold(FRAME_BYTES, usize::saturating_add);
        if bytes > BLOCK_BYTES_MAX {
            return Err(BlockError::TooManyBytes { got: bytes, max: BLOCK_BYTES_MAX });
        }
        let (mut outcomes, mut events) = (Vec::new(), Vec::new());
        for (index, op) in body.ops.iter().enumerate() {
            next.admit(op, body.time).map_err(|reason| BlockError::Admission { index, op: op.id(), reason })?;
            watch.op_begins(&next, op);
            let (plan, told) = (next.plan(op, body.time), events.len());
            let outcome = next.apply_op(op, plan, &mut events)?;
            watch.step_ends(&next, Step::Op(op, &outcome), &events[told..]);
            outcomes.push(outcome);
            if cfg!(debug_assertions) {
                next.check_supply()?;
            }
        }
        let applied = next.finish(body.ops, outcomes, events, watch)?;
        *self = next;
        Ok(applied)
    }

    /// The latest time that the next block may have. A network that stood still for longer catches up step by step.
    pub fn latest_time(&self) -> Timestamp {
        // A genesis may be older than its network.
        let is_first = self.height() == Height::new(0);
        let step = if is_first { Millis::new(u64::MAX) } else { self.params.time_step_max };
        self.time().after(step)
    }

    /// Enters the height of the block.
    pub(crate) fn begin(&mut self, body: &Body<'_>) -> Result<(), BlockError> {
        if body.time <= self.time() {
            return Err(BlockError::Time { got: body.time, after: self.time() });
        }
        let latest = self.latest_time();
        if body.time > latest {
            return Err(BlockError::TimeStep { got: body.time, latest });
        }
        if self.committee.power(body.proposer).is_none() {
            return Err(BlockError::Proposer(body.proposer));
        }
        self.check_commit(body)?;
        let voters = body.last_commit.map_or(&[][..], Commit::voters);
        // The first block of an epoch has the commit of a committee whose time is over.
        let of_office = (!self.is_last_of_epoch()).then_some(voters);
        self.tenure.note_block(&self.committee, body.proposer, of_office);
        let voters = voters.iter().copied().filter(|&v| self.committee.power(v).is_some());
        self.clock.advance(body.time, body.proposer, voters, self.params.idle_interval);
        self.clock.stands_on(body.parent);
        Ok(())
    }

    /// Checks that the block has the commit of the block below, by the committee that has decided that; the first block has
    /// none. Whoever made the commit has checked its signatures.
    fn check_commit(&self, body: &Body<'_>) -> Result<(), BlockError> {
        let (height, parent) = (self.height(), body.parent);
        let Some(commit) = body.last_commit.filter(|_| height > Height::new(0)) else {
            let has_one = body.last_commit.is_some();
            let is_wrong = has_one || height > Height::new(0);
            return if is_wrong { Err(BlockError::Commit { height: height.next(), has_one }) } else { Ok(()) };
        };
        if (commit.height(), commit.block()) != (height, parent) {
            return Err(BlockError::OtherCommit { got: commit.block(), at: commit.height(), parent, height });
        }
        let (got, expected) = (commit.committee(), self.deciders().hash());
        if got != expected {
            return Err(BlockError::OtherDeciders { got, expected });
        }
        Ok(())
    }

    /// Ends the block: what follows from its ops and its time.
    pub(crate) fn finish(
        &mut self,
        ops: &[SignedOp],
        outcomes: Vec<Outcome>,
        mut events: Vec<Event>,
        watch: &mut impl Watch,
    ) -> Result<Applied, BlockError> {
        let told = events.len();
        self.close_windows(&mut events)?;
        self.raise_rewards(&mut events)?;
        watch.step_ends(self, Step::Windows, &events[told..]);
        let told = events.len();
        self.run_auction(&mut events)?;
        watch.step_ends(self, Step::Auction, &events[told..]);
        let told = events.len();
        self.draw_challenges(&mut events)?;
        watch.step_ends(self, Step::Draw, &events[told..]);
        let told = events.len();
        self.end_epoch(&mut events)?;
        watch.step_ends(self, Step::Epoch, &events[told..]);
        self.rank_touched();
        self.check_supply()?;
        let leaves = ops
            .iter()
            .zip(&outcomes)
            .map(|(op, outcome)| Ok(merkle::leaf(op.id(), &codec::encode(outcome)?)))
            .collect::<Result<Vec<_>, EncodeError>>()?;
        Ok(Applied {
            height: self.height(),
            epoch: self.epoch(),
            ops_root: merkle::root(&leaves),
            state_root: self.root()?,
            outcomes,
            leaves,
            events,
        })
    }

    /// Checks that no credit was made or lost.
    pub(crate) fn check_supply(&self) -> Result<(), BlockError> {
        let supply = self.supply();
        debug_assert!(self.is_consistent(), "running sums or the schedule are not those of the state");
        if supply.is_conserved() { Ok(()) } else { Err(BlockError::Conservation(supply)) }
    }
}
