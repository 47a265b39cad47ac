//! How each input is handed to the roles it concerns.

use super::{
    Accepted, Answer, Call, CallError, Command, ConsensusEffect, Context, DiskEffect, Done, Effect, Engine, POLL,
    PeerEffect, Rejected, Token, chain::Chain, coordinator::Proposed, prover::Prover, requester::Done as BlockDone,
    sweep::may_have,
};
use dpgn_market::{Event, Ledger, Stage};
use dpgn_protocol::{
    council::Said,
    finding::Finding,
    ids::AccountId,
    ops::{Action, SignedOp},
    units::Timestamp,
    wire::{Refusal, Request, Response},
};

impl Engine {
    /// Everything that time alone brings about.
    pub(super) fn tick(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if !std::mem::replace(&mut self.started, true) {
            self.caught_up = Some(now);
        }
        self.start_if_caught_up(now, effects);
        self.core.outbox.tick(now, &self.core.chain.ledger);
        self.poll(now, effects);
        self.catch_up(now, effects);
        self.deliberate(now, effects);
        self.act(now, effects);
    }

    /// Asks for blocks that are missing, whoever is to be asked for them now, and for a snapshot beside them.
    pub(super) fn catch_up(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.look_for_snapshots(now, effects);
        let Chain { ledger, head, .. } = &self.core.chain;
        self.core.sync.ask(now, head.height, ledger.committee(), effects);
    }

    fn poll(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let (last, peer) = self.polled;
        if now < last.after(POLL) {
            return;
        }
        let after = |p: &&AccountId| peer.is_none_or(|last| **p > last);
        let next = self.core.peers.iter().find(after).or_else(|| self.core.peers.first()).copied();
        self.polled = (now, next);
        // A member of the committee every time: among many strangers their turn would come late.
        let committee = self.core.chain.ledger.committee();
        let is_member = |p: &&AccountId| committee.power(**p).is_some() && next != Some(**p);
        let beyond = |p: &&AccountId| is_member(p) && next.is_none_or(|next| **p > next);
        let member = self.core.peers.iter().find(beyond).or_else(|| self.core.peers.iter().find(is_member)).copied();
        effects.extend(
            next.into_iter()
                .chain(member)
                .map(|to| PeerEffect::Ask { to, call: Call::Head(to), request: Request::Head }.into()),
        );
    }

    /// Every role does what the ledger and the clock ask for.
    pub(super) fn act(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let mut ctx = self.core.context(now, effects);
        let has_worker = self.prover.as_ref().is_none_or(Prover::can_spare_a_worker);
        self.requester.tick(&mut ctx, has_worker);
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
        let Some(coordinator) = &mut self.coordinator else { return };
        let mut ctx = self.core.context(now, effects);
        coordinator.arm(&mut ctx);
        let (height, proposed) = (ctx.head.height.next(), coordinator.propose(&ctx));
        let members = ctx.ledger.committee().members().len();
        if let Some(Proposed { round, hash: block, block: body, valid }) = proposed {
            // Members get the body with the proposal; a round trip later they would have to ask for it.
            if members > 1 {
                effects.push(PeerEffect::Say(None, Box::new(Said::Body(body.clone()))).into());
            }
            self.core.candidates.own(block, body, valid);
            effects.push(ConsensusEffect::Propose { height, round, block }.into());
        }
    }

