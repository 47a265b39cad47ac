//! Times as RFC 3339 has them: UTC, with milliseconds.

use dpgn_protocol::units::Timestamp;
use time::{OffsetDateTime, UtcDateTime};

/// The time of a block as text, `2026-11-28T12:00:00.000Z`; one beyond the calendar is its end.
pub(crate) fn at(time: Timestamp) -> String {
    let nanos = i128::from(time.get()).saturating_mul(1_000_000);
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).map_or(UtcDateTime::MAX, OffsetDateTime::to_utc);
    let (date, hours) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        hours.hour(),
        hours.minute(),
        hours.second(),
        hours.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_with_milliseconds() {
        assert_eq!(at(Timestamp::new(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(Timestamp::new(1_700_000_000_007)), "2023-11-14T22:13:20.007Z");
        assert_eq!(at(Timestamp::new(1_709_164_800_000)), "2024-02-29T00:00:00.000Z");
        assert!(at(Timestamp::new(u64::MAX)).starts_with("9999-"));
    }
}
