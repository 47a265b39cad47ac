//! How each input is handed to the roles it concerns.

use super::{
    Accepted, Call, CallError, Command, Done, Effect, Engine, Notice, POLL, SNAPSHOT_EVERY, Token,
    chain::{ChainError, Taken},
    sweep::proofs_of,
};
use dpgn_market::{Event, TaskView};
use dpgn_protocol::{
    block::Decided,
    codec,
    ids::AccountId,
    ops::{Action, SignedOp},
    units::Timestamp,
    wire::{Refusal, Request, Response},
};

impl Engine {
    /// Everything that time alone brings about.
    pub(super) fn tick(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if !std::mem::replace(&mut self.started, true) {
            self.start_height(effects);
        }
        self.core.outbox.tick(now, &self.core.chain.ledger);
        self.poll(now, effects);
        self.act(now, effects);
    }

    fn poll(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let (last, peer) = self.polled;
        if now < last.after(POLL) {
            return;
        }
        let after = |p: &&AccountId| peer.is_none_or(|last| **p > last);
        let next = self.core.peers.iter().find(after).or_else(|| self.core.peers.first()).copied();
        self.polled = (now, next);
        effects.extend(next.map(|to| Effect::Ask { to, call: Call::Head(to), request: Request::Head }));
    }

    fn start_height(&self, effects: &mut Vec<Effect>) {
        let committee = self.core.chain.ledger.committee().clone();
        effects.push(Effect::StartHeight(self.core.chain.head.height.next(), committee));
    }

    /// Every role does what the ledger and the clock ask for.
    fn act(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let mut ctx = self.core.context(now, effects);
        self.requester.tick(&mut ctx);
        if let Some(prover) = &mut self.prover {
            prover.tick(&mut ctx);
        }
        if let Some(coordinator) = &mut self.coordinator {
            coordinator.tick(&mut ctx);
        }
    }

    pub(super) fn pool(&mut self, now: Timestamp, ops: Vec<SignedOp>, effects: &mut Vec<Effect>) {
        if let Some(coordinator) = &mut self.coordinator {
            coordinator.pool(&self.core.context(now, effects), ops);
        }
    }

    /// Sends what roles have signed, and makes a block if it is time.
    pub(super) fn flush(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let fresh = self.core.outbox.flush(effects);
        if !fresh.is_empty() {
            self.pool(now, fresh, effects);
        }
        if let Some(coordinator) = &mut self.coordinator {
            coordinator.propose(&mut self.core.context(now, effects));
        }
    }

    pub(super) fn decided(
        &mut self,
        now: Timestamp,
        from: Option<AccountId>,
        decided: Decided,
        ops: &[SignedOp],
        effects: &mut Vec<Effect>,
    ) {
        let applied = match self.core.chain.take(&decided, ops) {
            Ok(Taken::Applied(applied)) => applied,
            Ok(Taken::Old) => return,
            Ok(Taken::Early) => {
                if let Some(from) = from {
                    self.core.chain.catch_up(now, from, effects);
                }
                return;
            }
            Err(
                error @ (ChainError::NotDecided { .. }
                | ChainError::OtherBlock(_)
                | ChainError::OtherBody(_)
                | ChainError::Encode(_)),
            ) => {
                tracing::warn!(%error, "a block that is not decided");
                effects.extend(from.map(|peer| Effect::Penalise(peer, "a block that is not decided")));
                return;
            }
            Err(error @ ChainError::Invalid { .. }) => return effects.push(Effect::Halt(error.to_string())),
        };
        let (height, hash) = (self.core.chain.head.height, self.core.chain.head.hash);
        tracing::debug!(%height, ops = ops.len(), "applied");
        let snapshot = height.get().is_multiple_of(SNAPSHOT_EVERY).then(|| codec::encode(&self.core.chain.ledger));
        let snapshot = match snapshot.transpose() {
            Ok(snapshot) => snapshot,
            Err(error) => return effects.push(Effect::Halt(format!("the ledger: {error}"))),
        };
        effects.push(Effect::Notify(Notice::Block { height, block: hash, ops: ops.len() }));
        let decided = Box::new(decided);
        if from.is_none() {
            effects.push(Effect::GossipDecided(decided.clone()));
        }
        for op in ops {
            self.core.outbox.confirm(op.id());
        }
        self.react(now, ops, &applied.events, effects);
        // One transaction for the block and what it did to own tasks, before anything else is carried out.
        let mut tasks = Vec::new();
        effects.retain(|effect| match effect {
            Effect::SaveTask(record) => {
                tasks.push((**record).clone());
                false
            }
            _ => true,
        });
        effects.insert(0, Effect::Commit { decided, snapshot, tasks });
        if applied.events.iter().any(|event| matches!(event, Event::EpochEnded { .. })) {
            effects.push(self.sweep());
        }
        self.start_height(effects);
    }

