//! New prices while the node runs: the ask is sent anew, and what is awarded already keeps its price.

use super::{ASK_LIFE, Prover};
use crate::engine::{Context, effect::Rejected, input::Prices};
use dpgn_protocol::{
    bounded::List,
    ops::{Action, Ask, Offer},
};

impl Prover {
    /// Sells at these prices from now on, if the ledger takes the ask.
    pub(in crate::engine) fn sell(&mut self, ctx: &mut Context<'_>, prices: Prices) -> Result<(), Rejected> {
        let offers = prices.offers.into_iter().map(|offer| self.with_speed(offer)).collect::<Result<Vec<_>, _>>()?;
        let terms = Ask {
            offers: List::new(offers).map_err(|_| Rejected::TooManyOffers)?,
            flat: prices.flat,
            degree_max: prices.degree_max,
            collateral_max: prices.collateral_max,
            ..self.terms.clone()
        };
        let mut ask = terms.clone();
        ask.expires = ctx.now.after(ASK_LIFE);
        ask.warm = List::new(self.warm.clone()).unwrap_or_default();
        ctx.outbox.offer(ctx.now, ctx.ledger, vec![Action::Ask(Box::new(ask))])?;
        // An older ask that is still under way may be decided later: then this one is sent again.
        self.terms = terms;
        Ok(())
    }

    /// The offer with the speed that was declared for its level so far, if it names none.
    fn with_speed(&self, offer: Offer) -> Result<Offer, Rejected> {
        if offer.rows_per_second > 0 {
            return Ok(offer);
        }
        let known = self.terms.offers.iter().find(|known| known.level == offer.level);
        let rows_per_second = known.ok_or(Rejected::NoSpeed(offer.level))?.rows_per_second;
        Ok(Offer { rows_per_second, ..offer })
    }
}
