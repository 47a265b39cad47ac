//! A member's part in deciding a height: it gets bodies, has them checked, tells consensus what was found, and applies
//! what the committee has decided.

use super::{
    Engine, HaltReason,
    candidates::{Agreed, Step},
    council_input::CouncilInput,
    effect::{ConsensusEffect, Effect, PeerEffect, WorkEffect},
    validate::BlockOrder,
};
use dpgn_protocol::{
    council::{Said, WordKind},
    ids::AccountId,
    ops::Action,
    sign::Unverified,
    units::{Height, Millis, Timestamp},
};
use std::collections::BTreeMap;

/// The pause between two blocks that one member is sent.
const SERVE_EVERY: Millis = Millis::new(100);
/// Heights below the head whose blocks a member is sent without asking for them.
const HELP_WITHIN: u64 = 2;

impl Engine {
    pub(super) fn council(&mut self, now: Timestamp, input: CouncilInput, effects: &mut Vec<Effect>) {
        let next = self.core.chain.head.height.next();
        let candidates = &mut self.core.candidates;
        match input {
            CouncilInput::Turn { height, round, last_commit } if height == next => {
                if let Some(coordinator) = &mut self.coordinator {
                    coordinator.turn(height, round, last_commit);
                }
            }
            CouncilInput::Proposed { height, round, block, by } if height == next => candidates.ask(block, round, by),
            CouncilInput::Polka { height, block } if height == next => candidates.polka(block),
            CouncilInput::Called { height } if height == next => {
                if let Some(coordinator) = &mut self.coordinator {
                    coordinator.called();
                }
            }
            CouncilInput::LateVotes(certificate) => {
                if let Some(coordinator) = &mut self.coordinator {
                    coordinator.late_votes(certificate);
                }
            }
            CouncilInput::Agreed(certificate) if certificate.height == next => candidates.agree(certificate),
            CouncilInput::Body { from, hash, block } if block.header.height == next => {
                if self.core.chain.ledger.committee().power(from).is_some() {
                    candidates.body(from, hash, block);
                }
            }
            CouncilInput::Recalled { hash, block } if block.header.height == next => candidates.recall(hash, block),
            CouncilInput::BodyWanted { from, height, block } if height == next => {
                let is_member = self.core.chain.ledger.committee().power(from).is_some();
                let body = candidates.get(block).filter(|_| is_member);
                if let Some(body) = body.filter(|_| may_have(&mut self.served, now, from)) {
                    effects.push(PeerEffect::Say(Some(from), Box::new(Said::Body(Box::new(body.clone())))).into());
                }
            }
            CouncilInput::SendBody { block } => {
                if let Some(body) = candidates.get(block) {
                    effects.push(PeerEffect::Say(None, Box::new(Said::Body(Box::new(body.clone())))).into());
                }
            }
            CouncilInput::Checked { block, result } => {
                if let Err(reason) = &result {
                    tracing::warn!(?block, %reason, "a proposed block is invalid");
                }
                candidates.checked(block, result.ok());
            }
            CouncilInput::Unchecked { block } => candidates.unchecked(block),
            CouncilInput::BodyWanted { from: peer, height, .. } | CouncilInput::Behind { peer, height }
                if height < next =>
            {
                self.help(now, peer, height, effects);
            }
            CouncilInput::Ahead { peer, height } => {
                let decided = Height::new(height.get().saturating_sub(1));
                self.core.sync.claim(peer, decided, self.core.chain.ledger.committee());
                self.catch_up(now, effects);
            }
            CouncilInput::Equivocated { kind, first, second } => self.accuse(now, kind, first, second, effects),
            CouncilInput::Turn { .. }
            | CouncilInput::Proposed { .. }
            | CouncilInput::Polka { .. }
            | CouncilInput::Called { .. }
            | CouncilInput::Agreed(_)
            | CouncilInput::Body { .. }
            | CouncilInput::Recalled { .. }
            | CouncilInput::BodyWanted { .. }
            | CouncilInput::Behind { .. } => {}
        }
        self.deliberate(now, effects);
    }

