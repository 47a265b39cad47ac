//! A span around every request, under the trace that the caller has begun or a fresh one; problems are written out here.

use crate::{problem::Problem, trace_id::Trace};
use axum::{
    extract::Request,
    http::HeaderValue,
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::time::Instant;
use tracing::Instrument;

/// The header of W3C Trace Context.
const TRACEPARENT: &str = "traceparent";

/// Runs a request in its span and gives its trace back.
pub(crate) async fn traced(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let trace = Trace::of(request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok()));
    let span =
        tracing::info_span!("request", trace = %trace.id, method = %request.method(), path = request.uri().path());
    async move {
        let mut response = next.run(request).await;
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            let written = problem.render(trace.id);
            // Headers that layers have set on the way stay.
            let (parts, body) = written.into_parts();
            let mut headers = std::mem::take(response.headers_mut());
            headers.extend(parts.headers);
            response = (parts.status, headers, body).into_response();
        }
        if let Ok(value) = HeaderValue::from_str(&trace.header()) {
            response.headers_mut().insert(TRACEPARENT, value);
        }
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(status = response.status().as_u16(), took_ms, "answered");
        response
    }
    .instrument(span)
    .await
}
