//! Quotes: what a proof of a size, or of a circuit, costs now, who would make it, and when it would be there.

use crate::{
    dto::quote::{CircuitQuoted, DEADLINE_SECONDS, QuoteOrder, QuoteTold},
    extract::{JsonOf, QueryOf},
    market::malformed,
    problem::{Problem, ProblemBody},
    state::GatewayState,
};
use axum::{Json, extract::State};
use dpgn_market::Wanted;
use dpgn_protocol::{
    ops::Builder,
    units::{Credits, Degree, Level, Millis, Priority},
};
use dpgn_prover::circuit::R1CS_BUILDER;
use serde::Deserialize;
use utoipa::IntoParams;

/// Bytes of a recipe and of inputs that are expected of a circuit of which only the size is known.
const USUAL_LEN: u64 = 1 << 16;

/// What a quote is wanted for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuoteQuery {
    /// The privacy level, 1 to 5; 3 unless it is given.
    #[param(minimum = 1, maximum = 5)]
    level: Option<u8>,
    /// The circuit's padded rows, as a power of two, 0 to 24.
    #[param(minimum = 0, maximum = 24)]
    degree: Option<u8>,
    /// The circuit's rows, if `degree` is not given: they are padded to the next power of two.
    rows: Option<u64>,
    /// The reward that is asked about, in micro-credits; one is proposed unless it is given.
    reward: Option<u64>,
    /// Seconds from now within which the proof must be delivered; 600 unless it is given.
    deadline_seconds: Option<u64>,
    /// The hurry, 0 to 100; 0 unless it is given.
    #[param(minimum = 0, maximum = 100)]
    priority: Option<u8>,
}

/// Quotes what a proof costs now, who would make it, and when it would be there
///
/// Times are from now, and hold if nobody else bids in between.
#[utoipa::path(get, path = "/api/v1/quote", tag = "market", params(QuoteQuery),
    responses((status = 200, body = QuoteTold), (status = 400, body = ProblemBody)))]
pub(crate) async fn quote(
    State(state): State<GatewayState>,
    QueryOf(query): QueryOf<QuoteQuery>,
) -> Result<Json<QuoteTold>, Problem> {
    Ok(Json(state.node().quote(&query.wanted()?).await?.into()))
}

/// Quotes what a proof of a circuit costs now
///
/// The circuit is built, as for a purchase, and nothing is bought or kept: the answer says how large it and its proofs are, what
/// the lint finds in it, what a proof costs, who would make it, and when it would begin and be paid. A large circuit takes
/// seconds.
#[utoipa::path(post, path = "/api/v1/quote", tag = "market", request_body = QuoteOrder,
    responses((status = 200, body = CircuitQuoted), (status = 400, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(crate) async fn quote_circuit(
    State(state): State<GatewayState>,
    JsonOf(order): JsonOf<QuoteOrder>,
) -> Result<Json<CircuitQuoted>, Problem> {
    let shelf = state.shelf();
    let ((deadline, priority, reward), level) = (order.terms()?, order.level()?);
    let planned = state.node().plan(order.source(shelf.as_deref())?, level).await;
    let planned = planned.map_err(|error| match &shelf {
        Some(shelf) => Problem::from(error).without(shelf.dir()),
        None => error.into(),
    })?;
    let quote = state.node().quote(&planned.wanted(deadline, priority, reward)).await?;
    Ok(Json(CircuitQuoted::of(&planned, quote)))
}

impl QuoteQuery {
    fn wanted(&self) -> Result<Wanted, Problem> {
        let degree = match (self.degree, self.rows) {
            (Some(degree), _) => Degree::new(degree),
            (None, Some(rows)) => {
                let bits = u64::BITS - rows.saturating_sub(1).leading_zeros();
                Degree::new(u8::try_from(bits).unwrap_or(u8::MAX))
            }
            (None, None) => return Err(malformed(&"the size is missing: name degree or rows")),
        };
        Ok(Wanted {
            level: Level::new(self.level.unwrap_or(3)).map_err(|error| malformed(&error))?,
            degree: degree.map_err(|error| malformed(&error))?,
            builder: Builder::new(R1CS_BUILDER).map_err(|error| malformed(&error))?,
            circuit: None,
            recipe: None,
            recipe_len: USUAL_LEN,
            inputs_len: USUAL_LEN,
            deadline: Millis::new(self.deadline_seconds.unwrap_or(DEADLINE_SECONDS).saturating_mul(1_000)),
            priority: Priority::new(self.priority.unwrap_or(0)).map_err(|error| malformed(&error))?,
            reward: self.reward.map(Credits::new),
        })
    }
}
