//! A span around every request, under the trace that the caller has begun or a fresh one; problems are written out here.

use crate::{problem::Problem, trace_id::Trace};
use axum::{
    extract::Request,
    http::HeaderValue,
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::time::Instant;
use tracing::{
    Instrument,
    field::{Empty, display},
};

/// The header of W3C Trace Context.
const TRACEPARENT: &str = "traceparent";

/// Runs a request in its span and gives its trace back.
pub(crate) async fn traced(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let trace = Trace::of(request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok()));
    let span = tracing::info_span!(
        "request",
        trace = Empty,
        method = %request.method(),
        path = shown(request.uri().path()),
        otel.kind = "server"
    );
    #[cfg(feature = "otlp")]
    let trace = crate::exported::join(&span, trace);
    span.record("trace", display(trace.id));
    #[cfg(feature = "otlp")]
    let exported = span.clone();
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
        #[cfg(feature = "otlp")]
        crate::exported::answered(&exported, response.status());
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(status = response.status().as_u16(), took_ms, "answered");
        response
    }
    .instrument(span)
    .await
}

/// A path as logs and traces have it: the digest of an upload may be that of a witness, and whoever guesses one could tell.
fn shown(path: &str) -> &str {
    const UPLOADS: &str = "/uploads/";
    path.find(UPLOADS).and_then(|at| path.get(..at + UPLOADS.len())).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_digest_is_in_no_trace() {
        assert_eq!(shown("/api/v1/uploads/00ff"), "/api/v1/uploads/");
        assert_eq!(shown("/below/api/v1/uploads/00ff/x"), "/below/api/v1/uploads/");
        assert_eq!(shown("/api/v1/tasks/00ff"), "/api/v1/tasks/00ff");
    }
}
