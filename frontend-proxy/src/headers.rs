//! Which headers cross the proxy, and which ones it writes itself.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{self, AsHeaderName},
};
use shared::http::REQUEST_ID;

use crate::peer::Peer;

/// What `Connection` may say that is not the name of a header.
const WORDS: [&str; 3] = ["close", "keep-alive", "upgrade"];

/// Whether a header is about one connection rather than about the message (RFC 9110 §7.6.1).
pub(crate) fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "upgrade"
    )
}

/// The items of a list such as `Connection` has; one that is no text is empty.
pub(crate) fn tokens(value: &HeaderValue) -> impl DoubleEndedIterator<Item = &str> {
    let items = value.as_bytes().split(|byte| *byte == b',');
    // One by one: what is no text must not hide the others.
    items.map(|item| str::from_utf8(item.trim_ascii()).unwrap_or_default())
}

/// The items of all headers of this name, in their order.
pub(crate) fn list(
    headers: &HeaderMap,
    name: impl AsHeaderName,
) -> impl DoubleEndedIterator<Item = &str> {
    headers.get_all(name).iter().flat_map(tokens)
}

/// Removes from a request what is about the connection it came over, including what `Connection`
/// names, and what only the proxy may say: who the user is and where the request came from.
pub(crate) fn remove_unwelcome(headers: &mut HeaderMap) {
    // Mostly there are none, or one.
    let unwelcome = headers
        .keys()
        .filter(|it| is_hop_by_hop(it) || is_claim(it));
    let unwelcome: Vec<_> = unwelcome.cloned().collect();
    let connection = headers.get_all(header::CONNECTION).iter();
    let named: Vec<_> = connection.flat_map(named).collect();
    for name in named.into_iter().chain(unwelcome) {
        headers.remove(name);
    }
    // A length beside chunks could make two readers see two different ends of one message.
    if headers.remove(header::TRANSFER_ENCODING).is_some() {
        headers.remove(header::CONTENT_LENGTH);
    }
}

fn is_claim(name: &HeaderName) -> bool {
    let text = name.as_str();
    text.starts_with("x-user-")
        || text.starts_with("x-forwarded-")
        || matches!(text, "forwarded" | "x-real-ip")
        || *name == REQUEST_ID
}

/// What the proxy says of a request to the service: its id, and where it came from.
pub(crate) struct Origin<'a> {
    /// The id.
    pub(crate) request_id: &'a HeaderValue,
    /// Who sent it.
    pub(crate) client: &'a Peer,
}

impl Origin<'_> {
    /// The headers that say so; `host` is the one that was asked for.
    pub(crate) fn headers<'a>(
        &'a self,
        host: Option<&'a HeaderValue>,
    ) -> impl Iterator<Item = (&'static str, &'a [u8])> {
        let ip = self.client.ip_header.as_bytes();
        let own = [
            ("x-request-id", self.request_id.as_bytes()),
            ("x-real-ip", ip),
            ("x-forwarded-for", ip),
            ("x-forwarded-proto", self.client.scheme.as_bytes()),
        ];
        let host = host.map(|host| ("x-forwarded-host", host.as_bytes()));
        own.into_iter().chain(host)
    }
}

/// The headers that a value of `Connection` names.
pub(crate) fn named(connection: &HeaderValue) -> impl Iterator<Item = HeaderName> {
    tokens(connection)
        // Words, not headers, and most connections say one of them.
        .filter(|token| !WORDS.iter().any(|word| token.eq_ignore_ascii_case(word)))
        .filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok())
        // Nobody must be able to remove what says where a message ends or goes.
        .filter(|name| name != header::CONTENT_LENGTH && name != header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|&(name, value)| {
                let value = HeaderValue::from_static(value);
                (HeaderName::from_static(name), value)
            })
            .collect()
    }

    #[test]
    fn an_item_that_is_no_text_hides_no_other() {
        let list = HeaderValue::from_bytes(b"\xff, 192.0.2.1").unwrap();

        assert_eq!(tokens(&list).collect::<Vec<_>>(), ["", "192.0.2.1"]);
    }

    #[test]
    fn headers_of_the_connection_stay_behind() {
        let mut headers = headers(&[
            ("connection", "keep-alive, X-Secret"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("x-secret", "1"),
            ("accept", "*/*"),
        ]);

        remove_unwelcome(&mut headers);

        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["accept"]);
    }

    #[test]
    fn a_length_beside_chunks_is_not_believed() {
        let mut headers = headers(&[("transfer-encoding", "chunked"), ("content-length", "3")]);

        remove_unwelcome(&mut headers);

        assert!(headers.is_empty());
    }

    #[test]
    fn claims_from_outside_are_removed() {
        let mut headers = headers(&[
            ("x-user-id", "1"),
            ("x-user-role", "ADMIN"),
            ("x-forwarded-for", "6.6.6.6"),
            ("forwarded", "for=6.6.6.6"),
            ("x-real-ip", "6.6.6.6"),
            ("x-request-id", "request-6"),
            ("x-used", "yes"),
        ]);

        remove_unwelcome(&mut headers);

        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["x-used"]);
    }
}
