//! Following the chain: a decided block is applied, everything that hangs on it follows, and the next height starts.

use super::{
    Commit, ConsensusEffect, DiskEffect, Effect, Engine, HaltReason, Notice, PeerEffect, TaskRecord,
    candidates::Candidates,
    chain::{Chain, ChainError, Taken},
    requester::Done as BlockDone,
    validate::Valid,
};
use dpgn_market::{Applied, Event, Ledger};
use dpgn_protocol::{
    block::{Block, Certificate, Decided},
    ids::AccountId,
    ops::SignedOp,
    receipt::Handover,
    turns::Turns,
    units::{Millis, Timestamp},
};

/// The time for which blocks of peers keep this node from deciding the next height, if members say that there are more.
const CATCHING_UP_MAX: Millis = Millis::new(300);

impl Engine {
    /// Starts the next height after blocks of peers: at once, unless members say that there are more of them. Who votes on
    /// the way to the head votes on what is decided. After a start of this node they must say that there are none.
    pub(super) fn start_if_caught_up(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let may_decide = self.may_decide(now, effects);
        let Some(since) = self.caught_up.filter(|_| may_decide) else { return };
        let Chain { ledger, head, .. } = &self.core.chain;
        if now >= since.after(CATCHING_UP_MAX) || !self.core.sync.is_behind(head.height, ledger.committee()) {
            self.caught_up = None;
            self.start_height(effects);
        }
    }

    /// Has consensus decide the next height, if this node has the role of a coordinator.
    pub(super) fn start_height(&mut self, effects: &mut Vec<Effect>) {
        let Some(coordinator) = &mut self.coordinator else { return };
        coordinator.disarm();
        let committee = self.core.chain.ledger.committee().clone();
        effects.push(ConsensusEffect::StartHeight(self.core.chain.head.height.next(), committee).into());
    }

    pub(super) fn decided(
        &mut self,
        now: Timestamp,
        from: AccountId,
        decided: Decided,
        ops: &[SignedOp],
        effects: &mut Vec<Effect>,
    ) {
        match self.core.chain.take(&decided, ops) {
            Ok(Taken::Applied(applied)) => {
                self.follow(now, decided, ops, *applied, effects);
                self.caught_up = Some(now);
                self.start_if_caught_up(now, effects);
            }
            Ok(Taken::Old) => {}
            Ok(Taken::Early) => {
                self.core.sync.claim(from, decided.block.header.height, self.core.chain.ledger.committee());
                self.catch_up(now, effects);
            }
            Err(
                error @ (ChainError::NotDecided { .. }
                | ChainError::OtherBlock(_)
                | ChainError::OtherBody(_)
                | ChainError::Encode(_)),
            ) => {
                tracing::warn!(%error, "a block that is not decided");
                effects.push(PeerEffect::Penalise(from, "a block that is not decided").into());
            }
            Err(ChainError::Invalid { height, reason }) => {
                effects.push(Effect::Halt(HaltReason::Invalid { height, reason }));
            }
        }
    }

    /// Applies what the committee has decided, this node among it.
    pub(super) fn agreed(
        &mut self,
        now: Timestamp,
        certificate: Certificate,
        block: Block,
        valid: Valid,
        effects: &mut Vec<Effect>,
    ) {
        let Valid { ledger, applied, ops } = valid;
        let (height, round) = (certificate.height, certificate.round);
        // The proposer tells everybody, and whoever was next, should it keep silent: certificates differ, so that each
        // further one who told would cost as much again.
        let (turns, own) = (Turns::new(self.core.chain.ledger.committee()), self.core.outbox.account());
        let tells = [round, round.saturating_add(1)].map(|round| turns.proposer(height, round)).contains(&own);
        self.core.chain.advance(&block, &certificate, ledger);
        let decided = Decided { block, certificate };
        if tells {
            effects.push(PeerEffect::GossipDecided(Box::new(decided.clone())).into());
        }
        self.follow(now, decided, &ops, applied, effects);
        self.start_height(effects);
    }

    /// Does what follows from a block that was applied.
    fn follow(
        &mut self,
        now: Timestamp,
        decided: Decided,
        ops: &[SignedOp],
        applied: Applied,
        effects: &mut Vec<Effect>,
    ) {
        self.core.candidates = Candidates::default();
        let (height, hash) = (self.core.chain.head.height, self.core.chain.head.hash);
        tracing::debug!(%height, ops = ops.len(), "applied");
        if self.snapshots.contradicts_checkpoint(&self.core.chain.ledger, height) {
            // Nothing of it goes to disk.
            return effects.push(Effect::Halt(HaltReason::OtherCheckpoint { height }));
        }
        let snapshot = height.get().is_multiple_of(self.snapshot_every).then(|| self.core.chain.ledger.clone());
        if let Some(ledger) = &snapshot {
            self.shelf.keep(decided.clone(), ledger.clone());
        }
        effects.push(Effect::Notify(Notice::Block { height, block: hash, ops: ops.len() }));
        for op in ops {
            self.core.outbox.confirm(op.id());
        }
        self.react(now, BlockDone { ops, outcomes: &applied.outcomes }, &applied.events, effects);
        // One transaction for the block and what it did to own tasks, before anything else is carried out.
        let (records, rest): (Vec<_>, Vec<_>) = std::mem::take(effects)
            .into_iter()
            .partition(|effect| matches!(effect, Effect::Disk(DiskEffect::SaveTask(_))));
        let tasks = records.into_iter().filter_map(saved_task).collect();
        let handover = handover_of(&self.core.chain.ledger, &decided);
        let commit = Commit { decided, outcomes: applied.outcomes, handover, snapshot, tasks };
        effects.push(DiskEffect::Commit(Box::new(commit)).into());
        effects.extend(rest);
        if applied.events.iter().any(|event| matches!(event, Event::EpochEnded { .. })) {
            effects.push(self.sweep().into());
            self.forget_served();
        }
    }
}

/// The handover of a block that has left this ledger, if it is the last of its epoch.
pub(super) fn handover_of(ledger: &Ledger, decided: &Decided) -> Option<Handover> {
    let (header, certificate) = (decided.block.header.clone(), decided.certificate.clone());
    let is_last = ledger.epoch_at(header.height.next()) != header.epoch;
    is_last.then(|| Handover { header, certificate, committee: ledger.committee().clone() })
}

/// The record in an effect that writes one.
pub(super) fn saved_task(effect: Effect) -> Option<TaskRecord> {
    if let Effect::Disk(DiskEffect::SaveTask(record)) = effect { Some(*record) } else { None }
}