    fn react(&mut self, now: Timestamp, ops: &[SignedOp], events: &[Event], effects: &mut Vec<Effect>) {
        let mut ctx = self.core.context(now, effects);
        self.requester.applied(&mut ctx, ops, events);
        if let Some(coordinator) = &mut self.coordinator {
            coordinator.applied(&mut ctx, ops);
        }
        self.act(now, effects);
    }

    pub(super) fn asked(
        &mut self,
        now: Timestamp,
        from: AccountId,
        token: Token,
        request: Request,
        effects: &mut Vec<Effect>,
    ) {
        let head = &self.core.chain.head;
        match (request, &mut self.coordinator) {
            (Request::Head, _) => {
                let block = (head.height.get() > 0).then_some(head.hash);
                effects.push(Effect::Answer(token, Response::Head { height: head.height, block }));
            }
            (Request::Blocks { from: height }, _) => effects.push(Effect::AnswerBlocks(token, height)),
            (Request::PushProof { task, proof }, Some(coordinator)) => {
                let mut ctx = self.core.context(now, effects);
                coordinator.pushed(&mut ctx, from, token, task, proof.into_vec());
            }
            (Request::PushProof { .. }, None) => {
                effects.push(Effect::Answer(token, Response::Refused(Refusal::NotAllowed)));
            }
            (Request::Proof { task, proof }, _) => {
                // A proof shows what its level lets it show: to the requester and the committee alone.
                let ledger = &self.core.chain.ledger;
                let view = ledger.task(task).filter(|t| proofs_of(t.task).any(|p| p == proof));
                let entitled = |t: TaskView<'_>| t.task.requester == from || ledger.committee().power(from).is_some();
                let answer = if view.is_some_and(entitled) {
                    Effect::AnswerProof(token, proof)
                } else {
                    Effect::Answer(token, Response::Refused(Refusal::NotAllowed))
                };
                effects.push(answer);
            }
        }
    }

    pub(super) fn answered(
        &mut self,
        now: Timestamp,
        call: Call,
        result: Result<Response, CallError>,
        effects: &mut Vec<Effect>,
    ) {
        match call {
            Call::Head(peer) => {
                if let Ok(Response::Head { height, .. }) = result
                    && height > self.core.chain.head.height
                {
                    self.core.chain.catch_up(now, peer, effects);
                }
            }
            Call::Blocks(peer) => {
                // The runtime has fed the blocks themselves already; an empty answer ends the catching up.
                let sent = matches!(&result, Ok(Response::Blocks(blocks)) if !blocks.is_empty());
                self.core.chain.caught_up(now, peer, sent, effects);
            }
            Call::Push { task, to } => {
                if let Some(prover) = &mut self.prover {
                    prover.pushed(task, to, &result);
                }
            }
            Call::Judge { task, proof, from } => {
                if let Some(coordinator) = &mut self.coordinator {
                    coordinator.fetched(&mut self.core.context(now, effects), task, proof, from, result);
                }
            }
            Call::Collect { task, from, .. } => {
                self.requester.collected(&mut self.core.context(now, effects), task, from, result);
            }
        }
    }

    pub(super) fn done(&mut self, now: Timestamp, done: Done, effects: &mut Vec<Effect>) {
        let mut ctx = self.core.context(now, effects);
        match (done, &mut self.prover, &mut self.coordinator) {
            (Done::Recipe(task, result), Some(prover), _) => prover.recipe(&mut ctx, task, result),
            (Done::Built(task, result), Some(prover), _) => prover.built(&mut ctx, task, result),
            // What arrives after its award has ended is wiped.
            (Done::Inputs(task, _), Some(prover), _) if !prover.holds(task) => ctx.effect(Effect::ForgetJob(task)),
            (Done::Inputs(task, result), Some(prover), _) => prover.inputs(&mut ctx, task, result),
            (Done::Proving { task, step, permille }, Some(prover), _) => {
                prover.proving(&mut ctx, task, step, permille);
            }
            (Done::Proved(task, result), Some(prover), _) => prover.proved(&mut ctx, task, result),
            (Done::Kept { task, from, proof }, _, Some(coordinator)) => {
                coordinator.kept(&mut ctx, task, from, proof);
            }
            (Done::Judged { task, proof, finding }, _, Some(coordinator)) => {
                coordinator.judged(&mut ctx, task, proof, finding);
            }
            (Done::Collected { task, finding }, _, _) => self.requester.checked(&mut ctx, task, finding),
            _ => {}
        }
    }

    pub(super) fn command(&mut self, now: Timestamp, token: Token, command: Command, effects: &mut Vec<Effect>) {
        let mut ctx = self.core.context(now, effects);
        match command {
            Command::Submit(draft) => self.requester.submit(&mut ctx, token, *draft),
            Command::Cancel(task) => self.requester.cancel(&mut ctx, token, task),
            Command::Transfer { to, amount } => {
                let sent = ctx.outbox.offer(now, ctx.ledger, vec![Action::Transfer { to, amount }]);
                ctx.effect(Effect::Reply(token, sent.map(|_| Accepted::Sent)));
            }
        }
    }
}
