//! A request's span as OpenTelemetry exports it: in the caller's trace, under the ids that answers and problems name. Without an
//! exporter nothing of it happens.

use crate::trace_id::{Trace, TraceId};
use axum::http::StatusCode;
use opentelemetry::{
    Context, SpanId,
    trace::{SpanContext, TraceContextExt, TraceFlags, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Puts a span into the caller's trace, and takes over the ids that it is exported under.
pub(crate) fn join(span: &Span, trace: Trace) -> Trace {
    if let Some(parent) = trace.parent {
        let id = opentelemetry::TraceId::from_bytes(trace.id.0);
        let flags = TraceFlags::new(trace.flags);
        let caller = SpanContext::new(id, SpanId::from_bytes(parent), flags, true, TraceState::NONE);
        // Only a span that has begun elsewhere already refuses it: this one is new.
        let _ = span.set_parent(Context::new().with_remote_span_context(caller));
    }
    let context = span.context();
    let exported = context.span().span_context().clone();
    if !exported.is_valid() {
        return trace;
    }
    Trace {
        id: TraceId(exported.trace_id().to_bytes()),
        span: exported.span_id().to_bytes(),
        flags: exported.trace_flags().to_u8(),
        ..trace
    }
}

/// Says what a request was answered with.
pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.set_status(opentelemetry::trace::Status::error(""));
    }
}
