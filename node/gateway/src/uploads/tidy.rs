//! Uploads that nobody needs any more go, whether or not others come.

use super::shelf::Shelf;
use std::{sync::Weak, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// The time between two looks at what has become old.
pub(crate) const TIDY_EVERY: Duration = Duration::from_secs(3_600);

/// Removes what is old, now and then, until the gateway stops or the shelf has gone.
pub(crate) async fn keep_tidy(shelf: Weak<Shelf>, every: Duration, stop: CancellationToken) {
    let mut tick = interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        let Some(shelf) = shelf.upgrade() else { return };
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || shelf.tidy()).await {
            tracing::warn!(%error, "old uploads could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, sync::Arc, time::SystemTime};

    /// A witness that was uploaded last stayed until somebody uploaded another file: for ever, perhaps.
    #[tokio::test]
    async fn a_witness_goes_although_nothing_else_is_uploaded() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Arc::new(Shelf::new(dir.path().to_owned(), 100, 1_000));
        let tidies =
            tokio::spawn(keep_tidy(Arc::downgrade(&shelf), Duration::from_millis(20), CancellationToken::new()));
        for name in ["a", "b"] {
            // The second comes when it has looked already.
            let path = dir.path().join(name.repeat(64));
            fs::write(&path, "a secret").unwrap();
            let old = SystemTime::now() - Duration::from_secs(25 * 3_600);
            fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
            while path.exists() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        drop(shelf);
        tidies.await.unwrap();
    }
}
