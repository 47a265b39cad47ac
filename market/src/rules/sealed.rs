//! Sealed rounds: who may seal an ask, who wins a round, and what the winner is paid.
//!
//! An opened ask is scored like a standing one, against the reserve of its round. The best that can serve the bid wins,
//! and is paid the highest price at which it would still score as much as the second:
//!
//! ```text
//! paid = price₂ + ⌊w_r · reserve · (reputation₁ − reputation₂) / w_p⌋, at most the reserve, and what the bid can pay
//! ```
//! No part of that depends on the winner's own price, and a lower price wins whenever a higher one does: so nobody gains
//! by another price than its cost. Without a second ask the reserve takes its place. It is fixed when the bid is taken
//! up, by the reward and the going price: both cost something to move. Standing asks have no part in it, since they cost
//! nothing to put up when prices are known, and nothing to take back (ADR 14).
//!
//! An opened ask binds: one that would have won and cannot serve the bid loses its deposit, else opening it would be free
//! of risk, and so would choosing among the sealed asks of several names. What it needs is kept for it from its commitment
//! on, so that nobody else can make it unable: it counts as an award that its prover holds, later ones wait behind it, and
//! the collateral of an award at the highest price is locked (ADR 17).

use super::{
    eligibility::{Asked, Ineligible, fits, has_room},
    score::Weights,
};
use crate::state::{
    award::Terms,
    held::Promise,
    ledger::Ledger,
    round::{Phase, Round, SEALED_ASKS_MAX, SealedAsk, Seat},
    task::Task,
};
use dpgn_protocol::{
    ids::AccountId,
    ops::{Bid, SealedRound},
    units::{Credits, Degree, Millis, Ppm, Timestamp},
};
use std::cmp::Reverse;

/// The least deposit, as a share of the reserve. The less it is, the more a requester saves by asks of its own: it looks at
/// the opened prices and withholds those of its asks that would win.
const DEPOSIT_SHARE: Ppm = Ppm::new(500_000);
/// The least time of either phase, in idle intervals: to hear of a block and to be heard in a later one.
const PHASE_INTERVALS_MIN: u64 = 2;
/// The most time of either phase, in idle intervals: two minutes by the usual rules. Blocks come while a round runs, though
/// nothing is said, and while prices are opened its bid has its place in a full table for sure.
const PHASE_INTERVALS_MAX: u64 = 60;

/// The outcome of a round, as far as it has come.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SealedRanking {
    /// The terms of the winner with what it is paid as their price; `None` if no opened ask can serve the bid.
    pub(crate) best: Option<Terms>,
    /// The next best terms, as they were asked.
    pub(crate) second: Option<Terms>,
    /// The provers that would have won before it and cannot serve the bid, by their own doing.
    pub(crate) unable: Vec<AccountId>,
}

/// What decides about an opened ask: score, reputation, time, id. The better are less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    score: Reverse<i128>,
    reputation: Reverse<Ppm>,
    at: Timestamp,
    prover: AccountId,
}

impl Weights {
    /// The highest price at which an ask of the first reputation scores as much as one of the second at this price.
    fn equal_price(&self, reserve: Credits, reputation: Ppm, second: (Credits, Ppm)) -> Credits {
        let ahead = i128::from(reputation.get()) - i128::from(second.1.get());
        // The product is below 2^104, as in the score.
        let worth = i128::from(self.reputation.get()) * i128::from(reserve.get()) * ahead;
        let unit = i128::from(self.price.get()) * i128::from(Ppm::ONE.get());
        // A genesis gives the price a weight; without one no price would make up for a reputation.
        let premium = worth.checked_div_euclid(unit).unwrap_or(i128::MAX >> 1);
        let price = i128::from(second.0.get()).saturating_add(premium).max(0);
        Credits::new(u64::try_from(price).unwrap_or(u64::MAX))
    }

    fn rank(&self, reserve: Credits, price: Credits, reputation: Ppm, at: Timestamp, prover: AccountId) -> Rank {
        Rank { score: Reverse(self.exact(reserve, price, reputation)), reputation: Reverse(reputation), at, prover }
    }
}

