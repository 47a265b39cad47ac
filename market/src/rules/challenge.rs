//! Challenges: who may be asked for one, what it pays, and on which terms.
//!
//! The price is half of the shelf's going rate: less than such a proof costs whoever sells there, so all that there is to
//! gain is the name. And the weight that it gives a name is what it pays, so a name that is made of challenges costs its
//! owner about as much as it weighs, as one that is made of bids does.

use super::eligibility::{Ineligible, fits};
use crate::state::{award::Terms, ledger::Ledger, task::Task};
use dpgn_protocol::{
    challenge,
    ids::{AccountId, CircuitId, TaskId},
    units::{Credits, Degree, Level, Ppm},
};

/// The price of a challenge as a share of the going rate.
const PRICE_SHARE: Ppm = Ppm::new(500_000);
/// The share of what one counterparty may give at which challenges have given enough.
const ENOUGH: Ppm = Ppm::new(500_000);

/// What a prover has that needs no challenge.
pub(crate) struct NameEnough {
    /// The weight of all its outcomes.
    pub(crate) weight: Credits,
    /// The weight that challenges have given it.
    pub(crate) given: Credits,
}

impl Ledger {
    /// The price of a challenge on a shelf; `None` if nothing was ever settled on any of its level.
    pub(crate) fn challenge_price(&self, level: Level, degree: Degree) -> Option<Credits> {
        let going = self.rates.get(level, degree)?;
        Some(going.price.share(PRICE_SHARE)).filter(|price| *price > Credits::ZERO)
    }

    /// Whether challenges can make a prover better known: its outcomes weigh less than the prior, and challenges have not
    /// given it most of what one counterparty may give.
    pub(crate) fn needs_challenge(&self, prover: AccountId) -> Result<(), NameEnough> {
        let (weight, network) = (self.reputation(prover).weight, challenge::requester(self.network()));
        let given = self
            .find_account(prover)
            .map_or(Credits::ZERO, |account| account.history.given_by(network, self.epoch(), self.params()));
        let is_enough = given >= self.params.counterparty_weight_max.share(ENOUGH);
        if weight >= self.params.prior_weight || is_enough { Err(NameEnough { weight, given }) } else { Ok(()) }
    }

    /// The challenge that a prover would be asked for if it were drawn in this block; `None` if there is none of this
    /// circuit. Its deadline is the furthest: whoever awards it knows the time that it takes.
    pub(crate) fn challenge_for(&self, prover: AccountId, circuit: CircuitId) -> Option<(TaskId, Task)> {
        let listed = self.params.challenge_circuits.iter().find(|listed| listed.circuit == circuit)?;
        let registered = self.circuits.get(&circuit).filter(|_| self.params.challenge_share > Ppm::new(0))?;
        let price = self.challenge_price(registered.level, registered.degree)?;
        let (network, now) = (self.network(), self.time());
        let id = challenge::task(network, self.parent(), prover);
        let requester = challenge::requester(network);
        let times = (now, now.after(self.params.task_life));
        Some((id, Task::challenge((id, requester), (listed, registered), (prover, price), times)))
    }

    /// The terms of a prover's standing ask for a challenge, whose price is not the ask's own.
    pub(crate) fn challenge_terms(&self, task: &Task, prover: AccountId) -> Result<Terms, Ineligible> {
        let standing = self.book.get(prover).ok_or(Ineligible::Level(task.bid.level))?;
        let price = task.bid.reward;
        let declared = fits(task, prover, standing, price, price)?;
        self.can_serve(task, prover, standing, self.asked_now(prover, price, declared))
    }
}
