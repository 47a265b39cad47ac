//! Reentry: when a member that has just started may decide again.
//!
//! A disk may be older than the words of its node: a backup, or a machine that was set back. Such a node has signed at heights that
//! its log does not hold, and whoever has kept those words burns its bond as soon as it signs others there. So at a start a member
//! first asks the others how high they are, and decides once as many as can decide, itself among them, are no higher than it is. A
//! committee that was down as a whole answers itself, and goes on.
//!
//! Members cannot always reach each other. After some seconds more than a third of the power is enough, so an honest member among
//! them; and a node whose last block is young has not been away for long, whoever answers. What this node has said before its start
//! was about heights up to the one then decided: once it follows blocks that were made after its start, it has left all of it behind.

use super::{
    Engine,
    chain::{Chain, Head},
    effect::{Effect, PeerEffect},
    input::Call,
};
use dpgn_protocol::{
    committee::Committee,
    ids::AccountId,
    units::{Height, Millis, Timestamp},
    wire::{Request, Response},
};
use std::collections::BTreeMap;

/// The time without a block after which fewer answers are enough.
const PATIENCE: Millis = Millis::from_secs(5);
/// A node whose last block is younger than this was not set back by a backup.
const YOUNG: Millis = Millis::from_secs(60);
/// A block whose time is so much later than the start of this node, by its own clock, was made after it, whoever's clock is wrong.
const AFTER_START: Millis = Millis::from_secs(20);
/// The pause before members are asked again for their heights.
const ASK_AGAIN: Millis = Millis::from_secs(1);

/// What a node that has started has heard from members of how high they are.
#[derive(Default)]
pub(super) struct Reentry {
    /// The last answer of each member.
    answers: BTreeMap<AccountId, Height>,
    /// The head when it was looked at last, and the time from which on it has been that.
    head: Option<(Height, Timestamp)>,
    /// The time at which it was looked at first.
    begun: Option<Timestamp>,
    asked: Timestamp,
    is_over: bool,
    /// Whether the log says that this node waits.
    is_told: bool,
}

impl Reentry {
    /// A peer has answered how high it is; only members count.
    fn heard(&mut self, from: AccountId, height: Height, committee: &Committee) {
        if !self.is_over {
            self.answers.insert(from, height);
            self.answers.retain(|peer, _| committee.power(*peer).is_some());
        }
    }

    /// Whether this node may decide the height above its head. Once it may, it always may.
    fn may_decide(&mut self, now: Timestamp, own: AccountId, head: &Head, committee: &Committee) -> bool {
        let since = match self.head {
            Some((height, since)) if height == head.height => since,
            Some(_) | None => now,
        };
        self.head = Some((head.height, since));
        let begun = *self.begun.get_or_insert(now);
        let has_followed = head.time >= begun.after(AFTER_START) && now >= begun.after(AFTER_START);
        self.is_over = self.is_over || has_followed || self.is_level(now, since, own, head, committee);
        // Alone nobody else has words of this node, and who is no member signs none: it is looked at again when it is one.
        self.is_over || committee.members().len() < 2 || committee.power(own).is_none()
    }

    fn is_level(&self, now: Timestamp, since: Timestamp, own: AccountId, head: &Head, committee: &Committee) -> bool {
        let by = |is_higher: bool| {
            let answers = self.answers.iter().filter(move |(_, height)| (**height > head.height) == is_higher);
            answers.map(|(peer, _)| *peer)
        };
        let (has_waited, are_many) = (now >= since.after(PATIENCE), committee.is_quorum(by(false).chain([own])));
        // Who says that it is higher may be a liar, or the one that was there: its blocks have some seconds to come.
        if are_many && (has_waited || by(true).next().is_none()) {
            return true;
        }
        let is_young = (head.time.before(AFTER_START)..head.time.after(YOUNG)).contains(&now);
        has_waited && !committee.is_third(by(true)) && (is_young || committee.is_third(by(false)))
    }

    /// Asks those members again that have not said that they are no higher, and says once that this node waits.
    fn ask(
        &mut self,
        now: Timestamp,
        head: &Head,
        members: impl Iterator<Item = AccountId>,
        effects: &mut Vec<Effect>,
    ) {
        if now < self.asked.after(ASK_AGAIN) {
            return;
        }
        self.asked = now;
        let is_open = |member: &AccountId| self.answers.get(member).is_none_or(|height| *height > head.height);
        let ask = |to| PeerEffect::Ask { to, call: Call::Head(to), request: Request::Head }.into();
        effects.extend(members.filter(is_open).map(ask));
    }

    fn tell(&mut self, now: Timestamp, head: &Head) {
        let has_waited = self.head.is_some_and(|(_, since)| now >= since.after(PATIENCE));
        if has_waited && !std::mem::replace(&mut self.is_told, true) {
            let (height, answers) = (head.height, self.answers.len());
            tracing::warn!(%height, answers, "this member signs nothing yet: its last block is old, and too few say that they have no newer one");
        }
    }
}

impl Engine {
    /// Whether this node signs while it is in office, and asks nobody any more how high others are.
    pub fn signs(&self) -> bool {
        self.coordinator.is_some() && (self.reentry.is_over || self.core.chain.ledger.committee().members().len() < 2)
    }

    /// Whether this node may decide the height above its head; while it may not, it asks.
    pub(super) fn may_decide(&mut self, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
        let (own, Chain { ledger, head, .. }) = (self.core.outbox.account(), &self.core.chain);
        if self.coordinator.is_none() || self.reentry.is_over {
            return true;
        }
        let committee = ledger.committee();
        let may = self.reentry.may_decide(now, own, head, committee);
        if !self.reentry.is_over {
            let is_asked = |peer: &AccountId| committee.power(*peer).is_some() && *peer != own;
            self.reentry.ask(now, head, self.core.peers.iter().copied().filter(is_asked), effects);
        }
        if !may {
            self.reentry.tell(now, head);
        }
        may
    }

    /// A peer says how high it is. A hint in gossip, where anybody can write another's name, names no block.
    pub(super) fn heard_head(&mut self, from: AccountId, response: &Response) {
        if let Response::Head { height, block } = response
            && (block.is_some() || height.get() == 0)
        {
            self.reentry.heard(from, *height, self.core.chain.ledger.committee());
        }
    }
}

#[cfg(test)]
mod tests;
