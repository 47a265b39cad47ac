//! The ask of this node: kept standing, and sent anew with new prices while the node runs. What is awarded already keeps
//! its price.

use super::Prover;
use crate::engine::{Context, effect::Rejected, input::Prices};
use dpgn_protocol::{
    bounded::List,
    ops::{Action, Ask, Offer},
    units::{Millis, Timestamp},
};

/// The life of an ask; it is renewed at half of that.
const ASK_LIFE: Millis = Millis::from_secs(600);
/// The time that an ask stands at least which follows from what agents ask for.
const STEADY: Millis = Millis::from_secs(5);

/// How the ask follows agents, who come and go as they like: at once, and then no more than once in a while.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Following {
    /// Whether the last ask that was sent followed from agents.
    follows: bool,
    /// The time at which one was sent last because of them.
    at: Timestamp,
}

impl Following {
    /// Whether an ask may be sent now that follows from agents, or does so no longer.
    fn may(&self, now: Timestamp, is_lent: bool) -> bool {
        !(is_lent || self.follows) || now >= self.at.after(STEADY)
    }

    fn sent(&mut self, now: Timestamp, is_lent: bool) {
        if is_lent || self.follows {
            self.at = now;
        }
        self.follows = is_lent;
    }
}

impl Prover {
    /// Keeps an ask of this node standing, or none while it sells nothing.
    pub(super) fn keep_asking(&mut self, ctx: &mut Context<'_>) {
        let (half, terms) = (Millis::new(ASK_LIFE.get() / 2), self.terms.ask());
        let standing = ctx.ledger.ask_of(ctx.own()).map(|standing| &*standing.ask);
        let stands = standing.is_some_and(|ask| {
            let bare = Ask { warm: terms.warm.clone(), expires: terms.expires, ..ask.clone() };
            bare == *terms && ask.expires > ctx.now.after(half)
        });
        let is_right = if terms.capacity == 0 { standing.is_none() } else { stands };
        if is_right || !ctx.in_touch || ctx.outbox.any(|a| matches!(a, Action::Ask(_))) {
            return;
        }
        // Each ask costs a fee and counts from the next block on: agents that come and go do not send one after another.
        let is_new_price =
            standing.is_none_or(|ask| (ask.flat, ask.collateral_max) != (terms.flat, terms.collateral_max));
        let is_lent = self.terms.is_lent();
        if !is_new_price && !self.terms.drains() && !self.following.may(ctx.now, is_lent) {
            return;
        }
        let ask = self.sent(ctx, terms);
        if ctx.outbox.submit(ctx.now, ctx.ledger, Action::Ask(Box::new(ask))).is_some() {
            self.following.sent(ctx.now, is_lent);
        }
    }

    /// The ask on these terms, as it is sent now.
    fn sent(&self, ctx: &Context<'_>, terms: &Ask) -> Ask {
        let warm = List::new(self.warm.clone()).unwrap_or_default();
        Ask { expires: ctx.now.after(ASK_LIFE), warm, ..terms.clone() }
    }

    /// Sells at these prices from now on, if the ledger takes the ask.
    pub(in crate::engine) fn sell(&mut self, ctx: &mut Context<'_>, prices: Prices) -> Result<(), Rejected> {
        let offers = prices.offers.into_iter().map(|offer| self.with_speed(offer)).collect::<Result<Vec<_>, _>>()?;
        let terms = Ask {
            offers: List::new(offers).map_err(|_| Rejected::TooManyOffers)?,
            flat: prices.flat,
            degree_max: prices.degree_max,
            collateral_max: prices.collateral_max,
            ..self.terms.own().clone()
        };
        let mut next = self.terms.clone();
        next.reprice(terms);
        // While nothing is sold, the ledger is asked once something is.
        if next.ask().capacity > 0 {
            ctx.outbox.offer(ctx.now, ctx.ledger, vec![Action::Ask(Box::new(self.sent(ctx, next.ask())))])?;
        }
        // An older ask that is still under way may be decided later: then this one is sent again.
        self.terms = next;
        Ok(())
    }

    /// The offer with the speed that was declared for its level so far, if it names none.
    fn with_speed(&self, offer: Offer) -> Result<Offer, Rejected> {
        if offer.rows_per_second > 0 {
            return Ok(offer);
        }
        let known = self.terms.own().offers.iter().find(|known| known.level == offer.level);
        let rows_per_second = known.ok_or(Rejected::NoSpeed(offer.level))?.rows_per_second;
        Ok(Offer { rows_per_second, ..offer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each ask costs its node a fee: an agent that registers and leaves without end would spend its credits.
    #[test]
    fn agents_that_come_and_go_cost_an_ask_in_five_seconds_at_most() {
        let (mut following, mut sent, mut stands) = (Following::default(), Vec::new(), false);
        for now in (100_000..160_000).step_by(100) {
            let (now, is_lent) = (Timestamp::new(now), now % 200 == 0);
            if is_lent != stands && following.may(now, is_lent) {
                following.sent(now, is_lent);
                (stands, sent) = (is_lent, [sent, vec![now.get()]].concat());
            }
        }
        assert_eq!(sent.first(), Some(&100_000), "the first one that comes is followed at once");
        assert!(sent.windows(2).all(|two| two[1] - two[0] >= STEADY.get()), "{sent:?}");
        let mut own = Following::default();
        own.sent(Timestamp::new(100_000), false);
        assert!(own.may(Timestamp::new(100_001), false) && own.may(Timestamp::new(100_001), true));
    }
}
