//! The clock of the wall, for times that people read.

use dpgn_protocol::units::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time now, in milliseconds.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
