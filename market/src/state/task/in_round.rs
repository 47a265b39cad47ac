//! A task in its sealed round: when it is open to the standing asks, and when its phase closes.

use super::{Moment, Stage, Task};
use crate::state::{
    award::Award,
    held::Promise,
    round::{Phase, SealedAsk},
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Timestamp},
};

impl Task {
    /// Whether the task waits for its sealed round, and no auction looks at it.
    pub(crate) fn is_in_round(&self) -> bool {
        self.round.as_ref().is_some_and(|round| round.phase != Phase::Over)
    }

    /// Whether an auction of standing asks may award the task.
    pub(crate) fn is_waiting(&self) -> bool {
        self.stage == Stage::Pending && !self.is_in_round()
    }

    /// Whether the task is to be awarded to the best opened ask of its round.
    pub(crate) fn is_decided(&self) -> bool {
        self.stage == Stage::Pending && self.round.as_ref().is_some_and(|round| round.phase == Phase::Decided)
    }

    /// Whether prices of the task's round are being opened, or are known and nobody has been awarded it. Then nothing its
    /// requester does ends the task: it could look at the prices, and offer the cheapest prover its own in a new bid.
    pub(crate) fn is_bound_by_round(&self) -> bool {
        let Some(round) = &self.round else { return false };
        match round.phase {
            Phase::Opening(_) => true,
            Phase::Decided => self.is_decided(),
            Phase::Sealing(_) | Phase::Over => false,
        }
    }

    /// The moment at which the present phase of the task's round closes; `None` if no time ends it.
    pub(crate) fn round_closes(&self) -> Option<Moment> {
        self.round.as_ref().filter(|_| self.stage == Stage::Pending)?.phase.closes()
    }

    /// The deposits and the collateral that are locked in the task's round, with the accounts that have put them up.
    pub(crate) fn sealed_stakes(&self) -> impl Iterator<Item = (AccountId, Credits)> {
        let asks = self.round.iter().flat_map(|round| round.asks.values());
        let stakes = asks.flat_map(|ask| [(ask.payer, ask.deposit()), (ask.seat.guarantor, ask.collateral())]);
        stakes.filter(|(_, stake)| *stake > Credits::ZERO)
    }

    /// The provers whose sealed asks may still be awarded the task, and that do not hold its award; with the proof that each has
    /// promised by that.
    pub(crate) fn sealed_promises(&self) -> impl Iterator<Item = (AccountId, Promise)> {
        let holder = self.stage.award().map(|award| award.prover);
        let asks = self.round.iter().flat_map(|round| &round.asks);
        let promised = move |(prover, ask): &(&AccountId, &SealedAsk)| ask.may_be_awarded() && Some(**prover) != holder;
        asks.filter(promised).map(|(prover, ask)| (*prover, ask.seat.promise))
    }

    /// The time since which a prover's award or sealed ask has its turn among its others: that of its `Seal`, or that of an
    /// award that is of no round. `None` if it has neither.
    pub fn turn_of(&self, prover: AccountId) -> Option<Timestamp> {
        let round = self.round.as_ref().filter(|_| self.is_in_round());
        let award = self.stage.award().filter(|award| award.prover == prover);
        round.and_then(|round| round.asks.get(&prover)).map(|ask| ask.at).or(award.map(|award| award.at))
    }

    /// The deposit that each sealed ask of the task's round pays, in micro-credits; zero if it is in none.
    pub(crate) fn sealed_deposit(&self) -> Credits {
        self.bid.sealed.filter(|_| self.is_in_round()).map_or(Credits::ZERO, |sealed| sealed.deposit)
    }

    /// The price that the prover of the live award opened in the sealed round that made it; `None` if an auction of standing
    /// asks did, and without an award.
    pub(crate) fn sealed_price(&self) -> Option<Credits> {
        let award = self.stage.award().filter(|_| self.is_in_round())?;
        self.round.as_ref()?.asks.get(&award.prover)?.price
    }

    /// The gain of the prover of the live award above what it asked in the sealed round, in micro-credits. Zero if the
    /// award is not of a round: then it is paid what it asked.
    pub(crate) fn sealed_gain(&self) -> Credits {
        let gain = |award: &Award| Some(award.price.saturating_sub(self.sealed_price()?));
        self.stage.award().and_then(gain).unwrap_or(Credits::ZERO)
    }
}
