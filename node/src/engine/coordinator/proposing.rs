//! Making blocks: whether there is a reason to, and what stands in one.
//!
//! Alone, a coordinator makes a block as soon as there is work. Of several, whose turn it is makes it, and the others tell
//! consensus that there is work, so that a proposer that makes none is passed over.

use super::{
    super::{
        Context,
        chain::{Chain, Head},
        effect::ConsensusEffect,
        validate::Valid,
    },
    Coordinator,
    turn::{Proposed, Turn},
};
use dpgn_market::{BlockDraft, BlockError, Body, Ledger, Refused};
use dpgn_protocol::{
    block::{Block, Certificate, Header},
    bounded::List,
    codec::EncodeError,
    commit::Commit,
    ids::CertificateHash,
    ops::SignedOp,
    units::{Height, Millis, Timestamp},
};
use std::sync::Arc;

/// Idle intervals between two blocks while nothing is open.
const IDLE_BEATS: u64 = 30;

/// Why a block would be made now.
struct Reasons {
    /// An op has come that no try has looked at.
    is_fresh: bool,
    /// Nothing is open, and a sign of life is due.
    is_idle: bool,
    /// A window closes, or something else falls due.
    is_overdue: bool,
}

impl Coordinator {
    /// Consensus wants a block for this height: in its first round when there is reason to make one, later at once.
    pub(in crate::engine) fn turn(&mut self, height: Height, round: u32, last_commit: Option<Certificate>) {
        self.turn = Some(Turn { height, round, last_commit });
    }

    /// More members have voted for the block below.
    pub(in crate::engine) fn late_votes(&mut self, last_commit: Certificate) {
        if let Some(turn) = &mut self.turn {
            turn.last_commit = Some(last_commit);
        }
    }

    /// Consensus starts a height, and has been told of no reason to decide it.
    pub(in crate::engine) fn disarm(&mut self) {
        self.armed = None;
    }

    /// Other members have a reason to decide this height.
    pub(in crate::engine) fn called(&mut self) {
        self.is_called = true;
    }

    /// A block, if it is this node's turn and there is reason to make one.
    pub(in crate::engine) fn propose(&mut self, ctx: &Context<'_>) -> Option<Proposed> {
        let (height, round) = self.turn.as_ref().map(|turn| (turn.height, turn.round))?;
        let must = round > 0 || self.is_called;
        if !must && ctx.now < self.next_try(ctx.ledger, ctx.head) {
            return None;
        }
        let reasons = self.reasons(ctx);
        // With nothing open a block is made only now and then, as a sign of life.
        let may_be_empty = must || reasons.is_idle || reasons.is_overdue;
        if !(self.pool.take_fresh() || may_be_empty) {
            return None;
        }
        self.tried = Some(ctx.now);
        let later = self.turn.as_ref().and_then(|turn| turn.last_commit.clone());
        let last_commit = later.filter(|last| last.block == ctx.head.hash).or_else(|| ctx.head.certificate.clone());
        let time = ctx.now.min(ctx.ledger.latest_time()).max(ctx.head.time.after(Millis::new(1)));
        let draft = match self.draft(ctx, time, last_commit.as_ref()) {
            Ok(draft) => draft,
            Err(error) => {
                tracing::error!(%height, %error, "a block could not be made");
                return None;
            }
        };
        if draft.ops.is_empty() && !may_be_empty {
            self.pool.look_further();
            return None;
        }
        self.turn = None;
        match proposed(ctx, round, time, last_commit, draft) {
            Ok(proposed) => Some(proposed),
            Err(error) => {
                tracing::error!(%height, %error, "a block could not be made");
                None
            }
        }
    }

    /// The ops that the next block would hold; those that never can be applied are forgotten.
    fn draft(
        &mut self,
        ctx: &Context<'_>,
        time: Timestamp,
        last_commit: Option<&Certificate>,
    ) -> Result<BlockDraft, BlockError> {
        let commit = last_commit.map(|last| {
            // It was checked when the block was taken, and later votes when they came.
            Commit::assumed(last.height, last.block, ctx.ledger.deciders(), last.votes.iter().map(|vote| vote.signer))
        });
        let (parent, last_commit) = (ctx.head.hash, commit.as_ref());
        let body = Body { parent, time, proposer: ctx.own(), last_commit, ops: &self.pool.for_a_block() };
        let draft = ctx.ledger.propose(body)?;
        for left in &draft.left_out {
            if !left.reason.may_pass_later() {
                tracing::debug!(op = ?left.op.id(), reason = %left.reason, "an op that is never applied");
                self.pool.drop(left.op.id());
            } else if left.reason != Refused::NoRoom {
                self.pool.postpone(&left.op);
            }
        }
        Ok(draft)
    }

