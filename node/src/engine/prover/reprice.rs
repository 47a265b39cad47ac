//! The ask of this node: kept standing, and sent anew with new prices while the node runs. What is awarded already keeps
//! its price.

use super::Prover;
use crate::engine::{Context, effect::Rejected, input::Prices};
use dpgn_protocol::{
    bounded::List,
    ops::{Action, Ask, Offer},
    units::Millis,
};

/// The life of an ask; it is renewed at half of that.
const ASK_LIFE: Millis = Millis::from_secs(600);
/// The time that an ask stands at least which follows from what agents ask for.
const STEADY: Millis = Millis::from_secs(5);

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
        if self.terms.is_lent() && !is_new_price && ctx.now < self.asked.after(STEADY) {
            return;
        }
        let ask = self.sent(ctx, terms);
        if ctx.outbox.submit(ctx.now, ctx.ledger, Action::Ask(Box::new(ask))).is_some() {
            self.asked = ctx.now;
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
