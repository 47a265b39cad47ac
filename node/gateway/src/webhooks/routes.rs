//! Webhooks over HTTP: made, shown, tried, given a fresh key, taken up again, removed.

use super::{
    endpoint::{Endpoint, Wanted},
    message::Event,
    office::{Office, OfficeError},
    post::Outcome,
    store::ENDPOINTS_MAX,
};
use crate::{
    clock::now,
    dto::time::at,
    extract::{JsonOf, PathOf},
    page::Page,
    problem::{Code, Problem, ProblemBody},
    state::GatewayState,
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};
use utoipa::ToSchema;

/// Characters of a description.
const DESCRIPTION_MAX: usize = 200;
/// Seconds after which the disk may have recovered.
const DISK_SECONDS: u32 = 10;

/// An endpoint that is to be sent events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
    /// The URL that messages are posted to: `https`, at an address of the public internet. It is shown to whoever may ask this
    /// gateway, and in no log.
    url: String,
    /// What it is for, in at most 200 characters.
    #[serde(default)]
    description: String,
    /// The kinds of events that are sent; all unless some are named.
    #[serde(default)]
    events: BTreeSet<Event>,
}

/// An endpoint, and how it goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookRow {
    /// The id of the webhook.
    id: String,
    /// The URL that messages are posted to.
    url: String,
    /// What it is for, in its owner's words.
    description: String,
    /// The kinds of events that are sent; all if it is empty.
    events: BTreeSet<Event>,
    /// The time at which it was made: nothing that happened before is sent.
    created_at: String,
    /// The Ed25519 key that verifies its messages, as Standard Webhooks writes it: `whpk_` and base64.
    public_key: String,
    /// The key before that one; messages are signed by both for a day; null then.
    #[schema(required)]
    previous_key: Option<String>,
    /// The time until which it signs too; null with it.
    #[schema(required)]
    previous_until_at: Option<String>,
    /// Whether messages are sent: `active`, `failing` or `disabled`.
    status: &'static str,
    /// Why the last try failed, or why it is disabled; null if all is well.
    #[schema(required)]
    why: Option<String>,
    /// The time since which it fails, or is disabled; null if all is well.
    #[schema(required)]
    since_at: Option<String>,
    /// The time of the next try; null unless it fails.
    #[schema(required)]
    next_try_at: Option<String>,
    /// The messages that wait: at most 1,000. A message that finds no place is dropped and counted.
    queued: u64,
    /// The messages that it has taken.
    delivered: u64,
    /// The messages that were dropped; `events.lost` tells of them once there is room.
    lost: u64,
}

impl WebhookRow {
    fn of(endpoint: Endpoint, queued: u64) -> Self {
        let previous = endpoint.previous.filter(|(_, until)| *until > now());
        let (status, why, since, next) = match (endpoint.disabled, endpoint.failing) {
            (Some(disabled), _) => ("disabled", Some(disabled.why), Some(disabled.at), None),
            (None, Some(failing)) => ("failing", Some(failing.why), Some(failing.since), Some(failing.next)),
            (None, None) => ("active", None, None, None),
        };
        Self {
            id: endpoint.id,
            url: endpoint.url,
            description: endpoint.description,
            events: endpoint.events,
            created_at: at(endpoint.created),
            public_key: endpoint.key.public(),
            previous_key: previous.as_ref().map(|(key, _)| key.public()),
            previous_until_at: previous.map(|(_, until)| at(until)),
            status,
            why,
            since_at: since.map(at),
            next_try_at: next.map(at),
            queued,
            delivered: endpoint.delivered,
            lost: endpoint.lost,
        }
    }
}

/// What came of trying an endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookTried {
    /// Whether it has taken the message.
    delivered: bool,
    /// The status that it has answered; null if it has not.
    #[schema(required)]
    status: Option<u16>,
    /// Why it has not taken it; null if it has.
    #[schema(required)]
    why: Option<String>,
}

impl From<OfficeError> for Problem {
    fn from(error: OfficeError) -> Self {
        match error {
            OfficeError::Url(_) => Self::new(Code::WebhookUrl, error),
            OfficeError::Full => {
                Self::new(Code::WebhooksFull, format!("there are {ENDPOINTS_MAX} webhooks: as many as there may be"))
            }
            OfficeError::Unknown => Self::new(Code::UnknownWebhook, error),
            OfficeError::Store(_) | OfficeError::Random(_) | OfficeError::Died(_) => {
                tracing::warn!(%error, "this machine failed at webhooks");
                Self::new(Code::Machine, "this machine failed at it").retry_after(DISK_SECONDS)
            }
        }
    }
}

fn office(state: &GatewayState) -> Result<Arc<Office>, Problem> {
    state.office().ok_or_else(|| Problem::new(Code::NotFound, "this gateway sends no webhooks"))
}

async fn row(office: &Office, id: String) -> Result<WebhookRow, Problem> {
    let (endpoint, queued) = office.disk(move |store| store.endpoint(&id)).await?.ok_or(OfficeError::Unknown)?;
    Ok(WebhookRow::of(endpoint, queued))
}

