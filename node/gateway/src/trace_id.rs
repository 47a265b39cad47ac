//! Trace ids, and the header `traceparent` of W3C Trace Context that carries them.

use std::fmt;

/// A trace: the same in the caller's logs, in this node's, and in a problem's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId(pub(crate) [u8; 16]);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The trace of a request, and the span of ours in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) id: TraceId,
    /// The span of the caller's that the request was sent in; `None` without a caller's trace.
    pub(crate) parent: Option<[u8; 8]>,
    pub(crate) span: [u8; 8],
    pub(crate) flags: u8,
}

impl Trace {
    /// Goes on with the caller's trace if its header is well-formed, or else begins one.
    pub(crate) fn of(traceparent: Option<&str>) -> Self {
        // Without randomness requests are told apart by their time in the log.
        let (mut id, mut span) = ([0; 16], [0; 8]);
        let _ = getrandom::fill(&mut span);
        match traceparent.and_then(parse) {
            Some((id, parent, flags)) => Self { id, parent: Some(parent), span, flags },
            None => {
                let _ = getrandom::fill(&mut id);
                Self { id: TraceId(id), parent: None, span, flags: 0 }
            }
        }
    }

    /// The header that gives it back, with our span in the place of the caller's.
    pub(crate) fn header(&self) -> String {
        format!("00-{}-{}-{:02x}", self.id, hex::encode(self.span), self.flags)
    }
}

/// Reads `VERSION-TRACE-SPAN-FLAGS`, all of it lowercase hexadecimal; a later version may have more behind it.
fn parse(header: &str) -> Option<(TraceId, [u8; 8], u8)> {
    let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let mut parts = header.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_whole = version != "00" || parts.next().is_none();
    if version.len() != 2 || version == "ff" || span.len() != 16 || flags.len() != 2 || !is_whole {
        return None;
    }
    if ![version, trace, span, flags].into_iter().all(is_hex) || span.bytes().all(|b| b == b'0') {
        return None;
    }
    let (mut id, mut parent) = ([0; 16], [0; 8]);
    hex::decode_to_slice(trace, &mut id).ok()?;
    hex::decode_to_slice(span, &mut parent).ok()?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    (id != [0; 16]).then_some((TraceId(id), parent, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_s_trace_goes_on_and_a_malformed_one_does_not() {
        let theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let trace = Trace::of(Some(theirs));
        assert_eq!(trace.id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(trace.header().starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
        assert!(trace.header().ends_with("-01") && trace.header() != theirs, "{}", trace.header());
        let later = format!("01{}-more", &theirs[2..]);
        assert_eq!(Trace::of(Some(&later)).id, trace.id, "a later version may say more");
        let bad = [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01",
        ];
        for header in bad {
            assert_ne!(Trace::of(Some(header)).id, trace.id, "{header}");
        }
        assert_ne!(Trace::of(None).id, Trace::of(None).id);
    }
}
