//! What standing asks answer to a bid: each ask's terms with every term of its score, or why it cannot be awarded.

use crate::{
    rules::{
        eligibility::{Considered, Ineligible, Shares},
        obstacle::Obstacle,
        score::Weights,
    },
    state::{award::Terms, ledger::Ledger, task::Task},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Credits, Ppm},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::Range};

/// Terms with every term of their score: `score = for_price + for_reputation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoredTerms {
    /// The terms of the ask for the bid.
    #[serde(flatten)]
    pub terms: Terms,
    /// The part for the price, in millionths: its weight times what the price leaves of the effective reward. Below
    /// zero if the price is higher than that.
    pub for_price: i64,
    /// The part for the reputation, in millionths: its weight times the reputation.
    pub for_reputation: i64,
}

/// What one standing ask answers to a bid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskAnswer {
    /// The prover whose ask this is.
    pub prover: AccountId,
    /// The terms with their score; absent if the ask cannot be awarded the bid.
    pub terms: Option<ScoredTerms>,
    /// Why the ask cannot be awarded the bid: the first reason found; absent if it can.
    pub refused: Option<Ineligible>,
    /// The same reason as a sentence; absent with it.
    pub why: Option<String>,
}

/// The answers of all standing asks to one bid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The reward that the asks are scored against: the bid's, or a few times the lowest eligible or the going price if
    /// that is less. Absent if no ask is eligible.
    pub effective: Option<Credits>,
    /// The weight of the price in a score.
    pub price_weight: Ppm,
    /// The weight of the reputation in a score.
    pub reputation_weight: Ppm,
    /// The number of standing asks that can be awarded the bid.
    pub eligible: u64,
    /// How many asks each obstacle keeps from the bid.
    pub refused: Vec<Refusals>,
    /// The best asks and some of those that were refused: as many as were asked for.
    pub asks: Vec<AskAnswer>,
}

/// The number of asks that one obstacle keeps from a bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// The obstacle they share.
    pub obstacle: Obstacle,
    /// Whether it stays as it is while bid and ask do; else it may pass by itself.
    pub is_lasting: bool,
    /// The number of asks.
    pub asks: u64,
}

impl Ledger {
    /// The ledger as the auction of the next block would see it, if nothing else happened: a bid that is sent now is
    /// looked at there, and an ask of the last block counts.
    pub(crate) fn at_next_block(&self) -> Self {
        let mut next = self.clone();
        if let Some(member) = self.committee.members().first() {
            let time = self.time().after(self.params.block_interval);
            next.clock.advance(time, member.account, std::iter::empty(), self.params.idle_interval);
        }
        next
    }

    /// The terms with every term of their score.
    pub(crate) fn explain_terms(&self, terms: Terms) -> ScoredTerms {
        let (for_price, for_reputation) =
            Weights::of(&self.params).parts(terms.effective, terms.price, terms.reputation);
        ScoredTerms { terms, for_price, for_reputation }
    }

    /// What every standing ask answers to an open task in the next block: `most` of them are shown, the best first, and
    /// always that of `asked_about`. Of a task that is held: what they would answer if it were not. `None` if no open
    /// task has this id.
    pub fn answers_to(&self, id: TaskId, most: usize, asked_about: Option<AccountId>) -> Option<Answers> {
        let task = self.open().get(&id)?;
        let all = self.at_next_block().consider(task, &Shares::default());
        Some(self.answers(task, &all, 0..most, asked_about))
    }

    /// Sums up what all asks answered to a task. Those in the range are shown, of the best first, and always that of
    /// `asked_about`.
    pub(crate) fn answers(
        &self,
        task: &Task,
        all: &[Considered],
        shown: Range<usize>,
        asked_about: Option<AccountId>,
    ) -> Answers {
        let mut refused = BTreeMap::<Obstacle, u64>::new();
        for reason in all.iter().filter_map(|considered| considered.terms.err()) {
            let count = refused.entry(Obstacle::of(reason, task)).or_default();
            *count = count.saturating_add(1);
        }
        let refused = refused.into_iter();
        let eligible = || all.iter().filter_map(|considered| considered.terms.ok());
        let is_shown = |i: usize, prover| shown.contains(&i) || Some(prover) == asked_about;
        Answers {
            effective: eligible().next().map(|terms| terms.effective),
            price_weight: self.params.price_weight,
            reputation_weight: self.params.reputation_weight,
            eligible: eligible().count() as u64,
            refused: refused
                .map(|(obstacle, asks)| Refusals { obstacle, is_lasting: obstacle.is_lasting(), asks })
                .collect(),
            asks: all
                .iter()
                .enumerate()
                .filter(|(i, considered)| is_shown(*i, considered.prover))
                .map(|(_, considered)| self.answer(considered))
                .collect(),
        }
    }

    fn answer(&self, considered: &Considered) -> AskAnswer {
        let refused = considered.terms.err();
        AskAnswer {
            prover: considered.prover,
            terms: considered.terms.ok().map(|terms| self.explain_terms(terms)),
            refused,
            why: refused.map(|reason| reason.to_string()),
        }
    }
}
