//! Eligibility: whether a standing ask can be awarded a bid, and on which terms.

use super::{reputation::Reputation, score::Weights};
use crate::state::{
    award::{Attempt, AwardEnd, Terms, Window},
    book::Standing,
    clock::Moment,
    held::Queue,
    ledger::Ledger,
    shelf::Stakes,
    task::Task,
};
use dpgn_protocol::{
    genesis::Params,
    ids::AccountId,
    units::{Credits, Level, Millis, Ppm},
};
use serde::{Deserialize, Serialize};
use std::{
    cmp::{Ordering, Reverse},
    collections::BTreeMap,
};

/// Why an ask cannot be awarded a bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", content = "numbers", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the numbers that the message names")]
pub enum Ineligible {
    /// The ask has no offer for the bid's level.
    #[error("sells no proofs of level {0}")]
    Level(Level),
    /// The circuit is too large for the prover.
    #[error("takes circuits of at most 2^{max} rows")]
    Degree { max: u8 },
    /// The prover cannot build the circuit from its recipe.
    #[error("does not have the builder")]
    Builder,
    /// The ask's price is higher than the bid pays.
    #[error("asks {price} micro-credits, at most {reward} are paid")]
    Price { price: Credits, reward: Credits },
    /// The bid's allow and deny lists exclude the prover.
    #[error("the bid's lists exclude it")]
    Excluded,
    /// The prover had an award of the task that came to nothing.
    #[error("has failed this bid")]
    Failed,
    /// The prover's reputation is lower than the bid asks for.
    #[error("has a reputation of {has}, {required} is required")]
    Reputation { has: Ppm, required: Ppm },
    /// The deadline comes before the prover is expected to be done: it is given its window for `Start`, time for the
    /// inputs' bytes, the time it takes, by the awards that it holds already, and one idle block.
    #[error("needs {needed} ms, {left} ms are left")]
    TooSlow { needed: Millis, left: Millis },
    /// The prover holds as many awards as it says it can.
    #[error("holds {held} awards of {capacity}")]
    Capacity { held: u32, capacity: u16 },
    /// The prover was awarded its share in this block; it is considered again in the next.
    #[error("has had its share of this block: {0} awards")]
    Share(u16),
    /// The ask came in this block; it counts from the next.
    #[error("counts from the next block")]
    New,
    /// The award needs more collateral than the ask puts up.
    #[error("puts up a collateral of at most {max} micro-credits, {required} are required")]
    CollateralMax { max: Credits, required: Credits },
    /// The guarantor does not have the collateral.
    #[error("has {available} micro-credits for a collateral of {required}")]
    Collateral { available: Credits, required: Credits },
}

/// Doublings of the least collateral: beyond these it is more than any reward.
const MOST_DOUBLINGS: usize = 62;

/// An ask as the auction sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The prover whose ask this is.
    pub prover: AccountId,
    /// The terms of the ask for the bid, or why it cannot be awarded.
    pub terms: Result<Terms, Ineligible>,
}

/// What is asked of a prover: the price and the declared time of its ask, and what it has beside that.
pub(super) struct Asked {
    pub(super) price: Credits,
    pub(super) declared: Millis,
    /// The work that the prover has promised.
    pub(super) queue: Queue,
    /// What the prover holds that takes room: its awards, and for a sealed ask its other ones too.
    pub(super) held: u32,
    /// The time until the award is made at the latest: none in an auction.
    pub(super) until: Millis,
}

/// Whether an ask has room for one more of what its prover holds already.
fn has_room(held: u32, standing: &Standing) -> Result<(), Ineligible> {
    let capacity = standing.ask.capacity;
    if held < u32::from(capacity) { Ok(()) } else { Err(Ineligible::Capacity { held, capacity }) }
}

/// The number of awards each prover was given in this block, and the most it may be given.
#[derive(Default)]
pub(crate) struct Shares(BTreeMap<AccountId, (u16, u16)>);

impl Shares {
    /// Counts an award of a prover that had this much room before it: at most half of it is filled in one block.
    pub(crate) fn count(&mut self, prover: AccountId, free: u16) {
        self.0.entry(prover).or_insert((0, free.div_ceil(2))).0 += 1;
    }

    /// Whether some prover has had its share, and may be awarded more in the next block.
    pub(crate) fn are_used_up(&self) -> bool {
        self.0.values().any(|&(had, most)| had >= most)
    }

    /// Whether a prover may be awarded more in this block.
    pub(crate) fn check(&self, prover: AccountId) -> Result<(), Ineligible> {
        match self.0.get(&prover) {
            Some(&(had, most)) if had >= most => Err(Ineligible::Share(most)),
            Some(_) | None => Ok(()),
        }
    }
}

