//! Uploading over HTTP: in one go, or in several if it breaks off.

use super::{
    file::Digest,
    pace::Pace,
    shelf::{Held, Shelf, ShelfError, Writer},
};
use crate::{
    extract::{PathOf, QueryOf},
    problem::{Code, Problem, ProblemBody},
    state::GatewayState,
};
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Seconds after which there may be room.
const ROOM_SECONDS: u32 = 5;

/// A file that is uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Upload {
    /// The SHA-256 of its bytes, which is its name.
    digest: String,
    /// The bytes that are here.
    bytes: u64,
    /// Whether it is whole, and may be bought with.
    complete: bool,
}

impl Upload {
    fn of(digest: Digest, Held { bytes, is_whole }: Held) -> Self {
        Self { digest: digest.to_string(), bytes, complete: is_whole }
    }
}

/// Where the bytes begin.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OffsetQuery {
    /// The place of the first byte of the body in the file: 0, or as many as are here of one that broke off.
    #[serde(default)]
    offset: u64,
}

/// Shows how much of a file is here
#[utoipa::path(get, path = "/api/v1/uploads/{digest}", tag = "uploads", params(("digest" = String, Path)),
    responses((status = 200, body = Upload), (status = 400, body = ProblemBody)))]
pub(crate) async fn look(
    State(state): State<GatewayState>,
    PathOf(digest): PathOf<String>,
) -> Result<Json<Upload>, Problem> {
    let (shelf, digest) = (shelf(&state)?, named(&digest)?);
    let held = blocking(move || Ok(shelf.held(digest))).await?;
    Ok(Json(Upload::of(digest, held)))
}

/// Uploads a file, or the rest of one
///
/// The file is named by the SHA-256 of its bytes. If the body breaks off, what has come stays for a day: ask how many bytes are
/// here, and send the rest with that `offset`. Once the body is at its end, the bytes are compared with the name.
#[utoipa::path(put, path = "/api/v1/uploads/{digest}", tag = "uploads", params(("digest" = String, Path), OffsetQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Upload), (status = 200, body = Upload, description = "it was here already"),
        (status = 408, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 422, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(crate) async fn put(
    State(state): State<GatewayState>,
    PathOf(digest): PathOf<String>,
    QueryOf(OffsetQuery { offset }): QueryOf<OffsetQuery>,
    request: Request,
) -> Result<(StatusCode, Json<Upload>), Problem> {
    let (shelf, digest) = (shelf(&state)?, named(&digest)?);
    let there = shelf.clone();
    let held = blocking(move || Ok(there.held(digest))).await?;
    if held.is_whole {
        return Ok((StatusCode::OK, Json(Upload::of(digest, held))));
    }
    let mut writer = blocking(move || shelf.begin(digest, offset)).await?;
    let (mut body, mut pace) = (request.into_body(), Pace::new());
    while let Some(bytes) = pace.piece(&mut body).await? {
        writer = blocking(move || {
            writer.write(&bytes)?;
            Ok(writer)
        })
        .await?;
    }
    let bytes = blocking(move || Writer::end(writer)).await?;
    Ok((StatusCode::CREATED, Json(Upload::of(digest, Held { bytes, is_whole: true }))))
}

fn shelf(state: &GatewayState) -> Result<Arc<Shelf>, Problem> {
    state.shelf().ok_or_else(|| Problem::new(Code::NotFound, "this gateway takes no uploads"))
}

fn named(digest: &str) -> Result<Digest, Problem> {
    digest.parse().map_err(|error| Problem::new(Code::Malformed, error))
}

/// Works at the disk off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ShelfError> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Problem::from),
        Err(_) => Err(Problem::new(Code::Machine, "the upload ended early").retry_after(ROOM_SECONDS)),
    }
}

impl From<ShelfError> for Problem {
    fn from(error: ShelfError) -> Self {
        let code = match &error {
            ShelfError::Busy | ShelfError::Full { .. } | ShelfError::Crowded { .. } => {
                return Self::new(Code::Overloaded, error).retry_after(ROOM_SECONDS);
            }
            ShelfError::Disk(source) => {
                tracing::warn!(%source, "an upload could not be written");
                return Self::new(Code::Machine, "the disk refuses").retry_after(ROOM_SECONDS);
            }
            ShelfError::Offset { .. } => Code::OtherOffset,
            ShelfError::TooLarge { .. } => Code::TooLarge,
            ShelfError::Other(_) => Code::OtherDigest,
        };
        Self::new(code, error)
    }
}
