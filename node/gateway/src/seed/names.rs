//! Names and times as the seven endpoints write them.

use crate::problem::{Code, Problem};
use axum::http::HeaderMap;
use dpgn_node::agents::{KEY_LEN_MAX, KEY_LEN_MIN, KeyShown};
use dpgn_protocol::{
    ids::AccountId,
    units::{Level, Timestamp},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::{Builder, Uuid};

/// The header in which a prover shows its key.
const KEY_HEADER: &str = "prover-key";

/// The UUID that stands for a prover with an account, where only a UUID may stand: its account's first 16 bytes, with the marks
/// of version 8.
pub(super) fn uuid_of(account: AccountId) -> Uuid {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(account.as_bytes()).for_each(|(to, from)| *to = *from);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// A time in RFC 3339; the latest that can be written if it is beyond all calendars.
pub(super) fn rfc3339(at: Timestamp) -> String {
    let nanos = i128::from(at.get()) * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
}

/// The level of this number, if it is one that is proved.
pub(super) fn level(number: u8) -> Result<Level, Problem> {
    Level::new(number).map_err(|_| {
        Problem::new(Code::Malformed, format!("privacy level {number} is reserved: this network proves levels 1 to 5"))
    })
}

/// A key that may be one.
pub(super) fn key(text: String) -> Result<KeyShown, Problem> {
    let refused = || format!("a prover's key has {KEY_LEN_MIN} to {KEY_LEN_MAX} bytes");
    KeyShown::new(text).ok_or_else(|| Problem::new(Code::Malformed, refused()))
}

/// The key that a prover shows, if it shows one.
pub(super) fn key_shown(headers: &HeaderMap) -> Result<Option<KeyShown>, Problem> {
    let Some(value) = headers.get(KEY_HEADER) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::new(Code::Malformed, "the prover's key is no text"))?;
    key(text.to_owned()).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_and_times_have_one_form_each() {
        let account = AccountId::from_bytes([0xff; 32]);
        assert_eq!(uuid_of(account).to_string(), "ffffffff-ffff-8fff-bfff-ffffffffffff");
        assert_eq!(rfc3339(Timestamp::new(1_735_689_660_500)), "2025-01-01T00:01:00.5Z");
        assert_eq!(rfc3339(Timestamp::new(u64::MAX)), "9999-12-31T23:59:59Z");
    }
}
