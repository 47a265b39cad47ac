//! The pace of an upload: a body that comes slower than it must is given up, however steadily it trickles.

use crate::problem::{Code, Problem};
use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::Instant;

/// The time within which so many bytes more must have come.
const LEAST: (u64, Duration) = (64 << 10, Duration::from_secs(30));

/// How a body has come so far.
#[derive(Debug)]
pub(super) struct Pace {
    least: (u64, Duration),
    since: Instant,
    bytes: u64,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self::of(LEAST)
    }

    fn of(least: (u64, Duration)) -> Self {
        Self { least, since: Instant::now(), bytes: 0 }
    }

    /// The next bytes of a body; `None` at its end.
    pub(super) async fn piece(&mut self, body: &mut Body) -> Result<Option<Bytes>, Problem> {
        let (least, within) = self.least;
        loop {
            let frame = match tokio::time::timeout_at(self.since + within, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => return Err(Problem::new(Code::Malformed, "the body broke off")),
                Err(_) => {
                    let detail = format!("fewer than {least} bytes came in {} s", within.as_secs());
                    return Err(Problem::new(Code::SlowBody, detail).retry_after(1));
                }
            };
            // Trailers are no bytes of the file.
            if let Ok(bytes) = frame.into_data() {
                self.bytes = self.bytes.saturating_add(bytes.len() as u64);
                if self.bytes >= least {
                    (self.since, self.bytes) = (Instant::now(), 0);
                }
                return Ok(Some(bytes));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use std::{convert::Infallible, time::Duration};

    /// A body whose pieces come one every ten milliseconds.
    fn body(pieces: usize, bytes: usize) -> Body {
        Body::from_stream(stream::unfold(pieces, move |left| async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let piece = Ok::<_, Infallible>(vec![0_u8; bytes]);
            left.checked_sub(1).map(|left| (piece, left))
        }))
    }

    async fn read(mut body: Body, least: (u64, Duration)) -> Result<usize, Problem> {
        let (mut pace, mut all) = (Pace::of(least), 0);
        while let Some(bytes) = pace.piece(&mut body).await? {
            all += bytes.len();
        }
        Ok(all)
    }

    /// One byte every 29 seconds kept a writer's place for as long as a client liked.
    #[tokio::test]
    async fn a_body_that_trickles_is_given_up() {
        let endless = body(usize::MAX, 1);
        let given_up = read(endless, (1_000, Duration::from_secs(1))).await.unwrap_err();
        assert_eq!(given_up.code(), Code::SlowBody);
        // However long it takes as a whole, a body that keeps the pace comes to its end; so does one that is small.
        assert_eq!(read(body(50, 100), (100, Duration::from_secs(60))).await, Ok(5_000));
        assert_eq!(read(body(1, 1), (1_000, Duration::from_secs(60))).await, Ok(1));
    }
}
