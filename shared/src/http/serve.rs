//! The layers around every route, and the server that runs them until shutdown.

use std::{
    any::Any,
    convert::Infallible,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, MatchedPath, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument, Level, debug, error, info_span, warn};
use uuid::{NoContext, Timestamp, Uuid};

use super::{ApiError, unread::close_after_unread};
use crate::{cause::Cause, metrics, panic::Panic, trace::Span};

/// The header that carries a request id in, through and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Largest body a service reads (bytes).
const MAX_BODY: usize = 1024 * 1024;

/// A request that takes longer is answered with 503.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The same for one that brings a picture, perhaps over a slow line: as long as the proxy gives it.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(1);

impl<S: Send + Sync> FromRequestParts<S> for Cause {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let known = parts.extensions.get::<Self>().cloned();
        Ok(known.unwrap_or_default())
    }
}

/// Puts what every route needs around `router`, outermost last: 404 for what is not routed, a
/// limit for bodies, an answer for panics, and [`observe`].
pub fn with_layers(router: Router) -> Router {
    router
        .fallback(async || ApiError::not_found("path"))
        .method_not_allowed_fallback(async || {
            ApiError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "this path exists, but not with this method",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(|panic: Box<dyn Any + Send>| {
            ApiError::internal(Panic::of(&*panic)).into_response()
        }))
        .layer(from_fn(observe))
        .layer(from_fn(close_after_unread))
}

/// An address that cannot be listened on.
#[derive(Debug, Error)]
#[error("cannot listen on {address}")]
pub struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

/// Takes an address.
///
/// # Errors
/// It is taken already, or not ours.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ListenError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| ListenError { address, source })
}

/// Serves `router` until `shutdown`, then lets requests under way finish.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let listener = listener.tap_io(|socket| {
        if let Err(error) = socket.set_nodelay(true) {
            debug!(%error, "no TCP_NODELAY");
        }
    });
    let served = axum::serve(listener, with_layers(router))
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await;
    if let Err(error) = served {
        error!(%error, "the listener failed");
    }
}

/// The request id that a client sent, when it is well-formed, else a new one.
pub fn request_id(sent: Option<&HeaderValue>) -> String {
    sent.and_then(|id| id.to_str().ok())
        .filter(|id| (8..=64).contains(&id.len()) && id.bytes().all(is_id_byte))
        .map_or_else(new_id, str::to_owned)
}

/// An id of this moment. Ids of one millisecond need no order, so threads need not agree on one.
fn new_id() -> String {
    let id = Uuid::new_v7(Timestamp::now(NoContext));
    id.hyphenated()
        .encode_lower(&mut Uuid::encode_buffer())
        .to_owned()
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Gives the request its id, its span and its deadline, writes failed answers and logs the outcome.
async fn observe(mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers().get(REQUEST_ID));
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let mut cause = Cause::of(id.clone(), request.headers());
    let patience = patience(request.headers());
    let mut work = begin_span(&method, route, &mut cause);
    let span = info_span!("request", request_id = %id, trace_id = cause.trace_id());
    request.extensions_mut().insert(cause);
    let started = Instant::now();
    let answer = tokio::time::timeout(patience, next.run(request))
        .instrument(span.clone())
        .await;
    let mut response = answer.unwrap_or_else(|late| ApiError::unavailable(5, late).into_response());
    let status = response.status();
    metrics::count_request((&method, route, status), started.elapsed());
    work.answered(status);
    let error = response.extensions_mut().remove::<ApiError>();
    if tracing::enabled!(Level::DEBUG) || error.as_ref().is_some_and(|e| e.cause.is_some()) {
        let _entered = span.enter();
        let duration_ms = started.elapsed().as_millis();
        log(&format!("{method} {path}"), duration_ms, error.as_ref());
    }
    if let Some(error) = error {
        let refused = std::mem::replace(&mut response, error.render(&id));
        // A refusal may also end a session in the browser, and says which methods there are.
        for name in [header::SET_COOKIE, header::ALLOW] {
            for value in refused.headers().get_all(&name) {
                response.headers_mut().append(&name, value.clone());
            }
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// How long the request may take, its body included.
fn patience(headers: &HeaderMap) -> Duration {
    let content_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if content_type.is_some_and(|it| it.starts_with(b"image/")) {
        UPLOAD_TIMEOUT
    } else {
        REQUEST_TIMEOUT
    }
}

/// The span of a request; none for those that machines ask all the time.
fn begin_span(method: &Method, route: &str, cause: &mut Cause) -> Span {
    if route.starts_with("/health") || route == "/metrics" {
        return Span::default();
    }
    Span::of_request(method, route, cause)
}

fn log(request: &str, duration_ms: u128, error: Option<&ApiError>) {
    match error {
        Some(ApiError {
            status,
            cause: Some(cause),
            ..
        }) if *status == StatusCode::SERVICE_UNAVAILABLE => {
            warn!(error = %cause, duration_ms, "{request} could not be answered now");
        }
        Some(ApiError {
            cause: Some(cause), ..
        }) => error!(error = %cause, duration_ms, "{request} failed"),
        _ => debug!(duration_ms, "{request} answered"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_may_take_longer_than_other_requests() {
        let of = |content_type| {
            let value = HeaderValue::from_static(content_type);
            patience(&HeaderMap::from_iter([(header::CONTENT_TYPE, value)]))
        };

        assert_eq!(of("image/png"), UPLOAD_TIMEOUT);
        assert_eq!(of("application/json"), REQUEST_TIMEOUT);
        assert_eq!(patience(&HeaderMap::new()), REQUEST_TIMEOUT);
    }
}
