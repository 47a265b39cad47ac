//! Quotes: what a proof costs, who would make it, and when; of a size, or of a circuit that is given.

use super::{
    score::{AnswersRow, TermsRow},
    submit::{LEVEL, LintFinding, malformed, uploaded},
    words::word,
};
use crate::{problem::Problem, uploads::Shelf};
use base64::{Engine, engine::general_purpose::STANDARD};
use dpgn_market::{Expected, GoingRate, Quote, RoundQuoted, Spread};
use dpgn_node::{PlanSource, Planned, control::Warning};
use dpgn_protocol::units::{Credits, Level, Millis, Priority};
use dpgn_prover::circuit::{Lint, Severity};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// Seconds to the deadline of a quote that names none.
pub(crate) const DEADLINE_SECONDS: u64 = 600;

/// A circuit whose price is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuoteOrder {
    /// The circuit in base64 (RFC 4648, with padding), as the envelope that `POST /api/v1/tasks` takes; its inputs may be left
    /// out, and are never read.
    #[schema(content_encoding = "base64")]
    circuit_data: Option<String>,
    /// In place of `circuit_data`: a circom circuit over Goldilocks, the SHA-256 of an uploaded `.r1cs` file.
    r1cs: Option<String>,
    /// The symbols of that circuit, the SHA-256 of an uploaded `.sym` file: messages name signals by it.
    sym: Option<String>,
    /// The privacy level, 1 to 5; 3 unless it is given.
    #[schema(minimum = 1, maximum = 5)]
    level: Option<u8>,
    /// The reward that is asked about, in micro-credits; one is proposed unless it is given.
    reward: Option<u64>,
    /// Seconds from now within which the proof must be delivered; 600 unless it is given.
    #[schema(minimum = 1)]
    deadline_seconds: Option<u64>,
    /// The hurry, 0 to 100; 0 unless it is given.
    #[schema(minimum = 0, maximum = 100)]
    priority: Option<u8>,
}

impl fmt::Debug for QuoteOrder {
    /// The circuit's data may hold the witness: they are never shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QuoteOrder(level {})", self.level.unwrap_or(LEVEL))
    }
}

impl QuoteOrder {
    /// The circuit that is meant: bytes of this request, or a file that was uploaded.
    pub(crate) fn source(&self, shelf: Option<&Shelf>) -> Result<PlanSource, Problem> {
        match (&self.circuit_data, &self.r1cs) {
            (Some(data), None) if self.sym.is_none() => {
                let data = STANDARD.decode(data).map_err(|_| malformed("circuit_data", &"it is no base64"))?;
                Ok(PlanSource::Envelope(data))
            }
            (None, Some(r1cs)) => {
                let sym = self.sym.as_deref().map(|sym| uploaded("sym", sym, shelf)).transpose()?;
                Ok(PlanSource::R1cs { r1cs: uploaded("r1cs", r1cs, shelf)?, sym })
            }
            (Some(_), _) | (None, None) => Err(malformed("the body", &"name circuit_data alone, or r1cs")),
        }
    }

    /// The privacy level that is wanted.
    pub(crate) fn level(&self) -> Result<Level, Problem> {
        Level::new(self.level.unwrap_or(LEVEL)).map_err(|error| malformed("level", &error))
    }

    /// The terms of the bid that is imagined.
    pub(crate) fn terms(&self) -> Result<(Millis, Priority, Option<Credits>), Problem> {
        let priority = Priority::new(self.priority.unwrap_or(0)).map_err(|error| malformed("priority", &error))?;
        let deadline = Millis::new(self.deadline_seconds.unwrap_or(DEADLINE_SECONDS).saturating_mul(1_000));
        Ok((deadline, priority, self.reward.map(Credits::new)))
    }
}

/// A circuit, and what a proof of it costs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CircuitQuoted {
    /// The id of the circuit: the hash of its verifier data.
    circuit: String,
    /// The padded rows; `quote.degree` is their power of two.
    rows: u64,
    /// The number of public values that its proofs show.
    public_inputs: u32,
    /// The bytes of the recipe, which a prover fetches.
    recipe_bytes: u64,
    /// The bytes of the inputs, which the assigned prover gets; about, if none were sent.
    inputs_bytes: u64,
    /// The exact bytes of a proof; null if they are not known.
    #[schema(required)]
    proof_bytes: Option<u64>,
    /// The lint's findings. One whose severity is `error` stops a purchase, unless that says `despite_lint`.
    warnings: Vec<LintFinding>,
    /// What a proof costs.
    quote: QuoteTold,
}

impl CircuitQuoted {
    pub(crate) fn of(planned: &Planned, quote: Quote) -> Self {
        let finding = |lint: &Lint| LintFinding::of(Warning::from(lint), lint.severity == Severity::Error);
        Self {
            circuit: planned.circuit.to_string(),
            rows: 1_u64.checked_shl(planned.degree.get().into()).unwrap_or(u64::MAX),
            public_inputs: planned.public_inputs,
            recipe_bytes: planned.recipe_len,
            inputs_bytes: planned.inputs_len,
            proof_bytes: planned.proof_len,
            warnings: planned.lints.iter().map(finding).collect(),
            quote: quote.into(),
        }
    }
}

