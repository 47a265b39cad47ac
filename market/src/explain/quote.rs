//! A quote: what a proof costs and how long it takes, by what stands in the book and by what was paid of late.
//!
//! It asks the auction itself, about a bid that nobody has sent. The reward it proposes buys from three quarters of the
//! asks that could be awarded the bid, so that there is a second one if the first fails, and is
//!
//! ```text
//! reward = max(lowest, min(max(third quartile, going price), spread · max(median, going price)))
//! ```
//! Who would drive it up must hold more than half of the asks, each with the collateral of its price behind it, or be
//! paid such prices.

use super::answers::{Answers, ScoredTerms};
use crate::{
    rules::{eligibility::Shares, score::Weights},
    state::{
        coins::sum,
        ledger::Ledger,
        rates::GoingRate,
        task::{Stage, Task},
    },
};
use dpgn_protocol::{
    bounded::List,
    ids::{CircuitId, InputsDigest, PublicInputsDigest, RecipeDigest},
    ops::{Bid, Builder},
    units::{Credits, Degree, Height, Level, Millis, Ppm, Priority},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a quote is wanted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The privacy level of the proof.
    pub level: Level,
    /// The circuit's padded rows, as a power of two.
    pub degree: Degree,
    /// The builder that can build the circuit from its recipe.
    pub builder: Builder,
    /// The circuit, for which some provers are warm; absent if it isn't known.
    pub circuit: Option<CircuitId>,
    /// The recipe, by which a circuit is known that somebody has bid for; absent if there is none.
    pub recipe: Option<RecipeDigest>,
    /// The length of the recipe in bytes: it takes time to fetch.
    pub recipe_len: u64,
    /// The length of the inputs in bytes.
    pub inputs_len: u64,
    /// The time from now within which the proof must be delivered.
    pub deadline: Millis,
    /// The hurry of the bid, which its fee rises with.
    pub priority: Priority,
    /// The reward that is asked about; absent to have one proposed.
    pub reward: Option<Credits>,
}

/// The cost of a sealed round, in money and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundQuoted {
    /// What a bid that asks for it pays besides, in micro-credits.
    pub fee: Credits,
    /// The most time that passes until it is decided.
    pub lasts: Millis,
    /// The most that it pays, and what a prover is paid that is alone in it.
    pub reserve: Credits,
}

/// What a proof costs now, and how long it takes. Amounts are in micro-credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The height of the last block, as of which this holds.
    pub height: Height,
    /// The privacy level of the proof.
    pub level: Level,
    /// The circuit's padded rows, as a power of two.
    pub degree: Degree,
    /// The prices of all standing asks that sell this level and size; absent if there is none.
    pub asked: Option<Spread>,
    /// The prices of those that could be awarded the bid now, were its reward high enough; absent if there is none.
    pub able: Option<Spread>,
    /// The prices of proofs of this level and size that were paid of late; absent if there was none.
    pub paid: Option<Spread>,
    /// The going rate, which settlements move a little each; of a size without any it follows from the nearest size.
    pub going: Option<GoingRate>,
    /// The reward that was asked about, or the one that is proposed.
    pub reward: Credits,
    /// What the reward was taken from.
    pub basis: Basis,
    /// The fee of the bid at that reward, which never comes back; what its own bytes cost is not in it.
    pub fee: Credits,
    /// The fee, about, of registering the circuit, which the first bid for it costs besides. Absent if it is
    /// registered: by id, or by a bid for its recipe that the ledger remembers.
    pub registration: Option<Credits>,
    /// The usual sealed round, which a bid may ask for.
    pub round: RoundQuoted,
    /// The micro-credits that are locked until the task is over: the reward, and the reserve for faults of the
    /// requester.
    pub locked: Credits,
    /// What would become of the bid at that reward; absent if no ask could be awarded it.
    pub expected: Option<Expected>,
    /// What every ask answers to the bid at that reward: counts, and no asks.
    pub answers: Answers,
}

/// What a proposed reward was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The reward was named in the question.
    Named,
    /// The asks that could be awarded the bid.
    Asks,
    /// The going rate: no ask could be awarded it now.
    GoingRate,
    /// The asks of this level and size: none could be awarded it now, and there is no going rate.
    Book,
    /// Nothing: nobody sells this level and size, and nothing like it was ever paid. The reward is zero.
    Nothing,
}

