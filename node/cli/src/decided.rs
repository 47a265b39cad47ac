//! Waits until the ledger shows what this command has sent.

use crate::user_error::UserError;
use std::time::Duration;

/// The time within which a block holds an op of a node that is in touch.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The time between two looks at the ledger.
const LOOK: Duration = Duration::from_millis(200);

/// Looks again and again until there is something to be shown; `None` if [`PATIENCE`] was too short.
pub(crate) async fn until<T>(
    mut look: impl AsyncFnMut() -> Result<Option<T>, UserError>,
) -> Result<Option<T>, UserError> {
    let looks = async {
        loop {
            if let Some(shown) = look().await? {
                return Ok(Some(shown));
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, looks).await.unwrap_or(Ok(None))
}