impl Ledger {
    /// Evaluates an ask for a bid: its terms, or the first reason why it cannot be awarded. Without its score, which
    /// depends on the other asks.
    pub(crate) fn evaluate(
        &self,
        task: &Task,
        prover: AccountId,
        standing: &Standing,
        shares: &Shares,
    ) -> Result<Terms, Ineligible> {
        let price = standing.price(task.bid.level, task.degree).ok_or(Ineligible::Level(task.bid.level))?;
        let declared = fits(task, prover, standing, price, task.payable())?;
        let asked = self.asked_now(prover, price, declared);
        let terms = self.can_serve(task, prover, standing, asked)?;
        if !standing.counts_at(self.height()) {
            return Err(Ineligible::New);
        }
        shares.check(prover)?;
        Ok(terms)
    }

    /// What is asked of a prover in an auction: the asks that it has sealed take time, but no room. Else whoever opens rounds
    /// would keep provers from all other work, and take its bids back in the end.
    pub(super) fn asked_now(&self, prover: AccountId, price: Credits, declared: Millis) -> Asked {
        let (queue, held) = (self.queue_of(prover), self.awards_held(prover));
        Asked { price, declared, queue, held, until: Millis::default() }
    }

    /// The terms of an ask, if its prover is good enough, has room and time, and its guarantor the collateral.
    pub(super) fn can_serve(
        &self,
        task: &Task,
        prover: AccountId,
        standing: &Standing,
        asked: Asked,
    ) -> Result<Terms, Ineligible> {
        let Asked { price, declared, queue, held, until } = asked;
        let reputation = self.standing_reputation(prover, standing);
        let (has, required) = (reputation.value, task.bid.reputation_min);
        if has < required {
            return Err(Ineligible::Reputation { has, required });
        }
        let held_up = self.held_up(task, standing, queue, self.clock.now().after(until));
        let in_turn = standing.queued(declared, queue);
        let (queued, proven) = (held_up.saturating_add(in_turn), held_up.saturating_add(reputation.proven(in_turn)));
        let left = task.bid.deadline.since(self.time().after(until));
        let needed = task.overhead(&self.params).saturating_add(proven);
        if needed > left {
            return Err(Ineligible::TooSlow { needed, left });
        }
        let collateral = self.collateral(task, price, declared, &reputation).max(task.sealed_deposit());
        self.can_stake(standing, collateral)?;
        // Last, so that whoever is told this lacks nothing else.
        has_room(held, standing)?;
        Ok(Terms {
            prover,
            price,
            reputation: reputation.value,
            warm: standing.ask.warm.contains(&task.bid.circuit),
            asked: standing.since,
            declared,
            lanes: standing.ask.lanes,
            queued,
            proven,
            effective: task.payable(),
            collateral,
            score: Ppm::new(0),
        })
    }

    /// The time that an award made at this moment waits, beyond that for its own bytes, until the inputs of all before it
    /// have come: lanes that are kept for these are idle until then.
    fn held_up(&self, task: &Task, standing: &Standing, queue: Queue, at: Moment) -> Millis {
        let wait = standing.idle_until(queue).since(at);
        Millis::new(wait.get().saturating_sub(task.allowance(&self.params).get()))
    }

    /// Whether the guarantor of an ask has this much collateral, and the ask puts it up.
    fn can_stake(&self, standing: &Standing, required: Credits) -> Result<(), Ineligible> {
        if required > standing.ask.collateral_max {
            return Err(Ineligible::CollateralMax { max: standing.ask.collateral_max, required });
        }
        let available = self.balance(standing.guarantor);
        if available < required { Err(Ineligible::Collateral { available, required }) } else { Ok(()) }
    }

    /// The terms with their score against the effective reward of their bid.
    pub(crate) fn scored(&self, terms: Terms, effective: Credits) -> Terms {
        let score = Weights::of(&self.params).shown(effective, terms.price, terms.reputation);
        Terms { effective, score, ..terms }
    }

    /// The reputation that an ask is scored by: as of its last renewal or its prover's last outcome, whichever is later.
    /// So the end of an epoch, by which every history fades, changes no ask that stands.
    pub(crate) fn standing_reputation(&self, prover: AccountId, standing: &Standing) -> Reputation {
        self.reputation_in(prover, self.epoch_at(standing.height))
    }