    /// Tells consensus once that there is a reason to decide this height, if it is decided together: the proposer is
    /// waited for from then on.
    pub(in crate::engine) fn arm(&mut self, ctx: &mut Context<'_>) {
        let (height, members) = (ctx.head.height.next(), ctx.ledger.committee().members().len());
        let is_early = ctx.now < self.interval_ends(ctx.ledger, ctx.head);
        // A proposer needs no timer for itself.
        if members < 2 || self.armed == Some(height) || is_early || self.turn.is_some() {
            return;
        }
        let reasons = self.reasons(ctx);
        if reasons.is_fresh || reasons.is_idle || reasons.is_overdue {
            self.armed = Some(height);
            ctx.effect(ConsensusEffect::Arm(height));
        }
    }

    /// The time at which there will be something to do for this height, if nothing comes before it: a block to make, or
    /// consensus to be told that there is reason for one. None if there is no reason yet.
    pub(in crate::engine) fn wakes_at(&self, chain: &Chain) -> Option<Timestamp> {
        let Chain { ledger, head, .. } = chain;
        if self.turn.is_none() && self.armed == Some(head.height.next()) {
            return None;
        }
        let fresh = self.pool.is_fresh().then_some(head.time);
        let overdue = self.overdue_at.filter(|_| self.looked_at == Some(head.height));
        let reason = [fresh, overdue].into_iter().flatten().min()?;
        Some(reason.max(self.next_try(ledger, head)))
    }

    /// The earliest time of the next try at a block without a call for one.
    fn next_try(&self, ledger: &Ledger, head: &Head) -> Timestamp {
        let again = self.tried.map(|tried| tried.after(ledger.params().block_interval));
        self.interval_ends(ledger, head).max(again.unwrap_or_default())
    }

    /// The time at which the head is as old as blocks must be apart. What the head itself says of its time may lie ahead of
    /// every honest clock, so the time at which it came counts if that is earlier.
    fn interval_ends(&self, ledger: &Ledger, head: &Head) -> Timestamp {
        let since = self.followed.map_or(head.time, |at| at.min(head.time));
        since.after(ledger.params().block_interval)
    }

    fn reasons(&mut self, ctx: &Context<'_>) -> Reasons {
        let head = ctx.head;
        if self.looked_at != Some(head.height) {
            (self.looked_at, self.overdue_at) = (Some(head.height), ctx.ledger.next_deadline());
        }
        let idle_for = ctx.ledger.params().idle_interval.saturating_mul(IDLE_BEATS);
        Reasons {
            is_fresh: self.pool.is_fresh(),
            is_idle: ctx.now >= head.time.after(idle_for),
            is_overdue: self.overdue_at.is_some_and(|at| ctx.now >= at),
        }
    }
}

/// The block of a draft, and its name.
fn proposed(
    ctx: &Context<'_>,
    round: u32,
    time: Timestamp,
    last_commit: Option<Certificate>,
    draft: BlockDraft,
) -> Result<Proposed, EncodeError> {
    let head = ctx.head;
    let last = match &last_commit {
        Some(certificate) => certificate.hash()?,
        None => CertificateHash::from_bytes([0; 32]),
    };
    let ops = List::new(draft.ops.iter().map(SignedOp::to_raw).collect())?;
    let header = Header {
        network: ctx.ledger.network(),
        height: head.height.next(),
        parent: head.hash,
        time,
        epoch: draft.applied.epoch,
        proposer: ctx.own(),
        last_commit: last,
        body: Block::body_hash(last_commit.as_ref(), &ops)?,
        ops: draft.applied.ops_root,
        state: draft.applied.state_root,
        next_committee: draft.next.committee().hash(),
    };
    let hash = header.hash()?;
    let valid = Valid { ledger: Arc::new(draft.next), applied: draft.applied, ops: draft.ops };
    Ok(Proposed { round, hash, block: Box::new(Block { header, last_commit, ops }), valid })
}
