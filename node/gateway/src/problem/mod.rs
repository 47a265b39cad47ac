//! Problems: every error of the gateway, as RFC 9457 has them: `application/problem+json`.
//!
//! A problem leaves a handler without its trace; the middleware in `trace` writes it out with one, so that nobody can forget
//! it.

mod code;
mod of_node;

pub use code::Code;

use crate::trace_id::TraceId;
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::path::Path;
use utoipa::ToSchema;

/// Why a request was not answered as it wished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    detail: String,
    retry_after: Option<u32>,
}

/// The body of a problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Always `about:blank`: the code says which problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The words of the status.
    title: &'static str,
    /// The status of the response.
    status: u16,
    /// What is wrong with this request, for people.
    detail: String,
    /// What is wrong, for programs.
    code: Code,
    /// What to do next.
    hint: &'static str,
    /// The trace that the node's log has this request under: 32 hexadecimal digits.
    #[serde(rename = "traceId")]
    trace_id: String,
}

impl Problem {
    /// A problem in these words.
    pub fn new(code: Code, detail: impl ToString) -> Self {
        Self { code, detail: detail.to_string(), retry_after: None }
    }

    /// The same problem, with the seconds after which another try makes sense.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..self }
    }

    /// The same problem, without a directory of this machine in its sentence.
    #[must_use]
    pub(crate) fn without(self, dir: &Path) -> Self {
        let dir = format!("{}/", dir.display());
        Self { detail: self.detail.replace(&dir, ""), ..self }
    }

    /// The code of the problem.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The response with its body.
    pub(crate) fn render(&self, trace: TraceId) -> Response {
        let status = self.code.status();
        let body = ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: self.detail.clone(),
            code: self.code,
            hint: self.code.hint(),
            trace_id: trace.to_string(),
        };
        let mut response = Response::new(Body::from(serde_json::to_vec(&body).unwrap_or_default()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.code == Code::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
