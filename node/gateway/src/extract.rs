//! Extractors: path, query and JSON body, each with its faults as problems. A body is bounded in bytes and in time before
//! it is read.

use crate::problem::{Code, Problem};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Bytes of a JSON body.
pub const JSON_BYTES_MAX: usize = 1 << 20;
/// The time within which a JSON body must have come.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);
/// Characters of the sentence that says what is wrong with a body.
const DETAIL_MAX: usize = 400;
/// Seconds after which a body that was slow may be sent again.
const SLOW_SECONDS: u32 = 1;

/// The parameters of a path.
#[derive(Debug)]
pub struct PathOf<T>(pub T);

/// The parameters of a query.
#[derive(Debug)]
pub struct QueryOf<T>(pub T);

/// A JSON body.
#[derive(Debug)]
pub struct JsonOf<T>(pub T);

/// A JSON body of at most so many bytes.
#[derive(Debug)]
pub struct JsonUpTo<T, const BYTES: usize>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(|error| Problem::new(Code::Malformed, error.body_text()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(value)| Self(value)).map_err(|error| Problem::new(Code::Malformed, error.body_text()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonOf<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let JsonUpTo(value) = JsonUpTo::<T, JSON_BYTES_MAX>::from_request(request, state).await?;
        Ok(Self(value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned, const BYTES: usize> FromRequest<S> for JsonUpTo<T, BYTES> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        json(request, BYTES).await.map(Self)
    }
}

/// Reads a JSON body of at most so many bytes.
async fn json<T: DeserializeOwned>(request: Request, bytes_max: usize) -> Result<T, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::new(Code::UnsupportedMediaType, "the body must be application/json"));
    }
    let bytes = body(request, bytes_max).await?;
    let mut parser = serde_json::Deserializer::from_slice(&bytes);
    let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let path = error.path().to_string();
        malformed(&path, error.inner())
    })?;
    parser.end().map_err(|error| malformed("", &error))?;
    Ok(value)
}

/// What is wrong with a body, and where. A value is never repeated: it may be a part of a witness.
fn malformed(path: &str, error: &serde_json::Error) -> Problem {
    let told = error.to_string();
    let told = match told.rfind("expected ") {
        Some(at) if told.starts_with("invalid ") || told.starts_with("unknown ") => told.get(at..).unwrap_or_default(),
        Some(_) | None => &told,
    };
    let place = if ["", ".", "?"].contains(&path) { String::new() } else { format!(" at `{path}`") };
    Problem::new(Code::Malformed, format!("the body{place}: {told}").chars().take(DETAIL_MAX).collect::<String>())
}

/// Reads a whole body of at most so many bytes.
pub(crate) async fn body(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let too_large = || Problem::new(Code::TooLarge, format!("the body has more than {limit} bytes"));
    let stated = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if stated.and_then(|text| text.parse::<u64>().ok()).is_some_and(|stated| stated > limit as u64) {
        return Err(too_large());
    }
    let read = Limited::new(request.into_body(), limit).collect();
    match tokio::time::timeout(BODY_TIME_MAX, read).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Problem::new(Code::Malformed, "the body broke off")),
        Err(_) => {
            let detail = format!("the body did not come within {} s", BODY_TIME_MAX.as_secs());
            Err(Problem::new(Code::SlowBody, detail).retry_after(SLOW_SECONDS))
        }
    }
}

/// Whether a request says that its body is JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = stated.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use std::collections::BTreeMap;

    async fn read(body: &str) -> Result<Vec<u8>, Problem> {
        let request = Request::builder().header("content-type", "application/json; charset=utf-8");
        JsonOf::from_request(request.body(Body::from(body.to_owned())).unwrap(), &()).await.map(|JsonOf(value)| value)
    }

    #[tokio::test]
    async fn a_body_s_fault_is_told_without_its_values() {
        assert_eq!(read("[1, 2]").await.unwrap(), [1, 2]);
        for (body, told) in [
            ("[1, \"a secret\"]", "the body at `[1]`: expected u8 at line 1 column 14"),
            ("[1, 77777]", "the body at `[1]`: expected u8 at line 1 column 9"),
            ("[1] 2", "the body: trailing characters at line 1 column 5"),
        ] {
            let problem = read(body).await.unwrap_err();
            assert_eq!(problem, Problem::new(Code::Malformed, told));
        }
        let request = Request::builder().header("content-type", "application/json").body(Body::from("{bad")).unwrap();
        let broken = JsonOf::<BTreeMap<String, u8>>::from_request(request, &()).await.unwrap_err();
        assert_eq!(broken, Problem::new(Code::Malformed, "the body: key must be a string at line 1 column 2"));
        let plain = Request::builder().body(Body::from("[1]")).unwrap();
        let refused = JsonOf::<Vec<u8>>::from_request(plain, &()).await.unwrap_err();
        assert_eq!(refused.code(), Code::UnsupportedMediaType);
        let huge = format!("[{}1]", "1,".repeat(JSON_BYTES_MAX));
        assert_eq!(read(&huge).await.unwrap_err().code(), Code::TooLarge);
    }
}
