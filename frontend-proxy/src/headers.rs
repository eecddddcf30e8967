//! Which headers cross the proxy, and which ones it writes itself.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::peer::Peer;

const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Headers about one connection rather than about the message (RFC 9110 §7.6.1).
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
];

/// Removes what is about the connection it came over, including what `Connection` names.
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    for name in named_by_connection(headers) {
        headers.remove(name);
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    // A length beside chunks could make two readers see two different ends of one message.
    if headers.remove(header::TRANSFER_ENCODING).is_some() {
        headers.remove(header::CONTENT_LENGTH);
    }
}

/// Removes what only the proxy may say: who the user is and where the request came from.
pub(crate) fn remove_claims(headers: &mut HeaderMap) {
    let is_claim = |name: &&HeaderName| {
        let name = name.as_str();
        name.starts_with("x-user-") || name.starts_with("x-forwarded-") || name == "forwarded"
    };
    while let Some(name) = headers.keys().find(is_claim).cloned() {
        headers.remove(name);
    }
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

fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok())
        // `close` and `keep-alive` are words, not headers, and most connections say one of them.
        .filter(|name| name != "close" && name != "keep-alive")
        // A client must not be able to remove what says where a message ends or goes.
        .filter(|name| name != header::CONTENT_LENGTH && name != header::HOST)
        .collect()
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

        remove_hop_by_hop(&mut headers);

        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["accept"]);
    }

    #[test]
    fn a_length_beside_chunks_is_not_believed() {
        let mut headers = headers(&[("transfer-encoding", "chunked"), ("content-length", "3")]);

        remove_hop_by_hop(&mut headers);

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

        remove_claims(&mut headers);

        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["x-used"]);
    }
}
