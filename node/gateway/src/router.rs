//! The routes, and what stands before them: trace, count, headers, guard, limits, in this order.

use crate::{
    accounts, docs, events, guard, headers, health, limits, market, metrics, network, pages,
    problem::{Code, Problem},
    quotes, seed,
    state::GatewayState,
    tasks, trace, uploads, webhooks,
};
use axum::{Router, middleware};
use utoipa_axum::{router::OpenApiRouter, routes};

/// All routes over one node. They can be nested in an application's own router; [`crate::serve`] serves them alone.
pub fn router(state: GatewayState) -> Router {
    let (routes, api) = documented().split_for_parts();
    let routes = routes
        .merge(pages::routes())
        .merge(docs::routes(&api))
        .fallback(async || Problem::new(Code::NotFound, "there is nothing here"))
        .method_not_allowed_fallback(async || Problem::new(Code::MethodNotAllowed, "this route knows other methods"));
    // The last one added is the first to see a request.
    routes
        .layer(middleware::from_fn_with_state(state.limits(), limits::limited))
        .layer(middleware::from_fn_with_state(state.guard(), guard::guarded))
        .layer(middleware::from_fn(headers::secured))
        .layer(middleware::from_fn_with_state(state.metrics().clone(), metrics::counted))
        .layer(middleware::from_fn(trace::traced))
        .with_state(state)
}

/// The routes that the OpenAPI document describes: all but the pages.
fn documented() -> OpenApiRouter<GatewayState> {
    OpenApiRouter::with_openapi(docs::description())
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(health::version))
        .routes(routes!(metrics::metrics))
        .routes(routes!(network::status))
        .routes(routes!(network::peers))
        .routes(routes!(network::committee))
        .routes(routes!(network::candidates))
        .routes(routes!(network::blocks))
        .routes(routes!(network::block))
        .routes(routes!(tasks::list, tasks::submit))
        .routes(routes!(uploads::look, uploads::put))
        .routes(routes!(tasks::show))
        .routes(routes!(tasks::proof))
        .routes(routes!(tasks::verifier_data))
        .routes(routes!(tasks::receipt))
        .routes(routes!(tasks::explain))
        .routes(routes!(tasks::history))
        .routes(routes!(tasks::cancel))
        .routes(routes!(tasks::verify))
        .routes(routes!(tasks::awards))
        .routes(routes!(quotes::quote, quotes::quote_circuit))
        .routes(routes!(market::book))
        .routes(routes!(market::list_provers))
        .routes(routes!(market::list_prices))
        .routes(routes!(accounts::account))
        .routes(routes!(accounts::reputation))
        .routes(routes!(accounts::statement))
        .routes(routes!(events::events))
        .routes(routes!(events::task_events))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::show, webhooks::remove))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::enable))
        .merge(seed::routes())
}
