//! Validates a ticket for the next draw of challenges.

use super::Plan;
use crate::{apply::refused::Refused, state::ledger::Ledger};
use dpgn_protocol::{ids::CircuitId, ops::SignedOp, units::Credits};

impl Ledger {
    /// Whoever guarantees for the prover's standing ask locks the collateral that the challenge would take if it were drawn
    /// now. One ticket for each guarantor: many names of one owner take part in a draw once, unless each has a collateral
    /// of its own.
    pub(super) fn plan_ticket(&self, op: &SignedOp, circuit: CircuitId) -> Result<Plan, Refused> {
        let (prover, guarantor) = (op.signer(), op.payer());
        let (_, task) = self.challenge_for(prover, circuit).ok_or(Refused::NoChallenge(circuit))?;
        let enough = |enough: crate::rules::challenge::NameEnough| {
            let (weight, given) = (enough.weight, enough.given);
            Refused::NeedsNoChallenge { prover, weight, given }
        };
        self.needs_challenge(prover).map_err(enough)?;
        if self.book.get(prover).is_some_and(|standing| standing.guarantor != guarantor) {
            return Err(Refused::NotTheGuarantor { prover, account: guarantor });
        }
        if let Some((prover, _)) = self.tickets_of(guarantor).next() {
            return Err(Refused::TicketKnown { guarantor, prover });
        }
        let terms = self.challenge_terms(&task, prover).map_err(|why| Refused::Unfit { prover, why })?;
        self.can_pay(op, Credits::ZERO, terms.collateral)?;
        Ok(Plan::Ticket { circuit, collateral: terms.collateral })
    }
}
