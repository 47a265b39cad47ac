//! Buying a proof over HTTP.

use super::find::{Found, find};
use crate::{
    dto::submit::{Bought, LintFinding, Order},
    extract::JsonOf,
    problem::{Code, Problem, ProblemBody},
    state::GatewayState,
    uploads::Loan,
};
use axum::{
    Json,
    extract::{FromRequest, OriginalUri, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use dpgn_node::{NodeHandle, Purchase, Source, SubmitError, control::Warning};
use dpgn_prover::circuit::{Lint, Severity};

/// The header that names a request, so that its repetition buys nothing.
const KEY: &str = "idempotency-key";

/// Buys a proof
///
/// The node checks the witness, builds the circuit and sends the bid, for its own account; after any error but
/// `sent_unseen` nothing was sent or charged. A request that is repeated with its `Idempotency-Key` is answered with the task
/// that the first one has bought; a repetition has the same values, in any order and layout.
#[utoipa::path(post, path = "/api/v1/tasks", tag = "tasks", request_body = Order,
    params(("Idempotency-Key" = Option<String>, Header, description = "any text of at most 255 characters, fresh for each purchase")),
    responses((status = 201, body = Bought), (status = 200, body = Bought, description = "bought before, with this key"),
        (status = 400, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 429, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
pub(crate) async fn submit(State(state): State<GatewayState>, request: Request) -> Result<Response, Problem> {
    let key = request.headers().get(KEY).cloned();
    // As the client wrote it: an application may have nested the routes below a path of its own.
    let here = request.extensions().get::<OriginalUri>().map_or_else(|| request.uri().clone(), |uri| uri.0.clone());
    let JsonOf(order) = JsonOf::<Order>::from_request(request, &()).await?;
    let shelf = state.shelf();
    let Some(key) = key else {
        let alias = order.alias();
        return Ok(created(here.path(), buy(&state, order.purchase(alias, shelf.as_deref())?).await?));
    };
    let text = key.to_str().map_err(|_| Problem::new(Code::Malformed, "the Idempotency-Key is no text"))?;
    let running = state.keys().begin(text, order.digest()?, order.alias())?;
    let (level, reward) = (order.level(), order.reward());
    let repeated = |found: Found| {
        // Of a key that was used before this process began only the task is left to compare with.
        if found.row.level != level || found.row.reward < reward {
            return Err(Problem::new(Code::KeyReused, "this Idempotency-Key was used for another request"));
        }
        Ok((StatusCode::OK, Json(Bought { task: found.row, warnings: Vec::new() })).into_response())
    };
    let name = running.alias().to_string();
    match find(&state, &name).await {
        Ok(found) => return repeated(found),
        Err(problem) if problem.code() == Code::UnknownTask => {}
        Err(problem) => return Err(problem),
    }
    match buy(&state, order.purchase(Some(running.alias()), shelf.as_deref())?).await {
        Ok(bought) => Ok(created(here.path(), bought)),
        Err(problem) if problem.code() == Code::AliasUsed => repeated(find(&state, &name).await?),
        Err(problem) => Err(problem),
    }
}

async fn buy(state: &GatewayState, purchase: Purchase) -> Result<Bought, Problem> {
    let loan = match (&purchase.source, state.shelf()) {
        (Source::R1cs { wtns, .. }, Some(shelf)) => {
            let gone = || Problem::new(Code::UnknownUpload, "wtns: it has gone, since a proof was bought with it");
            Some(shelf.lend(wtns).ok_or_else(gone)?)
        }
        (Source::R1cs { .. } | Source::Envelope(_), _) => None,
    };
    // A client that hangs up does not leave a purchase half done, nor its witness behind.
    let bought = tokio::spawn(purchased(state.node().clone(), loan, purchase));
    let died = |_| Problem::new(Code::Machine, "the purchase ended early").retry_after(10);
    let bought: Result<dpgn_node::Bought, SubmitError> = bought.await.map_err(died)?;
    let bought = bought.map_err(|error| match state.shelf() {
        Some(shelf) => Problem::from(error).without(shelf.dir()),
        None => error.into(),
    })?;
    let row = find(state, &bought.task.task.to_string()).await?.row;
    let finding = |lint: &Lint| LintFinding::of(Warning::from(lint), lint.severity == Severity::Error);
    let warnings = bought.warnings.iter().map(finding).collect();
    Ok(Bought { task: row, warnings })
}

/// Buys a proof. Once the bid is sent, an uploaded witness goes unless others read it: the node has its own copy, sealed for the
/// prover.
async fn purchased(
    node: NodeHandle,
    witness: Option<Loan>,
    purchase: Purchase,
) -> Result<dpgn_node::Bought, SubmitError> {
    let bought = Box::pin(node.submit(purchase)).await;
    let is_sent = matches!(&bought, Ok(_) | Err(SubmitError::Unseen(_)));
    if let Some(witness) = witness {
        let wiped = tokio::task::spawn_blocking(move || witness.end(is_sent)).await;
        if !matches!(wiped, Ok(Ok(()))) {
            tracing::warn!("an uploaded witness could not be wiped: it goes after a day");
        }
    }
    bought
}

fn created(list: &str, bought: Bought) -> Response {
    let location = format!("{}/{}", list.trim_end_matches('/'), bought.task.task);
    let mut response = (StatusCode::CREATED, Json(bought)).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
