//! Fees: what ops cost, and what time is worth when a task is taken back.

use super::quality::nominal_work;
use crate::state::{
    award::{Award, Terms},
    coins::sum,
    held::{Promise, Queue},
    ledger::Ledger,
    round::Phase,
    task::{Stage, Task},
};
use dpgn_protocol::{
    duty::{Obligations, OpPriority},
    ids::{AccountId, TaskId},
    limits::RISES_MAX,
    ops::{Bid, SignedOp},
    units::{Credits, Millis, Ppm, Timestamp},
};

/// Milliseconds in an hour.
const HOUR: u128 = 3_600_000;
/// The bytes that cost as much to be fetched by a prover as one that the ledger keeps: 4,096 micro-credits for a MiB by the
/// usual rules, a thousandth of a credit for each second that it takes at the least rate.
const CARRIED_PER_KEPT: u64 = 256;

impl Ledger {
    /// The fee of an op in micro-credits: zero for what a live award or a seat in the committee obliges to.
    pub fn fee(&self, op: &SignedOp) -> Credits {
        match self.priority(op) {
            OpPriority::Duty => Credits::ZERO,
            OpPriority::Voluntary => self.params.op_fee,
        }
    }

    /// The priority of an op in the mempool and in a block: an op goes first only if its signer is obliged to it.
    pub fn priority(&self, op: &SignedOp) -> OpPriority {
        let duty = op.op().action.duty();
        if duty.obliges(op.signer(), self) { duty.priority() } else { OpPriority::Voluntary }
    }

    /// The fee of a bid beyond the fee of any op, in micro-credits: a share of the reward, the price of its priority, of
    /// its bytes and of those that provers fetch for it, of its life from a block of this time to its deadline, and the fee of
    /// an op for each rise of its reward and for each block that a sealed round makes: whoever sends an op makes one too.
    pub fn bid_fee(&self, op: &SignedOp, bid: &Bid, now: Timestamp) -> Credits {
        let points = (0..bid.priority.get()).map(|_| self.params.priority_fee);
        let bytes = self.fee_for_bytes(op.size() as u64);
        let life = self.life_fee(bid.deadline.since(now));
        // Each rise is one more auction.
        let rises = bid.raise.map_or(0, |raise| raise.rises_from(bid.reward)).min(RISES_MAX);
        let blocks = bid.sealed.map_or(0, |round| self.blocks_of_round(&round));
        let caused = sum((0..rises + blocks).map(|_| self.params.op_fee));
        let carriage = self.carriage_fee(bid.recipe_len, bid.inputs_len);
        sum([bid.reward_max().share(self.params.bid_fee), sum(points), bytes, life, caused, carriage])
    }

    /// The fee for the bytes of a recipe and of inputs that provers are to fetch: they are given time for as many as the bid
    /// says, and that is time in which they prove nothing else.
    pub(crate) fn carriage_fee(&self, recipe_len: u64, inputs_len: u64) -> Credits {
        self.fee_for_bytes(recipe_len.saturating_add(inputs_len).div_ceil(CARRIED_PER_KEPT))
    }

    /// The fee for so much time in the table of open tasks, rounded up.
    pub(crate) fn life_fee(&self, life: Millis) -> Credits {
        let fee = (u128::from(self.params.hour_fee.get()) * u128::from(life.get())).div_ceil(HOUR);
        // More than 64 bits hold is more than anybody has, so it is refused.
        Credits::new(u64::try_from(fee).unwrap_or(u64::MAX))
    }

    /// What the sponsor of a newcomer's first op gives it beside the fee: the least that an account opens with.
    pub(crate) fn opening(&self, op: &SignedOp) -> Credits {
        let is_new = op.payer() != op.signer() && self.find_account(op.signer()).is_none();
        if is_new { self.params.account_min } else { Credits::ZERO }
    }