impl Ledger {
    /// The most that a sealed round for this bid pays, and what its asks are scored against.
    pub(crate) fn reserve_price(&self, bid: &Bid, degree: Degree) -> Credits {
        let going = self.rates.get(bid.level, degree);
        going.map_or(bid.reward, |going| Weights::of(&self.params).effective(bid.reward, Credits::ZERO, going.price))
    }

    /// The least and the most that a round with this reserve may ask as a deposit.
    pub(crate) fn deposit_range(&self, bid: &Bid, reserve: Credits) -> (Credits, Credits) {
        let least = reserve.share(DEPOSIT_SHARE).max(self.params.collateral_min);
        (least, least.max(bid.reward))
    }

    /// The least and the most time of either phase of a round.
    pub(crate) fn phase_range(&self) -> (Millis, Millis) {
        let of = |intervals| self.params.idle_interval.saturating_mul(intervals);
        (of(PHASE_INTERVALS_MIN), of(PHASE_INTERVALS_MAX))
    }

    /// The number of blocks that come for a round alone.
    pub(crate) fn blocks_of_round(&self, round: &SealedRound) -> u64 {
        let blocks = |phase: Millis| phase.get().div_ceil(self.params.idle_interval.get().max(1));
        // A plan of more blocks than this is refused; it need not be counted.
        let most = PHASE_INTERVALS_MAX;
        blocks(round.seal).min(most) + blocks(round.open).min(most)
    }

    /// The place that a prover's standing ask keeps for a bid if it is sealed now: it could serve the bid at any price that
    /// the round pays, were the round over in so much time and the prover to hold what it holds now.
    pub(crate) fn seat_for(
        &self,
        task: &Task,
        round: &Round,
        prover: AccountId,
        now: Timestamp,
    ) -> Result<Seat, Ineligible> {
        let standing = self.book.get(prover).ok_or(Ineligible::Level(task.bid.level))?;
        let declared = fits(task, prover, standing, Credits::ZERO, Credits::ZERO)?;
        let reputation = self.standing_reputation(prover, standing);
        let (has, required) = (reputation.value, task.bid.reputation_min);
        if has < required {
            return Err(Ineligible::Reputation { has, required });
        }
        let (queue, rest) = (self.queue_of(prover), self.rest_of(task, round, now));
        let decided = self.clock.moment(now).after(rest);
        let held_up = self.held_up(task, standing, queue, decided);
        let proven = held_up.saturating_add(reputation.proven(standing.queued(declared, queue)));
        let needed = task.overhead(&self.params).saturating_add(proven);
        let left = task.bid.deadline.since(now.after(rest));
        if needed > left {
            return Err(Ineligible::TooSlow { needed, left });
        }
        let collateral = self.collateral(task, round.reserve, declared, &reputation).max(task.sealed_deposit());
        self.can_stake(standing, collateral)?;
        has_room(queue, standing)?;
        let promise = Promise { declared, inputs_by: decided.after(task.allowance(&self.params)) };
        Ok(Seat { guarantor: standing.guarantor, collateral, queue, proven, promise })
    }

    /// The time until a round is decided at the latest, if nothing stands still.
    fn rest_of(&self, task: &Task, round: &Round, now: Timestamp) -> Millis {
        let open = task.bid.sealed.map_or(Millis::new(0), |SealedRound { open, .. }| open);
        let now = self.clock.moment(now);
        match round.phase {
            Phase::Sealing(closes) => closes.since(now).saturating_add(open),
            Phase::Opening(closes) => closes.since(now),
            Phase::Decided | Phase::Over => Millis::new(0),
        }
    }

