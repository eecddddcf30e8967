//! Requests that pages of other sites make a browser send: they may read what everybody may, and
//! do nothing. `SameSite=Strict` keeps the session cookie out of them; this does not rely on it.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};

use crate::{
    cors::Cors,
    error::Failure,
    path_template,
    peer::{HTTP, HTTPS, Peer},
    session::has_cookie_session,
};

/// What browsers of today say about the page, and pages cannot change.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The one path where a GET changes something: the older name of the demo login signs in.
const DEMO_LOGIN: &str = "/api/auth/demo";

/// Refuses a request that changes something, or opens a WebSocket, for a page of another site.
///
/// Programs send neither `Origin` nor `Sec-Fetch-Site` and pass. So does a request whose only
/// credential is a bearer token: no browser adds that by itself.
///
/// # Errors
/// `CrossSite`.
pub(crate) fn check<B>(request: &Request<B>, client: &Peer, cors: &Cors) -> Result<(), Failure> {
    let headers = request.headers();
    let is_handshake = headers.contains_key(header::UPGRADE);
    if !is_handshake && reads(request) {
        return Ok(());
    }
    // The services take live sockets of their own host only, so a listed page has none.
    let is_welcome = |origin: &HeaderValue| {
        is_own(origin, headers, client.scheme == HTTPS) || (!is_handshake && cors.lists(origin))
    };
    let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
    let is_foreign = match origins.peek() {
        Some(_) => !origins.all(is_welcome),
        None => headers
            .get_all(SEC_FETCH_SITE)
            .iter()
            .any(|site| site != "same-origin" && site != "none"),
    };
    if is_foreign && !is_bearer_only(headers) {
        return Err(Failure::CrossSite);
    }
    Ok(())
}

fn reads<B>(request: &Request<B>) -> bool {
    let method = request.method();
    let is_read = *method == Method::GET || *method == Method::HEAD || *method == Method::OPTIONS;
    is_read && !path_template::covers(DEMO_LOGIN, request.uri().path())
}

/// Whether the origin is the host that was asked. Its scheme counts where it is known to be
/// HTTPS: whoever can change plain HTTP on the way must not speak for the page behind TLS.
fn is_own(origin: &HeaderValue, headers: &HeaderMap, is_https: bool) -> bool {
    let Some(Ok(host)) = headers.get(header::HOST).map(HeaderValue::to_str) else {
        return false;
    };
    let origin = origin.to_str().unwrap_or_default();
    origin.split_once("://").is_some_and(|(scheme, of_page)| {
        of_page.eq_ignore_ascii_case(host) && (scheme == HTTPS || (scheme == HTTP && !is_https))
    })
}

fn is_bearer_only(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) && !has_cookie_session(headers)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn is_refused(method: Method, is_https: bool, pairs: &[(&'static str, &'static str)]) -> bool {
        let mut request = Request::new(());
        *request.method_mut() = method;
        for &(name, value) in pairs {
            let value = HeaderValue::from_static(value);
            request.headers_mut().append(name, value);
        }
        let scheme = if is_https { HTTPS } else { HTTP };
        let client = Peer::at(Ipv4Addr::LOCALHOST.into(), scheme).unwrap();
        check(&request, &client, &Cors::default()).is_err()
    }

    #[test]
    fn only_the_own_host_is_no_other_site() {
        let post = |origin| {
            let pairs = [("host", "shop.test:8443"), ("origin", origin)];
            is_refused(Method::POST, false, &pairs)
        };

        assert!(!post("https://Shop.test:8443"));
        for origin in [
            "https://evil.test",
            "https://shop.test",
            "https://shop.test:8443.evil.test",
            "https://a@shop.test:8443",
            "null",
            "",
        ] {
            assert!(post(origin), "{origin}");
        }
    }

    #[test]
    fn a_page_of_plain_http_is_foreign_to_a_host_behind_tls() {
        let pairs = [("host", "shop.test"), ("origin", "http://shop.test")];

        assert!(is_refused(Method::POST, true, &pairs));
        assert!(!is_refused(Method::POST, false, &pairs));
    }

    #[test]
    fn of_several_origins_each_must_be_the_own() {
        let pairs = [
            ("host", "a"),
            ("origin", "https://a"),
            ("origin", "https://evil.test"),
        ];

        assert!(is_refused(Method::POST, false, &pairs));
    }
}