/// Lists all webhooks
#[utoipa::path(get, path = "/api/v1/webhooks", operation_id = "list_webhooks", tag = "webhooks",
    responses((status = 200, body = Page<WebhookRow>), (status = 404, body = ProblemBody)))]
pub(crate) async fn list(State(state): State<GatewayState>) -> Result<Json<Page<WebhookRow>>, Problem> {
    let office = office(&state)?;
    let rows = office.disk(|store| {
        let ids = store.endpoints()?.into_iter().map(|endpoint| store.endpoint(&endpoint.id));
        ids.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()
    });
    let mut rows = rows.await?;
    rows.sort_by_key(|(endpoint, _)| endpoint.created);
    Ok(Json(Page::new(
        rows.into_iter().map(|(endpoint, queued)| WebhookRow::of(endpoint, queued)).collect(),
        None::<()>,
    )))
}

/// Has events of own tasks sent to a URL
///
/// Messages are those of Standard Webhooks (https://www.standardwebhooks.com), signed with Ed25519 by a key of this webhook's own;
/// they come in the order of the blocks, at least once, with the same `webhook-id` each time.
#[utoipa::path(post, path = "/api/v1/webhooks", operation_id = "create_webhook", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, body = WebhookRow), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub(crate) async fn create(
    State(state): State<GatewayState>,
    JsonOf(NewWebhook { url, description, events }): JsonOf<NewWebhook>,
) -> Result<Response, Problem> {
    if description.chars().count() > DESCRIPTION_MAX {
        return Err(Problem::new(Code::Malformed, format!("description has more than {DESCRIPTION_MAX} characters")));
    }
    let endpoint = office(&state)?.create(Wanted { url, description, events }).await?;
    Ok((StatusCode::CREATED, Json(WebhookRow::of(endpoint, 0))).into_response())
}

/// Shows a webhook
#[utoipa::path(get, path = "/api/v1/webhooks/{webhook}", operation_id = "show_webhook", tag = "webhooks", params(("webhook" = String, Path)),
    responses((status = 200, body = WebhookRow), (status = 404, body = ProblemBody)))]
pub(crate) async fn show(
    State(state): State<GatewayState>,
    PathOf(id): PathOf<String>,
) -> Result<Json<WebhookRow>, Problem> {
    Ok(Json(row(office(&state)?.as_ref(), id).await?))
}

/// Removes a webhook, with all that waits for it
#[utoipa::path(delete, path = "/api/v1/webhooks/{webhook}", operation_id = "remove_webhook", tag = "webhooks", params(("webhook" = String, Path)),
    responses((status = 204, description = "it is gone"), (status = 404, body = ProblemBody)))]
pub(crate) async fn remove(
    State(state): State<GatewayState>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    office(&state)?.remove(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a webhook the message `webhook.test`, once and at once
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/test", operation_id = "test_webhook", tag = "webhooks", params(("webhook" = String, Path)),
    responses((status = 200, body = WebhookTried), (status = 404, body = ProblemBody)))]
pub(crate) async fn test(
    State(state): State<GatewayState>,
    PathOf(id): PathOf<String>,
) -> Result<Json<WebhookTried>, Problem> {
    Ok(Json(match office(&state)?.test(&id).await? {
        Outcome::Delivered(status) => WebhookTried { delivered: true, status: Some(status), why: None },
        Outcome::Gone => WebhookTried {
            delivered: false,
            status: Some(StatusCode::GONE.as_u16()),
            why: Some("it answered 410: it wants nothing any more".to_owned()),
        },
        Outcome::Failed { status, why, .. } => WebhookTried { delivered: false, status, why: Some(why) },
    }))
}

/// Signs a webhook's messages with a fresh key
///
/// The key before it signs too for a day, so that a receiver can be given the new one in between.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/rotate", operation_id = "rotate_webhook_key", tag = "webhooks", params(("webhook" = String, Path)),
    responses((status = 200, body = WebhookRow), (status = 404, body = ProblemBody)))]
pub(crate) async fn rotate(
    State(state): State<GatewayState>,
    PathOf(id): PathOf<String>,
) -> Result<Json<WebhookRow>, Problem> {
    let office = office(&state)?;
    office.rotate(&id).await?;
    Ok(Json(row(&office, id).await?))
}

/// Sends to a webhook again that was disabled; one that fails is tried at once
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/enable", operation_id = "enable_webhook", tag = "webhooks", params(("webhook" = String, Path)),
    responses((status = 200, body = WebhookRow), (status = 404, body = ProblemBody)))]
pub(crate) async fn enable(
    State(state): State<GatewayState>,
    PathOf(id): PathOf<String>,
) -> Result<Json<WebhookRow>, Problem> {
    let office = office(&state)?;
    office.enable(&id).await?;
    Ok(Json(row(&office, id).await?))
}
