//! The request that becomes a WebSocket.

use axum::{
    extract::{FromRequestParts, WebSocketUpgrade},
    response::Response,
};
use http::{HeaderMap, HeaderName, StatusCode, header, request::Parts};
use tokio_util::sync::CancellationToken;

use super::Socket;
use crate::http::ApiError;

/// Largest message of a client (bytes): the ids of 200 products fit thrice.
const MAX_MESSAGE: usize = 8 * 1024;

/// What the proxy says that the client asked for.
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// A request for a WebSocket. Pages of other hosts are refused with 403: the browser sends the
/// session cookie with their handshakes too, and nothing else stops them.
pub struct Handshake(WebSocketUpgrade);

impl Handshake {
    /// Answers 101 and goes on with `talk`.
    pub fn accept<F>(
        self,
        shutdown: CancellationToken,
        talk: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0
            .max_message_size(MAX_MESSAGE)
            .max_frame_size(MAX_MESSAGE)
            .on_upgrade(move |socket| talk(Socket::new(socket, shutdown)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Handshake {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        if is_foreign(&parts.headers) {
            let message = "pages of other hosts may not listen here";
            return Err(ApiError::forbidden(message));
        }
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await;
        upgrade.map(Self).map_err(|rejection| {
            let message = format!("this path is a WebSocket: {rejection}");
            ApiError::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
        })
    }
}

/// Whether a page of another host sent this. Programs other than browsers send no `Origin`.
fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return false;
    };
    let own = headers
        .get(X_FORWARDED_HOST)
        .or_else(|| headers.get(header::HOST));
    let host = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    match (host, own.and_then(|own| own.to_str().ok())) {
        (Some((_, host)), Some(own)) => !host.eq_ignore_ascii_case(own),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn foreign(pairs: &[(&'static str, &'static str)]) -> bool {
        let header = |&(name, value)| {
            let value = HeaderValue::from_static(value);
            (HeaderName::from_static(name), value)
        };
        is_foreign(&pairs.iter().map(header).collect())
    }

    #[test]
    fn the_own_page_and_programs_may_listen() {
        let own = ("origin", "https://Shop.example:8443");

        assert!(!foreign(&[("host", "shop.example:8443")]));
        assert!(!foreign(&[own, ("host", "shop.example:8443")]));
        assert!(!foreign(&[
            own,
            ("host", "127.0.0.1:3040"),
            ("x-forwarded-host", "shop.example:8443"),
        ]));
    }

    #[test]
    fn pages_of_other_hosts_may_not() {
        for origin in [
            "https://evil.example",
            "https://shop.example.evil.example",
            "https://shop.example@evil.example",
            "http://shop.example:81",
            "null",
            "",
        ] {
            assert!(foreign(&[("origin", origin), ("host", "shop.example")]));
        }
        assert!(foreign(&[
            ("origin", "http://127.0.0.1:3040"),
            ("host", "127.0.0.1:3040"),
            ("x-forwarded-host", "shop.example"),
        ]));
    }
}