    /// What it costs to give an award of this price back before `Start`, in micro-credits.
    pub fn decline_fee(&self, price: Credits) -> Credits {
        self.params.decline_fee.max(price.share(self.params.decline_share))
    }

    /// The credits that a bid of this reward locks besides its escrow, in micro-credits: the most that the declines that
    /// end a bid cost its requester, since no award's price is higher.
    pub fn reserve(&self, reward: Credits) -> Credits {
        // A product of more than 64 bits is more than anybody has, so the bid is refused.
        Credits::new(self.decline_fee(reward).get().saturating_mul(u64::from(self.params.complaints_max)))
    }

    /// The fee for bytes that are kept, beyond the fee of any op.
    pub(crate) fn fee_for_bytes(&self, bytes: u64) -> Credits {
        // More than 64 bits hold is more than anybody has, so it is refused.
        Credits::new(self.params.byte_fee.get().saturating_mul(bytes))
    }

    /// The pay of a prover whose task is taken back: the decline fee before `Start`, after it the part of the price
    /// that it has worked for, by its declared time or by the nominal one if that is longer, and by its wait for a lane; never
    /// more than the price. So nobody earns the whole price by declaring a millisecond, or one for each that waits.
    pub(crate) fn pay_for_time(&self, id: TaskId, task: &Task, now: Timestamp) -> Credits {
        match &task.stage {
            Stage::Assigned(award) => self.decline_fee(award.price).min(award.price),
            Stage::InProgress(award) => {
                let spent = now.since(award.started.unwrap_or(award.at));
                let work = award.terms.declared.max(nominal_work(task.degree, &self.params));
                let whole = work.saturating_add(self.wait_for_lane(id, award));
                award.price.share(Ppm::ratio(spent.get(), whole.get()))
            }
            Stage::Pending
            | Stage::Delivered(..)
            | Stage::Completed { .. }
            | Stage::Failed { .. }
            | Stage::Cancelled { .. } => Credits::ZERO,
        }
    }

    /// The time for which an award waits for a lane: what it was promised, or less if awards before it have ended since. So one
    /// that was let through is paid as if it had never waited.
    fn wait_for_lane(&self, id: TaskId, award: &Award) -> Millis {
        let Terms { queued, declared, lanes, prover, .. } = award.terms;
        let promised = Millis::new(queued.get().saturating_sub(declared.get()));
        let turn = |id: TaskId| Some((self.open().get(&id)?.turn_of(prover)?, id));
        // A delivered proof needs no lane.
        let needs_lane = |other: TaskId| {
            let Task { stage, .. } = self.open().get(&other).filter(|_| turn(other) < turn(id))?;
            let before = stage.award().filter(|_| stage.delivery().is_none())?;
            Some(Promise { declared: before.terms.declared, ..Promise::default() })
        };
        let queue = self.awards_of(prover).filter_map(needs_lane).map(Queue::from).fold(Queue::default(), Queue::and);
        queue.wait(lanes).min(promised)
    }
}

impl Obligations for Ledger {
    fn holds_award(&self, account: AccountId, task: TaskId) -> bool {
        self.open().get(&task).and_then(|t| t.stage.award()).is_some_and(|award| award.prover == account)
    }

    fn owns_awarded(&self, account: AccountId, task: TaskId) -> bool {
        self.open().get(&task).is_some_and(|t| t.requester == account && t.stage.award().is_some())
    }

    fn holds_any_award(&self, account: AccountId) -> bool {
        self.find_account(account).is_some_and(|a| !a.awards.is_empty())
    }

    fn owes_opening(&self, account: AccountId, task: TaskId) -> bool {
        let round = self.open().get(&task).and_then(|task| task.round.as_ref());
        round.is_some_and(|round| {
            matches!(round.phase, Phase::Opening(_)) && round.asks.get(&account).is_some_and(|ask| ask.price.is_none())
        })
    }

    fn is_member(&self, account: AccountId) -> bool {
        self.committee.power(account).is_some()
    }
}
