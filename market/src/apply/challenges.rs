//! The draw: in the first block of an epoch, tickets become challenges in an order that nobody knew before, as long as
//! what their shelves have lasts.
//!
//! ```text
//! a bid on a shelf → a share of its fee is set aside for the shelf → the draw → the escrow of a challenge
//!                                  ↑ what is too much goes to the committee        ↓ an award that came to nothing
//!                                  └───────────────────────────────────────────────┘
//! ```
//! Each shelf pays for its own challenges. Whoever moves the going rate of a shelf that nobody else uses is paid out of
//! its own fees, and that of a busy one moves what a few challenges cost.
//!
//! What must never happen: a ticket that outlives its draw; a challenge that waits for an auction.

use super::event::Event;
use crate::state::{coins::Coins, inconsistent::Inconsistent, ledger::Ledger};
use dpgn_protocol::{
    challenge::lot,
    ids::{AccountId, CircuitId},
    ops::SignedOp,
    units::{Credits, Degree, Level},
};

/// The challenges that a shelf can pay for out of what it keeps after a draw.
const KEPT_MAX: u64 = 4;

impl Ledger {
    /// Takes up a ticket for the next draw.
    pub(super) fn take_ticket(
        &mut self,
        op: &SignedOp,
        circuit: CircuitId,
        collateral: Credits,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        let (prover, guarantor) = (op.signer(), op.payer());
        self.lock_ticket(prover, guarantor, circuit, collateral)?;
        events.push(Event::Ticketed { prover, guarantor, collateral });
        Ok(())
    }

    /// Gives back what is locked for a prover's ticket, if it has one.
    pub(super) fn return_ticket(&mut self, prover: AccountId, events: &mut Vec<Event>) {
        if let Some((guarantor, collateral)) = self.void_ticket(prover) {
            events.push(Event::TicketReturned { prover, guarantor, collateral });
        }
    }

    /// Draws challenges, if the block is the first of its epoch. All tickets are void from here on.
    pub(crate) fn draw_challenges(&mut self, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        if !self.is_first_of_epoch() {
            return Ok(());
        }
        let tickets = self.drawn();
        tickets.iter().for_each(|(prover, _)| self.return_ticket(*prover, events));
        let mut awards = 0;
        for (prover, circuit) in tickets {
            if awards < self.params.block_awards_max {
                awards += u32::from(self.award_challenge(prover, circuit, events)?);
            }
        }
        let shelves: Vec<(Level, Degree)> = self.pools.challenge_shelves().collect();
        for shelf in shelves {
            let price = self.challenge_price(shelf.0, shelf.1).unwrap_or_default();
            self.pools.keep_for_challenges(shelf, Credits::new(price.get().saturating_mul(KEPT_MAX)));
        }
        Ok(())
    }

    /// The tickets in the order of the draw, which the block below decides.
    fn drawn(&self) -> Vec<(AccountId, CircuitId)> {
        let below = self.parent();
        let held = self.book.iter().filter_map(|(prover, _)| Some((prover, self.ticket_of(prover)?.circuit)));
        let mut tickets: Vec<_> = held.collect();
        tickets.sort_by_cached_key(|(prover, _)| lot(below, *prover));
        tickets
    }

    /// Awards a prover its challenge, if it still can serve it and its shelf can pay for it; whether there was an award.
    fn award_challenge(
        &mut self,
        prover: AccountId,
        circuit: CircuitId,
        events: &mut Vec<Event>,
    ) -> Result<bool, Inconsistent> {
        let Some((id, mut task)) = self.challenge_for(prover, circuit) else { return Ok(false) };
        let Some(guarantor) = self.book.get(prover).map(|standing| standing.guarantor) else { return Ok(false) };
        let Ok(terms) = self.challenge_terms(&task, prover) else { return Ok(false) };
        let (shelf, price) = ((task.bid.level, task.degree), task.bid.reward);
        let is_full = self.open().len() >= self.params.tasks_max as usize;
        if is_full || self.needs_challenge(prover).is_err() || self.pools.challenges_on(shelf) < price {
            return Ok(false);
        }
        let decision = self.decide(&task, guarantor, terms, None);
        // Nobody waits for it: it ends when its prover has had its time.
        task.bid.deadline = self.clock.wall(decision.due);
        task.lock(self.pools.pay_challenge(shelf, price)?, Coins::none());
        let requester = task.requester;
        self.add_task(id, task);
        events.push(Event::Opened { task: id, requester });
        self.assign(id, decision, events)?;
        Ok(true)
    }
}
