//! The score: the terms on which asks would serve a bid, and why others cannot.

use super::{
    share::{share, signed},
    time::at,
    words::word,
};
use dpgn_market::{Answers, AskAnswer, AwardTold, Refusals, ScoredTerms};
use serde::Serialize;
use utoipa::ToSchema;

/// The terms on which an ask would serve a bid, and every term of its score: `score = for_price + for_reputation`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TermsRow {
    /// The prover whose ask this is.
    prover: String,
    /// The price of the proof, in micro-credits.
    price: u64,
    /// The prover's reputation at the time of the auction, 0 to 1.
    reputation: f64,
    /// Whether the prover says that it holds the circuit built.
    warm: bool,
    /// The time since which the ask stands at this price.
    since_at: String,
    /// The milliseconds that the prover says a proof takes.
    declared_ms: u64,
    /// The proofs that the prover says it makes at once.
    lanes: u16,
    /// The milliseconds of that and of the wait until one of its lanes is free.
    queued_ms: u64,
    /// The milliseconds after its start within which a proof is expected, by how punctual the prover was before.
    expected_ms: u64,
    /// The reward that the ask was scored against, in micro-credits.
    effective: u64,
    /// The collateral of an award on these terms, in micro-credits.
    collateral: u64,
    /// The score; 0 if it is below. The auction compares exact integers.
    score: f64,
    /// The part of the price in the score; negative for a price above the effective reward.
    for_price: f64,
    /// The part of the reputation in the score.
    for_reputation: f64,
}

impl From<ScoredTerms> for TermsRow {
    fn from(ScoredTerms { terms, for_price, for_reputation }: ScoredTerms) -> Self {
        Self {
            prover: terms.prover.to_string(),
            price: terms.price.get(),
            reputation: share(terms.reputation),
            warm: terms.warm,
            since_at: at(terms.asked),
            declared_ms: terms.declared.get(),
            lanes: terms.lanes,
            queued_ms: terms.queued.get(),
            expected_ms: terms.proven.get(),
            effective: terms.effective.get(),
            collateral: terms.collateral.get(),
            score: share(terms.score),
            for_price: signed(for_price),
            for_reputation: signed(for_reputation),
        }
    }
}

/// A live award.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AwardRow {
    /// The number of the award among those of its task, from 1.
    number: u32,
    /// The prover that holds it.
    prover: String,
    /// The account that put up the collateral.
    guarantor: String,
    /// The price of a valid proof, in micro-credits.
    price: u64,
    /// The micro-credits at stake.
    collateral: u64,
    /// The time of the block that made it.
    at: String,
    /// The time by which `Start` is owed.
    start_by_at: String,
    /// The time of the prover's `Start`; null before it.
    #[schema(required)]
    started_at: Option<String>,
    /// The time by which the proof is owed.
    due_at: String,
    /// The price that the winner opened in a sealed round; null if there was none.
    #[schema(required)]
    asked: Option<u64>,
    /// The winner's terms.
    terms: TermsRow,
    /// The next best terms; null if its time was not reserved.
    #[schema(required)]
    runner_up: Option<TermsRow>,
}

impl From<AwardTold> for AwardRow {
    fn from(told: AwardTold) -> Self {
        Self {
            number: told.number,
            prover: told.prover.to_string(),
            guarantor: told.guarantor.to_string(),
            price: told.price.get(),
            collateral: told.collateral.get(),
            at: at(told.at),
            start_by_at: at(told.start_by),
            started_at: told.started.map(at),
            due_at: at(told.due),
            asked: told.asked.map(|asked| asked.get()),
            terms: told.terms.into(),
            runner_up: told.runner_up.map(TermsRow::from),
        }
    }
}

/// What the standing asks answer to a bid.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AnswersRow {
    /// The reward that asks are scored against, in micro-credits; null if none is eligible.
    #[schema(required)]
    effective: Option<u64>,
    /// The weight of the price in a score, 0 to 1.
    price_weight: f64,
    /// The weight of the reputation in a score, 0 to 1.
    reputation_weight: f64,
    /// The number of asks that can be awarded the bid.
    eligible: u64,
    /// Why the others cannot, and how many of them.
    refused: Vec<RefusalRow>,
    /// The best asks and the one that was asked about, the best first.
    asks: Vec<AnswerRow>,
}

/// Something that keeps asks from a bid.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RefusalRow {
    /// The obstacle, such as `price`, `too_slow` or `capacity`.
    obstacle: String,
    /// Whether it stays while bid and ask are as they are.
    is_lasting: bool,
    /// The number of asks that it keeps away.
    asks: u64,
}

/// What one ask answers to a bid.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AnswerRow {
    /// The prover whose ask this is.
    prover: String,
    /// Its terms; null if it cannot be awarded the bid.
    #[schema(required)]
    terms: Option<TermsRow>,
    /// Why it cannot; null if it can.
    #[schema(required)]
    why: Option<String>,
}

impl From<Answers> for AnswersRow {
    fn from(answers: Answers) -> Self {
        Self {
            effective: answers.effective.map(|effective| effective.get()),
            price_weight: share(answers.price_weight),
            reputation_weight: share(answers.reputation_weight),
            eligible: answers.eligible,
            refused: answers.refused.into_iter().map(RefusalRow::from).collect(),
            asks: answers.asks.into_iter().map(AnswerRow::from).collect(),
        }
    }
}

impl From<Refusals> for RefusalRow {
    fn from(Refusals { obstacle, is_lasting, asks }: Refusals) -> Self {
        Self { obstacle: word(&obstacle), is_lasting, asks }
    }
}

impl From<AskAnswer> for AnswerRow {
    fn from(AskAnswer { prover, terms, why, .. }: AskAnswer) -> Self {
        Self { prover: prover.to_string(), terms: terms.map(TermsRow::from), why }
    }
}
