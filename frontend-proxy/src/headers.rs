//! Which headers cross the proxy, and which ones it writes itself.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{self, AsHeaderName},
};

use crate::peer::Peer;

const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

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

/// The items of a list such as `Connection` has.
pub(crate) fn tokens(value: &HeaderValue) -> impl DoubleEndedIterator<Item = &str> {
    let lists = value.to_str().into_iter();
    lists.flat_map(|list| list.split(',')).map(str::trim)
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
    let name = name.as_str();
    name.starts_with("x-user-") || name.starts_with("x-forwarded-") || name == "forwarded"
}

/// Says where the request came from.
pub(crate) fn add_origin(headers: &mut HeaderMap, client: &Peer) {
    if let Some(host) = headers.get(header::HOST).cloned() {
        headers.insert(X_FORWARDED_HOST, host);
    }
    headers.insert(X_REAL_IP, client.ip_header.clone());
    headers.insert(X_FORWARDED_FOR, client.ip_header.clone());
    headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(client.scheme));
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
            ("x-used", "yes"),
        ]);

        remove_unwelcome(&mut headers);

        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["x-used"]);
    }
}