    /// The collateral of one award in micro-credits: what the price calls for, what holding the task displaces, or what
    /// the bid or the task's past ask for, whichever is most.
    pub(super) fn collateral(&self, task: &Task, price: Credits, declared: Millis, reputation: &Reputation) -> Credits {
        own_collateral(price, reputation).max(self.stakes(task).of(declared))
    }

    /// The collateral that a task calls for, whatever the price of an ask is.
    pub(super) fn stakes(&self, task: &Task) -> Stakes {
        Stakes {
            least: task.bid.collateral_min.max(self.collateral_floor(task)),
            reward: task.bid.reward,
            going: self.rates.get(task.bid.level, task.degree),
        }
    }

    /// The least collateral of any award of a prover at this price.
    pub(crate) fn least_collateral(&self, price: Credits, reputation: &Reputation) -> Credits {
        own_collateral(price, reputation).max(self.params.collateral_min)
    }

    /// The least collateral of a task's next award: it doubles with every award whose prover was silent or lied, up to
    /// the reward, so that it costs more and more to hold a task up. Declines do not count: they are cheap, and whoever
    /// sends some could raise what the next, honest prover has at stake.
    pub(crate) fn collateral_floor(&self, task: &Task) -> Credits {
        let least = self.params.collateral_min;
        let is_costly = |attempt: &&Attempt| match attempt.end {
            AwardEnd::Missed(Window::Start | Window::Alive | Window::Due) | AwardEnd::BadProof(_) => true,
            AwardEnd::Missed(Window::Verdict) | AwardEnd::Declined(_) => false,
        };
        let doublings = task.attempts.iter().filter(is_costly).count();
        // A product of more than 64 bits is more than any reward.
        let doubled = least.get().saturating_mul(1 << doublings.min(MOST_DOUBLINGS));
        Credits::new(doubled).min(task.bid.reward).max(least)
    }

    /// The number of awards more that a prover says it can hold.
    pub(crate) fn free_capacity(&self, prover: AccountId) -> u16 {
        let held = u16::try_from(self.awards_held(prover)).unwrap_or(u16::MAX);
        let capacity = self.book.get(prover).map_or(0, |s| s.ask.capacity);
        // A renewed ask may say less than the prover holds already: then it has no room.
        capacity.saturating_sub(held)
    }

    /// The work that a prover has promised: its awards, and the asks that it has sealed.
    pub(super) fn queue_of(&self, prover: AccountId) -> Queue {
        self.awarded_to(prover).and(self.schedule.sealed_queue(prover))
    }

    /// The number of awards that a prover holds.
    pub(crate) fn awards_held(&self, prover: AccountId) -> u32 {
        self.awarded_to(prover).held
    }

    fn awarded_to(&self, prover: AccountId) -> Queue {
        self.find_account(prover).map_or_else(Queue::default, |account| account.awards.queue())
    }
}

/// The collateral that a price calls for: twice the price for a newcomer, falling towards the price itself with the
/// reputation that it has earned. Nobody risks a hundred times what it earns.
pub(crate) fn own_collateral(price: Credits, reputation: &Reputation) -> Credits {
    // At most twice a price, which is at most a reward that somebody has.
    price.saturating_add(price.share(reputation.earned.complement()))
}

/// Compares two terms for one bid: the better are less.
pub(crate) fn order(params: &Params, a: &Terms, b: &Terms) -> Ordering {
    let score = |t: &Terms| Weights::of(params).exact(t.effective, t.price, t.reputation);
    let key = |t: &Terms| (Reverse(score(t)), Reverse(t.reputation), !t.warm, t.asked, t.prover);
    key(a).cmp(&key(b))
}

/// The declared time of an ask that the bid and the ask themselves do not rule out at this price, of which this much is
/// paid at most.
pub(super) fn fits(
    task: &Task,
    prover: AccountId,
    standing: &Standing,
    price: Credits,
    most: Credits,
) -> Result<Millis, Ineligible> {
    let (bid, ask) = (&task.bid, &standing.ask);
    let declared = standing.declared(bid.level, task.degree).ok_or(Ineligible::Level(bid.level))?;
    if task.degree > ask.degree_max {
        return Err(Ineligible::Degree { max: ask.degree_max.get() });
    }
    if !ask.builders.contains(&bid.builder) {
        return Err(Ineligible::Builder);
    }
    if price > most {
        return Err(Ineligible::Price { price, reward: most });
    }
    if bid.deny.contains(&prover) || !(bid.allow.is_empty() || bid.allow.contains(&prover)) {
        return Err(Ineligible::Excluded);
    }
    if task.has_failed(prover) {
        return Err(Ineligible::Failed);
    }
    Ok(declared)
}