    pub(super) fn react(&mut self, now: Timestamp, done: BlockDone<'_>, events: &[Event], effects: &mut Vec<Effect>) {
        let mut ctx = self.core.context(now, effects);
        let (ledger, own) = (ctx.ledger, ctx.own());
        ctx.outbox.withdraw(|action| is_done(ledger, own, action));
        self.requester.applied(&mut ctx, done, events);
        self.requester.look_for_asks(&mut ctx, events);
        if self.prover.is_some() {
            Prover::tell_of_deposits(own, events);
        }
        if let Some(coordinator) = &mut self.coordinator {
            coordinator.applied(&mut ctx, done.ops);
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
                let response = Response::Head { height: head.height, block };
                effects.push(Effect::Answer(token, Answer::Response(response)));
            }
            (Request::Blocks { from: height }, _) => effects.push(Effect::Answer(token, Answer::Blocks(height))),
            (Request::Snapshot { above }, _) => {
                let refused = Answer::Response(Response::Refused(Refusal::NotFound));
                let answer = self.shelf.newest(above).map_or(refused, Answer::Snapshot);
                effects.push(Effect::Answer(token, answer));
            }
            (Request::Handovers { above }, _) => effects.push(Effect::Answer(token, Answer::Handovers(above))),
            (Request::Chunk { manifest, index }, _) => {
                let among = self.shelf.all();
                effects.push(Effect::Answer(token, Answer::Chunk { among, manifest, index }));
            }
            (Request::PushProof { task, proof }, Some(coordinator)) => {
                let mut ctx = self.core.context(now, effects);
                coordinator.pushed(&mut ctx, from, token, task, proof.into_vec());
            }
            (Request::PushProof { .. }, None) => {
                effects.push(Effect::Answer(token, Answer::Response(Response::Refused(Refusal::NotAllowed))));
            }
            (Request::Proof { task, proof }, _) => {
                // A proof shows what its level lets it show, and is worth its price.
                let ledger = &self.core.chain.ledger;
                let view = ledger.task(task);
                let is_entitled = view.is_some_and(|view| may_have(view.task, proof, from, ledger.committee()));
                let answer = if is_entitled {
                    Answer::Proof(proof)
                } else {
                    Answer::Response(Response::Refused(Refusal::NotAllowed))
                };
                effects.push(Effect::Answer(token, answer));
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
                let Ok(response @ Response::Head { height, .. }) = result else { return };
                self.heard_head(peer, &response);
                if height > self.core.chain.head.height {
                    self.core.sync.claim(peer, height, self.core.chain.ledger.committee());
                    self.catch_up(now, effects);
                }
                self.start_if_caught_up(now, effects);
            }
            Call::Blocks(peer) => {
                // The runtime has fed the blocks themselves already; an empty answer ends the catching up.
                let sent = matches!(&result, Ok(Response::Blocks(blocks)) if !blocks.is_empty());
                if let Ok(Response::Pruned { first }) = result {
                    self.snapshots.pruned(self.core.scene(now), peer, first);
                }
                let Chain { ledger, head, .. } = &self.core.chain;
                self.core.sync.answered(now, peer, sent, head.height, ledger.committee());
                self.catch_up(now, effects);
            }
            call @ (Call::Snapshot(_) | Call::Handovers(_) | Call::Chunk { .. }) => {
                self.snapshot_answered(now, &call, result, effects);
            }
            Call::Push { task, to } => {
                if let Some(prover) = &mut self.prover {
                    prover.pushed(now, task, to, &result);
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
        match done {
            Done::Recipe(task, result) => {
                if let Some(prover) = &mut self.prover {
                    prover.recipe(&mut ctx, task, result);
                }
            }
            Done::Built(task, result) => {
                if let Some(prover) = &mut self.prover {
                    prover.built(&mut ctx, task, result);
                }
            }
            Done::Inputs(task, result) => match &mut self.prover {
                Some(prover) if prover.holds(task) => prover.inputs(&mut ctx, task, result),
                // What arrives after its award has ended is wiped.
                Some(_) | None => ctx.effect(DiskEffect::ForgetJob(task)),
            },
            Done::Proving { task, proof_stage, permille } => {
                if let Some(prover) = &mut self.prover {
                    prover.proving(&mut ctx, task, proof_stage, permille);
                }
            }
            Done::Proved(task, result) => {
                if let Some(prover) = &mut self.prover {
                    prover.proved(&mut ctx, task, result);
                }
            }
            Done::ProvingLocally { task, proof_stage, permille } => {
                self.requester.proving_locally(&mut ctx, task, proof_stage, permille);
            }
            Done::ProvedLocally(task, result) => self.requester.proved_locally(&mut ctx, task, result),
            Done::Kept { task, from, proof, token, is_on_disk } => {
                if let Some(token) = token {
                    let refused = Response::Refused(Refusal::Busy);
                    let response = if is_on_disk { Response::Accepted } else { refused };
                    ctx.effect(Effect::Answer(token, Answer::Response(response)));
                }
                if let Some(coordinator) = self.coordinator.as_mut().filter(|_| is_on_disk) {
                    coordinator.kept(&mut ctx, task, from, proof);
                }
            }
            Done::Judged { task, proof, check } => {
                if let Some(coordinator) = &mut self.coordinator {
                    coordinator.judged(&mut ctx, task, proof, check);
                }
            }
            Done::Collected { task, check } => self.requester.checked(&mut ctx, task, check),
        }
    }

    pub(super) fn command(&mut self, now: Timestamp, token: Token, command: Command, effects: &mut Vec<Effect>) {
        let mut ctx = self.core.context(now, effects);
        match command {
            Command::Submit(draft) => self.requester.submit(&mut ctx, token, *draft),
            Command::Cancel(task) => self.requester.cancel(&mut ctx, token, task),
            Command::Transfer { to, amount } => send(&mut ctx, token, Action::Transfer { to, amount }),
            Command::Payee(address) => send(&mut ctx, token, Action::Payee { address }),
            Command::Stake(order) => send(&mut ctx, token, order.into()),
            Command::Accuse { kind, first, second } => {
                send(&mut ctx, token, Action::Evidence { kind, first, second });
            }
            Command::Drain => {
                let drained = self.prover.as_mut().map(Prover::drain).ok_or(Rejected::NotAProver);
                ctx.effect(Effect::Reply(token, drained.map(|()| Accepted::Sent)));
            }
            Command::Sell(prices) => {
                let prover = self.prover.as_mut().ok_or(Rejected::NotAProver);
                let sent = prover.and_then(|prover| prover.sell(&mut ctx, prices));
                ctx.effect(Effect::Reply(token, sent.map(|()| Accepted::Sent)));
            }
        }
    }
}

/// Signs an op for the node's owner, tries it on the ledger, and sends it if it holds.
fn send(ctx: &mut Context<'_>, token: Token, action: Action) {
    let sent = ctx.outbox.offer(ctx.now, ctx.ledger, vec![action]);
    ctx.effect(Effect::Reply(token, sent.map(|_| Accepted::Sent)));
}

/// Whether an own op that is under way has become idle: another has brought the same word, or the deliveries it judges
/// have ended.
fn is_done(ledger: &Ledger, own: AccountId, action: &Action) -> bool {
    match action {
        Action::Start { award, .. } => {
            let live = ledger.task(award.task).and_then(|view| view.task.stage.award());
            !live.is_some_and(|live| live.number == award.number && live.started.is_none())
        }
        Action::Judge { findings } => !findings.iter().any(|judged| {
            let delivery = ledger.task(judged.award.task).and_then(|view| view.task.stage.delivery());
            let said =
                delivery.filter(|delivery| delivery.proof == judged.proof).map(|d| d.findings.get(&own).copied());
            // Bytes that came after all are worth a second word.
            said.is_some_and(|said| said.is_none_or(|said| said == Finding::Absent && judged.finding != said))
        }),
        Action::Evidence { kind, first, second } => !ledger.can_slash(*kind, first, second),
        // Whoever still wants it once the award has ended asks anew.
        Action::Recall(task) => !ledger.task(*task).is_some_and(|view| view.task.stage == Stage::Pending),
        Action::Transfer { .. }
        | Action::Circuit(_)
        | Action::Bid(_)
        | Action::Ask(_)
        | Action::Seal { .. }
        | Action::Open { .. }
        | Action::Cancel { .. }
        | Action::Decline { .. }
        | Action::Alive
        | Action::Deliver { .. }
        | Action::Bond { .. }
        | Action::Vote { .. }
        | Action::Unbond { .. }
        | Action::Release { .. }
        | Action::Payee { .. }
        | Action::Ticket { .. }
        | Action::Candidate => false,
    }
}