/// How prices spread: each is that of an ask, or one that was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// The number of prices.
    pub count: u64,
    /// The lowest of them.
    pub lowest: Credits,
    /// The price that a quarter of them does not exceed.
    pub quarter: Credits,
    /// The price that half of them do not exceed.
    pub median: Credits,
    /// The price that three quarters of them do not exceed.
    pub three_quarters: Credits,
    /// The highest of them.
    pub highest: Credits,
}

/// What would become of a bid. Times are from now, and hold if nobody else bids in between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The terms of the ask that would win.
    pub winner: ScoredTerms,
    /// The terms of the runner-up; absent if no time would be left for it.
    pub runner_up: Option<ScoredTerms>,
    /// The time until the award: the next block.
    pub awarded_in: Millis,
    /// The time until one of the prover's lanes is free and it is expected to prove: the award, and that wait.
    pub starts_in: Millis,
    /// The time until the proof is expected to be paid: by how punctual the prover was before, and two blocks.
    pub done_in: Millis,
    /// The time until the prover must have accepted, by its `Start`; it may wait for a lane after that.
    pub starts_within: Millis,
    /// The time until the proof must have been delivered by this prover; it is paid once the committee has judged it.
    pub done_within: Millis,
}

/// The usual length of verifier data in bytes.
const USUAL_VERIFIER_DATA: u64 = 3_500;
/// The reward of a bid that asks what the book would sell it for.
const ANY_PRICE: Credits = Credits::MAX;

impl Spread {
    fn of(mut prices: Vec<Credits>) -> Option<Self> {
        prices.sort_unstable();
        // The nearest rank: the price at the place `count · part / whole`, rounded up, counted from one.
        let at = |part: usize, whole: usize| prices.get((prices.len() * part).div_ceil(whole).max(1) - 1).copied();
        Some(Self {
            count: prices.len() as u64,
            lowest: *prices.first()?,
            quarter: at(1, 4)?,
            median: at(1, 2)?,
            three_quarters: at(3, 4)?,
            highest: *prices.last()?,
        })
    }
}

impl Ledger {
    fn quote_round(&self, task: &Task) -> RoundQuoted {
        let round = self.usual_round(&task.bid, task.degree);
        let fee = sum((0..self.blocks_of_round(&round)).map(|_| self.params.op_fee));
        RoundQuoted {
            fee,
            lasts: round.seal.saturating_add(round.open),
            reserve: self.reserve_price(&task.bid, task.degree),
        }
    }

    /// Quotes what a proof costs now and how long it takes.
    pub fn quote(&self, wanted: &Wanted) -> Quote {
        let circuit = self.registered(wanted.circuit, wanted.recipe, wanted.level);
        let wanted = &Wanted { circuit: circuit.or(wanted.circuit), ..wanted.clone() };
        let going = self.rates.get(wanted.level, wanted.degree);
        let asked = Spread::of(self.book.shelf(wanted.level, wanted.degree).map(|(_, _, price)| price).collect());
        let next = self.at_next_block();
        let at_any_price = next.consider(&self.imagine(wanted, ANY_PRICE), &Shares::default());
        let eligible = at_any_price.iter().filter_map(|considered| considered.terms.ok());
        let able = Spread::of(eligible.map(|terms| terms.price).collect());
        let (reward, basis) = match wanted.reward {
            Some(reward) => (reward, Basis::Named),
            None => self.propose_reward(able, asked, going),
        };
        let task = self.imagine(wanted, reward);
        let carriage = self.carriage_fee(wanted.recipe_len, wanted.inputs_len);
        Quote {
            height: self.height(),
            level: wanted.level,
            degree: wanted.degree,
            asked,
            able,
            paid: Spread::of(self.paid_of_late(wanted.level, wanted.degree)),
            going,
            reward,
            basis,
            fee: self.quoted_fee(reward, wanted.deadline, wanted.priority).saturating_add(carriage),
            registration: circuit.is_none().then(|| self.usual_registration()),
            round: self.quote_round(&task),
            locked: reward.saturating_add(self.reserve(reward)),
            expected: next.expect(&task),
            answers: self.answers(&task, &next.consider(&task, &Shares::default()), 0..0, None),
        }
    }

    /// The fee of a bid for its reward, its time and its hurry.
    pub(super) fn quoted_fee(&self, reward: Credits, deadline: Millis, priority: Priority) -> Credits {
        let points = (0..priority.get()).map(|_| self.params.priority_fee);
        let shares = [self.params.op_fee, reward.share(self.params.bid_fee), self.life_fee(deadline)];
        sum(shares.into_iter().chain(points))
    }