    /// Does what is due about the blocks of this height.
    pub(super) fn deliberate(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let core = &mut self.core;
        let members: Vec<AccountId> = core.chain.ledger.committee().members().iter().map(|m| m.account).collect();
        let height = core.chain.head.height.next();
        for step in core.candidates.due(now, core.outbox.account(), &members) {
            match step {
                Step::Fetch { from, block } => {
                    effects.push(PeerEffect::Say(Some(from), Box::new(Said::WantBody { height, block })).into());
                }
                Step::Check { block } => {
                    let Some(body) = core.candidates.get(block) else { continue };
                    let heard = self.coordinator.as_ref().map(|c| c.heard(&body.ops)).unwrap_or_default();
                    let (parent, head) = (core.chain.ledger.clone(), core.chain.head.clone());
                    let order = BlockOrder { hash: block, block: Box::new(body.clone()), parent, head, heard };
                    effects.push(WorkEffect::CheckBlock(Box::new(order)).into());
                }
                Step::Judged { round, block, by, valid } => {
                    effects.push(ConsensusEffect::Judged { height, round, block, by, valid }.into());
                }
            }
        }
        match core.candidates.take_agreed() {
            Agreed::Waiting => {}
            Agreed::Good(certificate, block, valid) => self.agreed(now, certificate, *block, *valid, effects),
            Agreed::Bad(certificate) => {
                // What it was is in the log of when it was found.
                let height = certificate.height;
                effects.push(Effect::Halt(HaltReason::Disagreed { height, block: certificate.block }));
            }
            Agreed::Broken(certificate) => {
                let height = certificate.height;
                effects.push(Effect::Halt(HaltReason::Unchecked { height, block: certificate.block }));
            }
        }
    }

    /// Brings to the ledger that a member has signed two words where one is allowed.
    fn accuse(
        &mut self,
        now: Timestamp,
        kind: WordKind,
        first: Unverified,
        second: Unverified,
        effects: &mut Vec<Effect>,
    ) {
        let (ctx, liar) = (self.core.context(now, effects), first.signer);
        // One pair burns the bond; more of them would only take the places of other ops.
        let is_told = |action: &Action| matches!(action, Action::Evidence { first, .. } if first.signer == liar);
        if ctx.ledger.can_slash(kind, &first, &second) && !ctx.outbox.any(is_told) {
            ctx.outbox.submit(ctx.now, ctx.ledger, Action::Evidence { kind, first, second });
        }
    }

    /// Sends a member the decided block that it lacks, not too often.
    fn help(&mut self, now: Timestamp, peer: AccountId, height: Height, effects: &mut Vec<Effect>) {
        let (head, ledger) = (self.core.chain.head.height, &self.core.chain.ledger);
        let is_member = [ledger.committee(), ledger.deciders()].iter().any(|office| office.power(peer).is_some());
        // Whoever is further behind asks for all that it lacks.
        let is_near = height.get().saturating_add(HELP_WITHIN) > head.get();
        if is_member && is_near && may_have(&mut self.served, now, peer) {
            effects.push(PeerEffect::SendDecided { to: peer, height }.into());
        }
    }

    /// Forgets when those were served who are in no office any more.
    pub(super) fn forget_served(&mut self) {
        let ledger = &self.core.chain.ledger;
        let offices = [ledger.committee(), ledger.deciders()];
        self.served.retain(|member, _| offices.iter().any(|office| office.power(*member).is_some()));
    }
}

/// Whether a member may be sent a block again: not too often, whatever it asks for.
fn may_have(served: &mut BTreeMap<AccountId, Timestamp>, now: Timestamp, member: AccountId) -> bool {
    let last = served.entry(member).or_default();
    let may = now >= last.after(SERVE_EVERY);
    if may {
        *last = now;
    }
    may
}

#[cfg(test)]
mod tests;
