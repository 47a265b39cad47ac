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
//! An opened ask binds: one that wins and does not serve the bid loses its deposit, else opening it would be free of risk,
//! and so would choosing among the sealed asks of several names. From its commitment on it stands by itself, so that nobody
//! can make it unable, its prover included: it keeps the terms that the standing ask had then, later awards of its
//! prover wait behind it, and the collateral of an award at the highest price is locked (ADR 17, 23).

use super::{
    auction::Ranking,
    eligibility::{Asked, Ineligible, fits},
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
    ids::{AccountId, TaskId},
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
/// The time of either phase that a requester asks for by default, in idle intervals: a node that is busy or far away hears
/// of the round, and its ask is heard.
const PHASE_INTERVALS_USUAL: u64 = 5;
/// The part of the time to the deadline that a phase takes by default, at most.
const LEFT_PARTS: u64 = 4;

/// What decides about an opened ask: score, reputation, time, id. The better are less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    score: Reverse<i128>,
    reputation: Reverse<Ppm>,
    at: Timestamp,
    prover: AccountId,
}

/// A sealed ask that may still be awarded, as its prover has to keep a lane for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedTurn {
    /// The task that it is for.
    pub task: TaskId,
    /// The time of its `Seal`: awards that were made later wait behind it.
    pub since: Timestamp,
    /// The time that its proof is said to take.
    pub declared: Millis,
    /// The time by which its proof would be due if it were awarded now. It is never due earlier.
    pub due: Timestamp,
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

    /// The round that a requester asks for who knows nothing better: the usual time, less if the deadline is near, and the
    /// least deposit.
    pub fn usual_round(&self, bid: &Bid, degree: Degree) -> SealedRound {
        let usual = self.params.idle_interval.saturating_mul(PHASE_INTERVALS_USUAL);
        let left = bid.deadline.since(self.time()).get();
        let phase = Millis::new(left / LEFT_PARTS).min(usual).max(self.phase_range().0);
        let (deposit, _) = self.deposit_range(bid, self.reserve_price(bid, degree));
        SealedRound { seal: phase, open: phase, deposit }
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
        // Ops are of their block's time, which is the ledger's, or of a later one.
        let until = self.rest_of(task, round, now).saturating_add(now.since(self.time()));
        let queue = self.queue_of(prover);
        let asked = Asked { price: round.reserve, declared, queue, held: queue.held, until };
        let terms = Terms { asked: now, ..self.can_serve(task, prover, standing, asked)? };
        let inputs_by = self.clock.now().after(until).after(task.allowance(&self.params));
        Ok(Seat { guarantor: standing.guarantor, terms, promise: Promise { declared, inputs_by } })
    }

    /// The sealed asks of a prover that may still be awarded, by task.
    pub fn sealed_turns(&self, prover: AccountId) -> Vec<SealedTurn> {
        let turn = |id: TaskId| {
            let task = self.open().get(&id)?;
            let Seat { guarantor, terms, .. } = task.round.as_ref()?.asks.get(&prover)?.seat;
            let due = self.clock.wall(self.decide(task, guarantor, terms, None).due);
            Some(SealedTurn { task: id, since: task.turn_of(prover)?, declared: terms.declared, due })
        };
        self.schedule.sealed_by(prover).filter_map(turn).collect()
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

    /// The sealed ask that gives way to one of this reputation, if the round is full: that of the prover with the least
    /// reputation, if the newcomer has more. Of several it is the last that came.
    pub(crate) fn gives_way_in_round(round: &Round, reputation: Ppm) -> Option<AccountId> {
        let asks = round.asks.iter();
        let weakest = asks.map(|(&prover, ask)| (ask.seat.terms.reputation, Reverse(ask.at), Reverse(prover))).min();
        weakest.filter(|(least, ..)| *least < reputation).map(|(_, _, Reverse(weakest))| weakest)
    }

    /// Whether a round has as many asks as it takes.
    pub(crate) fn is_round_full(round: &Round) -> bool {
        round.asks.len() >= SEALED_ASKS_MAX
    }

    /// Ranks the opened asks of a task's round. Those whose award of the task has failed are out.
    pub(crate) fn rank_sealed(&self, task: &Task) -> Ranking {
        let Some(round) = &task.round else { return Ranking::default() };
        let weights = Weights::of(&self.params);
        let opened = round.opened().filter(|(prover, ..)| !task.has_failed(*prover));
        let able = opened.filter_map(|(_, ask, price)| self.evaluate_sealed(task, round, ask, price));
        let mut ranked: Vec<Terms> = able.collect();
        ranked.sort_by_key(|&Terms { price, reputation, asked, prover, .. }| {
            weights.rank(round.reserve, price, reputation, asked, prover)
        });
        let mut ranked = ranked.into_iter();
        let (best, second) = (ranked.next(), ranked.next());
        let most = task.payable().min(round.reserve);
        let paid = |best: &Terms| {
            let equal = |second: Terms| {
                weights.equal_price(round.reserve, best.reputation, (second.price, second.reputation)).min(most)
            };
            second.map_or(most, equal)
        };
        Ranking { best: best.map(|best| Terms { price: paid(&best), ..best }), second }
    }

    /// The terms of an opened ask: those of its seat, at the price that was sealed; `None` if no more is paid for the bid than
    /// it asks, or the network took so long that it comes too late. Its collateral follows what it asked, which it knew when it
    /// sealed, and is the deposit at least: by that a low ask that is paid much has enough to lose.
    fn evaluate_sealed(&self, task: &Task, round: &Round, ask: &SealedAsk, price: Credits) -> Option<Terms> {
        let terms = ask.seat.terms;
        let (needed, left) = (task.overhead(&self.params).saturating_add(terms.proven), task.bid.deadline);
        if price > task.payable().min(round.reserve) || needed > left.since(self.time()) {
            return None;
        }
        let required = self.collateral(task, price, terms.declared, &self.reputation(terms.prover));
        // What was locked is enough for it, whatever has happened since.
        let collateral = required.max(task.sealed_deposit()).min(terms.collateral);
        Some(self.scored(Terms { price, collateral, ..terms }, round.reserve))
    }
}

#[cfg(test)]
mod tests;