    /// The fee, about, of registering a circuit.
    pub(super) fn usual_registration(&self) -> Credits {
        self.params.op_fee.saturating_add(self.fee_for_bytes(USUAL_VERIFIER_DATA))
    }

    /// The circuit that is wanted, if it is registered. A bid that names a recipe of another circuit can mislead here;
    /// it costs whoever believes it nothing but the surprise.
    pub(super) fn registered(
        &self,
        circuit: Option<CircuitId>,
        recipe: Option<RecipeDigest>,
        level: Level,
    ) -> Option<CircuitId> {
        let of_recipe = |recipe: RecipeDigest| {
            let mut bids = self.tasks().map(|(_, task)| &task.bid);
            bids.find(|bid| bid.recipe == recipe && bid.level == level).map(|bid| bid.circuit)
        };
        let known = circuit.or_else(|| of_recipe(recipe?));
        known.filter(|circuit| self.circuits.contains_key(circuit))
    }

    /// The reward that is proposed, and what it was taken from.
    fn propose_reward(
        &self,
        able: Option<Spread>,
        asked: Option<Spread>,
        going: Option<GoingRate>,
    ) -> (Credits, Basis) {
        let rate = going.map_or(Credits::ZERO, |going| going.price);
        match (able, asked) {
            (Some(able), _) => {
                let spread = Weights::of(&self.params).spread;
                // A product of more than 64 bits is more than any price.
                let most = Credits::new(able.median.max(rate).get().saturating_mul(spread));
                (able.three_quarters.max(rate).min(most).max(able.lowest), Basis::Asks)
            }
            (None, _) if going.is_some() => (rate, Basis::GoingRate),
            (None, Some(asked)) => (asked.median, Basis::Book),
            (None, None) => (Credits::ZERO, Basis::Nothing),
        }
    }

    /// The prices of proofs of this level and size that the ledger still remembers.
    fn paid_of_late(&self, level: Level, degree: Degree) -> Vec<Credits> {
        let same = self.ended().values().filter(|task| (task.bid.level, task.degree) == (level, degree));
        let price = |task: &Task| match &task.stage {
            Stage::Completed { settlement, .. } => Some(settlement.price),
            Stage::Pending
            | Stage::Assigned(_)
            | Stage::InProgress(_)
            | Stage::Delivered(..)
            | Stage::Failed { .. }
            | Stage::Cancelled { .. } => None,
        };
        same.filter_map(price).collect()
    }

    /// What becomes of a bid in the auction of this block.
    fn expect(&self, task: &Task) -> Option<Expected> {
        let ranking = self.scan(task, &Shares::default());
        let best = ranking.best?;
        let standing = self.book.get(best.prover)?;
        let decision = self.decide(task, standing.guarantor, best, ranking.second);
        let block = self.params.block_interval;
        let waits = Millis::new(best.queued.get().saturating_sub(best.declared.get()));
        let within = |moment: crate::state::clock::Moment| block.saturating_add(moment.since(decision.since));
        Some(Expected {
            winner: self.explain_terms(best),
            runner_up: decision.runner_up.map(|terms| self.explain_terms(terms)),
            awarded_in: block,
            starts_in: block.saturating_add(waits),
            done_in: block.saturating_add(best.proven).saturating_add(block).saturating_add(block),
            starts_within: within(decision.start_by),
            done_within: within(decision.due),
        })
    }

    /// The task that a bid would open, at this reward.
    fn imagine(&self, wanted: &Wanted, reward: Credits) -> Task {
        let now = self.time();
        let bid = Bid {
            alias: Uuid::nil(),
            circuit: wanted.circuit.unwrap_or(CircuitId::from_bytes([0; 32])),
            recipe: RecipeDigest::from_bytes([0; 32]),
            recipe_len: wanted.recipe_len,
            builder: wanted.builder.clone(),
            statement: PublicInputsDigest::from_bytes([0; 32]),
            free: List::default(),
            inputs: InputsDigest::from_bytes([0; 32]),
            inputs_len: wanted.inputs_len,
            level: wanted.level,
            reward,
            raise: None,
            priority: wanted.priority,
            deadline: now.after(wanted.deadline),
            disclosures_max: 1,
            reputation_min: Ppm::new(0),
            collateral_min: Credits::ZERO,
            allow: List::default(),
            deny: List::default(),
            sealed: None,
        };
        Task::imagined(bid, wanted.degree, now)
    }
}
