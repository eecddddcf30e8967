//! What caused a message: it travels with it, so that one request is one story in all logs.

use http::{HeaderMap, HeaderValue};

/// The name of the trace context, as a header and as a field of messages (W3C Trace Context).
pub const TRACEPARENT: &str = "traceparent";

/// The request that is under way, or that a message goes back to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// Id of the request; empty when there was none.
    pub request_id: String,
    /// The trace that the request belongs to, as its `traceparent`; empty when nobody traces.
    pub traceparent: String,
}

impl Cause {
    /// The cause that the headers of a request tell of. A trace context that is not well-formed is
    /// none, as the recommendation asks.
    pub fn of(request_id: String, headers: &HeaderMap) -> Self {
        let sent = headers.get(TRACEPARENT).map(HeaderValue::as_bytes);
        let traceparent = sent.filter(|it| is_traceparent(it)).unwrap_or_default();
        Self {
            request_id,
            traceparent: String::from_utf8_lossy(traceparent).into_owned(),
        }
    }

    /// The trace, for log lines; none when nobody traces.
    pub fn trace_id(&self) -> Option<&str> {
        self.traceparent.split('-').nth(1)
    }
}

/// Version 00: `00-`, 32 digits of the trace, `-`, 16 of the parent, `-`, 2 of flags; all of them
/// lower-case hexadecimal, and neither id zero.
fn is_traceparent(text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b'-').collect();
    let is_hex = |part: &[u8]| {
        part.iter()
            .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id = |part: &[u8], length| {
        part.len() == length && is_hex(part) && part.iter().any(|it| *it != b'0')
    };
    matches!(
        parts.as_slice(),
        [b"00", trace, parent, flags]
            if is_id(trace, 32) && is_id(parent, 16) && flags.len() == 2 && is_hex(flags)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_context_is_taken_over_only_when_it_is_one() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(is_traceparent(trace.as_bytes()));

        for none in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
        ] {
            assert!(!is_traceparent(none.as_bytes()), "{none}");
        }
    }
}
