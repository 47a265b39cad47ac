//! The OpenAPI document, and a page that shows it: its files are in the program, so it needs no network.

use crate::{
    problem::{Code, Problem},
    state::GatewayState,
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::Path,
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{
    OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_swagger_ui::Config;

/// The page's scripts are its own files; it writes styles inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
                      img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "DPGN gateway",
        description = "What a DPGN node offers over HTTP. Amounts are micro-credits (a million to a credit; only `reward_amount` \
            is in thousandths of a credit), times RFC 3339 \
            in UTC, durations milliseconds, shares and scores numbers of which 1 is a whole, ids lowercase hexadecimal. Errors are `application/problem+json` (RFC 9457) with a stable `code`. Lists \
            are read page by page: hand `next_cursor` on as `cursor` until it is null. Unless the gateway listens on \
            loopback without a token, every request but /health, /ready and /version carries `Authorization: Bearer`."
    ),
    components(schemas(crate::problem::ProblemBody)),
    tags(
        (name = "simple", description = "The seven calls of the quick start: tasks and provers, without a version in their paths. \
            Amounts are in thousandths of a credit."),
        (name = "tasks", description = "Proofs that this node buys, and all tasks of the network"),
        (name = "uploads", description = "Circuits and witnesses of any size, by their SHA-256"),
        (name = "market", description = "Prices, the order book, provers, quotes"),
        (name = "events", description = "What happens, as it happens"),
        (name = "webhooks", description = "Events of own tasks, sent to a URL as Standard Webhooks has it"),
        (name = "accounts", description = "What accounts have, and what provers are worth"),
        (name = "network", description = "This node, its peers, the committee, the blocks"),
        (name = "operations", description = "For monitoring"),
    ),
    security((), ("bearer" = []))
)]
struct Document;

/// The document without its routes, which the router adds.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    document.components.get_or_insert_default().add_security_scheme("bearer", bearer);
    document
}

/// The document as it is handed out: every route may answer with a problem, whatever stands before it.
fn whole(api: &utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(api).unwrap_or_default();
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    let content = json!({ "application/problem+json": { "schema": problem } });
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flat_map(|paths| paths.values_mut());
    let operations = operations.filter_map(Value::as_object_mut).flat_map(|item| item.values_mut());
    for operation in operations {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        parameters.into_iter().flatten().for_each(named);
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { continue };
        for response in responses.values_mut() {
            let is_problem = response.pointer("/content/application~1json/schema") == Some(&problem);
            if let Some(response) = response.as_object_mut().filter(|_| is_problem) {
                response.insert("content".to_owned(), content.clone());
            }
        }
        let any = json!({ "description": "a problem, in RFC 9457's words", "content": content });
        responses.insert("default".to_owned(), any);
    }
    document
}

/// Says how a task, an account or an upload is named, where one stands in a path or a query.
fn named(parameter: &mut Value) {
    let pattern = match (parameter["in"].as_str(), parameter["name"].as_str()) {
        (Some("path"), Some("account" | "digest")) | (Some("query"), Some("about" | "prover" | "requester")) => {
            "^[0-9a-f]{64}$"
        }
        (Some("path"), Some("task")) => "^([0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
        (Some("path"), Some("webhook")) => "^ep_[0-9a-f]{32}$",
        (Some(_), _) | (None, _) => return,
    };
    if let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut) {
        schema.insert("pattern".to_owned(), pattern.into());
    }
}

/// Serves the document, and the page that shows it.
pub(crate) fn routes(api: &utoipa::openapi::OpenApi) -> Router<GatewayState> {
    let document = Bytes::from(whole(api).to_string());
    let json = async move || ([(header::CONTENT_TYPE, "application/json")], document.clone()).into_response();
    Router::new()
        .route("/openapi.json", get(json))
        // Relative, as is what the page asks for: an application may have nested all of it below a path of its own.
        .route("/docs", get(async || Redirect::permanent("docs/")))
        .route("/docs/", get(async || file("index.html")))
        .route("/docs/{file}", get(async |Path(name): Path<String>| file(&name)))
}

fn file(name: &str) -> Response {
    let config: Arc<Config<'static>> = Arc::new(Config::from("../openapi.json"));
    match utoipa_swagger_ui::serve(name, config) {
        Ok(Some(file)) => {
            let headers = [
                (header::CONTENT_TYPE, file.content_type),
                (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
                (header::CACHE_CONTROL, "no-cache".to_owned()),
            ];
            // They lie in the program: an answer borrows them.
            (headers, Body::from(file.bytes)).into_response()
        }
        Ok(None) | Err(_) => Problem::new(Code::NotFound, "there is nothing here").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    /// The bundle has more than a megabyte: each answer had a copy of it, and a client that does not read held it.
    #[tokio::test]
    async fn answers_share_the_bytes_of_the_page_s_files() {
        let bytes = async || file("swagger-ui-bundle.js").into_body().collect().await.unwrap().to_bytes();
        let (one, other) = (bytes().await, bytes().await);
        assert!(one.len() > 1 << 20, "{}", one.len());
        assert_eq!(one.as_ptr(), other.as_ptr());
    }
}