    /// The sealed ask that gives way to one of this prover, if the round is full: that of the prover with the least
    /// reputation, if the newcomer has more. Of several it is the last that came.
    pub(crate) fn gives_way_in_round(&self, round: &Round, prover: AccountId) -> Option<AccountId> {
        let reputation = |prover| {
            self.book.get(prover).map_or(Ppm::new(0), |standing| self.standing_reputation(prover, standing).value)
        };
        let weakest = round.asks.iter().map(|(&prover, ask)| (reputation(prover), Reverse(ask.at), Reverse(prover)));
        let (least, _, Reverse(weakest)) = weakest.min()?;
        (least < reputation(prover)).then_some(weakest)
    }

    /// Whether a round has as many asks as it takes.
    pub(crate) fn is_round_full(round: &Round) -> bool {
        round.asks.len() >= SEALED_ASKS_MAX
    }

    /// Ranks the opened asks of a task's round. Those whose award of the task has failed are out.
    pub(crate) fn rank_sealed(&self, task: &Task) -> SealedRanking {
        let Some(round) = &task.round else { return SealedRanking::default() };
        let weights = Weights::of(&self.params);
        let mut ranked: Vec<_> = round
            .opened()
            .filter(|(prover, ..)| !task.has_failed(*prover))
            .map(|(prover, ask, price)| {
                let standing = self.book.get(prover);
                let reputation = standing.map_or_else(
                    || self.reputation(prover).value,
                    |standing| self.standing_reputation(prover, standing).value,
                );
                (weights.rank(round.reserve, price, reputation, ask.at, prover), ask, price)
            })
            .collect();
        ranked.sort_by_key(|(rank, ..)| *rank);
        let mut ranking = SealedRanking::default();
        for (rank, ask, price) in ranked {
            match (self.evaluate_sealed(task, round, rank.prover, ask, price), ranking.best) {
                (Ok(terms), None) => ranking.best = Some(terms),
                (Ok(terms), Some(_)) if ranking.second.is_none() => ranking.second = Some(terms),
                (Err(why), None) if !self.is_excused(task, ask, why) => ranking.unable.push(rank.prover),
                (Ok(_) | Err(_), _) => {}
            }
        }
        let second = ranking.second.map(|second| (second.price, second.reputation));
        let most = task.payable().min(round.reserve);
        ranking.best = ranking.best.map(|best| {
            let equal = second.map_or(most, |second| weights.equal_price(round.reserve, best.reputation, second));
            Terms { price: equal.min(most), ..best }
        });
        ranking
    }

    /// Evaluates an opened ask as if it stood: the standing ask of its prover, at the price that was sealed, in the place
    /// that was kept for it. Its collateral follows what it asked, which it knew when it sealed, and is the deposit at least:
    /// by that a low ask that is paid much has enough to lose.
    fn evaluate_sealed(
        &self,
        task: &Task,
        round: &Round,
        prover: AccountId,
        ask: &SealedAsk,
        price: Credits,
    ) -> Result<Terms, Ineligible> {
        let standing = self.book.get(prover).ok_or(Ineligible::Level(task.bid.level))?;
        let declared = fits(task, prover, standing, price, task.payable().min(round.reserve))?;
        let asked = Asked { price, declared, queue: ask.seat.queue, locked: Some(ask.seat.collateral) };
        let terms = self.can_serve(task, prover, standing, asked)?;
        Ok(self.scored(Terms { asked: ask.at, ..terms }, round.reserve))
    }

    /// Whether an opened ask cannot serve its bid although its prover has kept itself ready: it asked more than is paid,
    /// or the network took so long that it could not as it was when it sealed. Whoever says later that it is slower is not.
    fn is_excused(&self, task: &Task, ask: &SealedAsk, why: Ineligible) -> bool {
        match why {
            Ineligible::Price { .. } => true,
            Ineligible::TooSlow { left, .. } => task.overhead(&self.params).saturating_add(ask.seat.proven) > left,
            Ineligible::Level(_)
            | Ineligible::Degree { .. }
            | Ineligible::Builder
            | Ineligible::Excluded
            | Ineligible::Failed
            | Ineligible::Reputation { .. }
            | Ineligible::Capacity { .. }
            | Ineligible::Share(_)
            | Ineligible::New
            | Ineligible::CollateralMax { .. }
            | Ineligible::Collateral { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests;