/// What a proof costs now, and how long it takes. Amounts are micro-credits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuoteTold {
    /// The height of the last block, as of which this holds.
    height: u64,
    /// The privacy level of the proof.
    level: u8,
    /// The circuit's padded rows, as a power of two.
    degree: u8,
    /// The prices of all standing asks that sell this level and size; null if there is none.
    #[schema(required)]
    asked: Option<SpreadRow>,
    /// The prices of those that could be awarded the bid now, were its reward high enough; null if there is none.
    #[schema(required)]
    able: Option<SpreadRow>,
    /// The prices of proofs of this level and size that were paid of late; null if there was none.
    #[schema(required)]
    paid: Option<SpreadRow>,
    /// The going rate; null if nothing like it was ever paid.
    #[schema(required)]
    going: Option<RateRow>,
    /// The reward that was asked about, or the one that is proposed.
    reward: u64,
    /// What the reward was taken from: `named`, `asks`, `going_rate`, `book`, or `nothing`, with which it is 0.
    basis: String,
    /// The fee of the bid at that reward, which never comes back; what its own bytes cost is not in it.
    fee: u64,
    /// The fee, about, of registering the circuit, which the first bid for it costs besides; null if it is registered.
    #[schema(required)]
    registration: Option<u64>,
    /// The usual sealed round, which a bid may ask for.
    round: RoundCost,
    /// What is locked until the task is over: the reward, and the reserve for faults of the requester.
    locked: u64,
    /// What would become of the bid at that reward; null if no ask could be awarded it.
    #[schema(required)]
    expected: Option<ExpectedRow>,
    /// How many asks could be awarded the bid, and why the others could not; `asks` is empty.
    answers: AnswersRow,
}

/// How prices spread: each is that of an ask, or one that was paid, in micro-credits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpreadRow {
    /// The number of prices.
    count: u64,
    /// The lowest of them.
    lowest: u64,
    /// The price that a quarter of them does not exceed.
    quarter: u64,
    /// The price that half of them do not exceed.
    median: u64,
    /// The price that three quarters of them do not exceed.
    three_quarters: u64,
    /// The highest of them.
    highest: u64,
}

/// The going rate of a level and size, which payments move a little each.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RateRow {
    /// The mean price, in micro-credits.
    price: u64,
    /// The mean milliseconds of a proof.
    time_ms: u64,
}

/// The cost of a sealed round, in money and time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoundCost {
    /// What a bid that asks for it pays besides, in micro-credits.
    fee: u64,
    /// The most milliseconds until it is decided.
    lasts_ms: u64,
    /// The most that it pays, and what a prover is paid that is alone in it, in micro-credits.
    reserve: u64,
}

/// What would become of a bid. Times are from now, and hold if nobody else bids in between.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExpectedRow {
    /// The terms of the ask that would win.
    winner: TermsRow,
    /// The terms of the runner-up; null if no time would be left for it.
    #[schema(required)]
    runner_up: Option<TermsRow>,
    /// Milliseconds until the award: the next block.
    awarded_in_ms: u64,
    /// Milliseconds until the prover is expected to begin: the award, and its wait for a lane.
    starts_in_ms: u64,
    /// Milliseconds until the proof is expected to be paid.
    paid_in_ms: u64,
    /// Milliseconds within which the prover must have accepted.
    starts_within_ms: u64,
    /// Milliseconds within which the proof must have been delivered by this prover.
    delivers_within_ms: u64,
}

impl From<Quote> for QuoteTold {
    fn from(quote: Quote) -> Self {
        Self {
            height: quote.height.get(),
            level: quote.level.get(),
            degree: quote.degree.get(),
            asked: quote.asked.map(SpreadRow::from),
            able: quote.able.map(SpreadRow::from),
            paid: quote.paid.map(SpreadRow::from),
            going: quote.going.map(RateRow::from),
            reward: quote.reward.get(),
            basis: word(&quote.basis),
            fee: quote.fee.get(),
            registration: quote.registration.map(|fee| fee.get()),
            round: quote.round.into(),
            locked: quote.locked.get(),
            expected: quote.expected.map(ExpectedRow::from),
            answers: quote.answers.into(),
        }
    }
}

impl From<Spread> for SpreadRow {
    fn from(spread: Spread) -> Self {
        Self {
            count: spread.count,
            lowest: spread.lowest.get(),
            quarter: spread.quarter.get(),
            median: spread.median.get(),
            three_quarters: spread.three_quarters.get(),
            highest: spread.highest.get(),
        }
    }
}

impl From<GoingRate> for RateRow {
    fn from(rate: GoingRate) -> Self {
        Self { price: rate.price.get(), time_ms: rate.time.get() }
    }
}

impl From<RoundQuoted> for RoundCost {
    fn from(round: RoundQuoted) -> Self {
        Self { fee: round.fee.get(), lasts_ms: round.lasts.get(), reserve: round.reserve.get() }
    }
}

impl From<Expected> for ExpectedRow {
    fn from(expected: Expected) -> Self {
        Self {
            winner: expected.winner.into(),
            runner_up: expected.runner_up.map(TermsRow::from),
            awarded_in_ms: expected.awarded_in.get(),
            starts_in_ms: expected.starts_in.get(),
            paid_in_ms: expected.done_in.get(),
            starts_within_ms: expected.starts_within.get(),
            delivers_within_ms: expected.done_within.get(),
        }
    }
}
