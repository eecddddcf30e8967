//! What of a file a client can read, wants, or has already (RFC 9110 §12.5.3, §13, §14).

use std::ops::Range;

use http::{HeaderMap, HeaderValue, header};

use crate::headers::list;

/// How much of a file to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// These bytes; at least one.
    Range(Range<usize>),
    /// The client asks for bytes that the file does not have.
    Beyond,
}

/// Whether the client names this coding, or `*`, and does not refuse it.
pub(crate) fn accepts(request: &HeaderMap, coding: &str) -> bool {
    let offers = list(request, header::ACCEPT_ENCODING).map(|item| {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        (name.trim(), !is_refusal(parameters))
    });
    let mut any = false;
    for (name, is_welcome) in offers {
        if name.eq_ignore_ascii_case(coding) {
            return is_welcome;
        }
        any |= name == "*" && is_welcome;
    }
    any
}

/// Whether the client has this very content already.
pub(super) fn is_known(request: &HeaderMap, etag: &HeaderValue) -> bool {
    list(request, header::IF_NONE_MATCH).any(|known| {
        // Weak comparison: for a read, `W/` makes no difference (RFC 9110 §13.1.2).
        let known = known.strip_prefix("W/").unwrap_or(known);
        known == "*" || known.as_bytes() == etag.as_bytes()
    })
}

/// The part that a `Range` header asks for. What is not understood, or more than one part, may
/// be answered with the whole (RFC 9110 §14.2).
pub(super) fn part(request: &HeaderMap, etag: &HeaderValue, size: usize) -> Part {
    let is_of_another_version = request
        .get(header::IF_RANGE)
        .is_some_and(|version| version != etag);
    let wanted = request
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    match wanted.and_then(|range| range.strip_prefix("bytes=")) {
        Some(range) if !is_of_another_version => parse(range.trim(), size),
        _ => Part::Whole,
    }
}

fn parse(range: &str, size: usize) -> Part {
    let Some((first, last)) = range.split_once('-') else {
        return Part::Whole;
    };
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        _ => return Part::Whole,
    };
    if range.is_empty() {
        return Part::Beyond;
    }
    Part::Range(range)
}

fn is_refusal(parameters: &str) -> bool {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().strip_prefix("q="))
        .any(|quality| quality.parse::<f32>().is_ok_and(|quality| quality <= 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_used_only_when_it_is_welcome() {
        let sent = |value| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
        };

        assert!(accepts(&sent("gzip, deflate, br"), "br"));
        assert!(accepts(&sent("br;q=0.5"), "br"));
        assert!(accepts(&sent("*"), "br"));
        assert!(!accepts(&sent("br;q=0, *"), "br"));
        assert!(!accepts(&sent("gzip"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }

    #[test]
    fn one_range_is_understood_in_each_of_its_forms() {
        assert_eq!(parse("0-3", 10), Part::Range(0..4));
        assert_eq!(parse("8-", 10), Part::Range(8..10));
        assert_eq!(parse("-4", 10), Part::Range(6..10));
        assert_eq!(parse("-40", 10), Part::Range(0..10));
        assert_eq!(parse("8-40", 10), Part::Range(8..10));
    }

    #[test]
    fn bytes_that_do_not_exist_are_refused_and_nonsense_is_ignored() {
        assert_eq!(parse("10-", 10), Part::Beyond);
        assert_eq!(parse("10-12", 10), Part::Beyond);
        assert_eq!(parse("-0", 10), Part::Beyond);
        assert_eq!(parse("3-1", 10), Part::Whole);
        assert_eq!(parse("a-b", 10), Part::Whole);
        assert_eq!(parse("0-1,3-4", 10), Part::Whole);
    }
}
