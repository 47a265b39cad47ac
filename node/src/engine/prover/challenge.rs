//! Tickets: a prover without a name takes part in the draws of challenges.

use super::Prover;
use crate::engine::Context;
use dpgn_protocol::{
    ids::CircuitId,
    ops::Action,
    units::{Millis, Ppm},
};

/// The time between two tries to take part: a try costs a look at the ledger.
const TRY_AGAIN: Millis = Millis::from_secs(5);

impl Prover {
    /// Asks for a ticket for the next draw, if one is to be had and this prover has none. What the ledger would refuse is
    /// not sent.
    pub(super) fn ask_for_ticket(&mut self, ctx: &mut Context<'_>) {
        let (own, ledger) = (ctx.own(), ctx.ledger);
        let is_new = || ledger.reputation(own).weight < ledger.params().prior_weight;
        if !self.wants_challenges || ledger.params().challenge_share == Ppm::new(0) || !ctx.in_touch {
            return;
        }
        let is_asked = ledger.ticket(own).is_some() || ctx.outbox.any(|a| matches!(a, Action::Ticket { .. }));
        if ctx.now < self.tried.after(TRY_AGAIN) || is_asked || ledger.ask_of(own).is_none() || !is_new() {
            return;
        }
        self.tried = ctx.now;
        for circuit in self.affordable(ctx) {
            if ctx.outbox.offer(ctx.now, ledger, vec![Action::Ticket { circuit }]).is_ok() {
                tracing::info!(%circuit, "takes part in the next draw of challenges");
                return;
            }
        }
    }

    /// The listed circuits of this prover's size whose shelf can pay for a challenge: first those that give most weight, of
    /// these the cheapest, since what is paid beyond that gives none.
    fn affordable(&self, ctx: &Context<'_>) -> Vec<CircuitId> {
        let listed = ctx.ledger.params().challenge_circuits.iter();
        let able = listed.filter_map(|listed| {
            let circuit = ctx.ledger.circuit(listed.circuit)?;
            let (price, set_aside) = ctx.ledger.challenge_on(circuit.level, circuit.degree)?;
            (set_aside >= price && circuit.degree <= self.terms.ask().degree_max).then_some((price, listed.circuit))
        });
        let mut able: Vec<_> = able.collect();
        let most = ctx.ledger.params().counterparty_weight_max;
        able.sort_unstable_by_key(|&(price, circuit)| (most.saturating_sub(price), price, circuit));
        able.into_iter().map(|(_, circuit)| circuit).collect()
    }
}
