//! What can go wrong with a request, and the answer for it.

use std::io;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{Either, Full};
use serde_json::{Map, Value};
use shared::http::ErrorBody;
use thiserror::Error;

use crate::{
    body::{Body, UploadError},
    other_names,
    rate_limit::Standing,
    security_headers::protect,
    wire::WireError,
};

/// A request that the proxy answers itself, because no service can or may.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The request cannot be understood.
    #[error("the request is malformed: {0}")]
    Malformed(&'static str),
    /// The path needs a session and there is no valid one.
    #[error("no valid session")]
    NoSession,
    /// A page of another site made a browser send it.
    #[error("a page of another site sent it")]
    CrossSite,
    /// The path names a version of the API that does not exist.
    #[error("there is no such version of the API")]
    UnknownVersion,
    /// The client has sent too many requests.
    #[error("too many requests")]
    RateLimited(Standing),
    /// Nothing has this path.
    #[error("there is no such path")]
    NoSuchPath,
    /// Something has this path, but not for this method.
    #[error("this path exists, but not with this method")]
    WrongMethod,
    /// The body has more bytes than any service takes.
    #[error("the body is larger than 1 MiB, or a picture than 5 MiB")]
    TooLarge,
    /// The path with its query is too long.
    #[error("the URL is too long")]
    UrlTooLong,
    /// The client sent its body too slowly.
    #[error("the body came too slowly")]
    Slow,
    /// The client ended its body too early; nobody reads the answer.
    #[error("the client went away")]
    ClientLeft(#[source] hyper::Error),
    /// No address is configured for the service.
    #[error("{0} has no address")]
    NoUpstream(&'static str),
    /// The service has been left alone since it did not answer.
    #[error("{0} did not answer lately and is not asked")]
    Resting(&'static str),
    /// Too many requests wait for the service.
    #[error("too many requests wait for {0}")]
    Overloaded(&'static str),
    /// The names of the service stand for nothing.
    #[error("the resolver knows no instance of {0}")]
    Unknown(&'static str),
    /// The service cannot be reached.
    #[error("cannot connect to {address}")]
    Unreachable {
        /// `host:port`.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The service ended the connection before it answered, or answered what is no HTTP.
    #[error("{address} did not answer")]
    Broken {
        /// `host:port`.
        address: String,
        /// Why.
        source: WireError,
    },
    /// The service switched to a protocol that nobody asked for.
    #[error("the service switched protocols without being asked")]
    UnexpectedUpgrade,
    /// The service took too long.
    #[error("no answer in time")]
    Late,
}

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::TooLarge => Self::TooLarge,
            UploadError::Slow => Self::Slow,
            UploadError::Client(error) => Self::ClientLeft(error),
        }
    }
}

impl Failure {
    /// The failure of a request whose connection broke: the fault may lie in the client's body.
    pub(crate) fn broken(address: &str, error: WireError) -> Self {
        match error {
            WireError::Upload(error) => error.into(),
            source => Self::Broken {
                address: address.to_owned(),
                source,
            },
        }
    }

    /// Status, stable code and sentence of the answer.
    fn answer(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed(what) => (StatusCode::BAD_REQUEST, "BAD_REQUEST", what),
            Self::ClientLeft(_) => (
                StatusCode::BAD_REQUEST,
                "MALFORMED_BODY",
                "the body ended early",
            ),
            Self::NoSession => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized"),
            Self::CrossSite => (
                StatusCode::FORBIDDEN,
                "CROSS_SITE",
                "pages of other sites may not do this",
            ),
            Self::RateLimited(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMITED",
                "too many requests; wait a little and try again",
            ),
            Self::UnknownVersion => (
                StatusCode::NOT_FOUND,
                "UNKNOWN_VERSION",
                "this version of the API does not exist; the supported ones are listed here",
            ),
            Self::NoSuchPath => (StatusCode::NOT_FOUND, "NOT_FOUND", "there is no such path"),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "this path exists, but not with this method",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "PAYLOAD_TOO_LARGE",
                "the body is larger than 1 MiB, or a picture than 5 MiB",
            ),
            Self::UrlTooLong => (
                StatusCode::URI_TOO_LONG,
                "URL_TOO_LONG",
                "the path with its query is too long",
            ),
            Self::Slow => (
                StatusCode::REQUEST_TIMEOUT,
                "REQUEST_TIMEOUT",
                "the body came too slowly; try again",
            ),
            _ => self.fault(),
        }
    }

    /// The same for what is not the client's fault.
    fn fault(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoUpstream(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "this part of the shop is not installed",
            ),
            Self::Resting(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "this part of the shop does not answer at the moment; try again",
            ),
            Self::Overloaded(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "too many requests wait; try again",
            ),
            Self::Unreachable { source, .. } if source.kind() == io::ErrorKind::TimedOut => {
                Self::Late.answer()
            }
            Self::Late => (
                StatusCode::GATEWAY_TIMEOUT,
                "GATEWAY_TIMEOUT",
                "the service did not answer in time; try again",
            ),
            _ => (
                StatusCode::BAD_GATEWAY,
                "BAD_GATEWAY",
                "the service cannot be reached; try again",
            ),
        }
    }

    /// The whole answer: JSON for programs, a line of text for people.
    pub(crate) fn render(&self, as_json: bool, request_id: &str) -> Response<Body> {
        let (status, code, message) = self.answer();
        let json = as_json.then(|| {
            serde_json::to_vec(&ErrorBody {
                message,
                code,
                errors: &[],
                details: self.details(),
                request_id,
            })
        });
        let (content_type, body) = match json {
            Some(Ok(json)) => ("application/json", Bytes::from(json)),
            _ => (
                "text/plain; charset=utf-8",
                Bytes::from(format!("{message}\n")),
            ),
        };
        let mut response = Response::new(Either::Right(Full::new(body)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        protect(headers);
        if let Self::RateLimited(standing) = self {
            standing.tell(headers);
            headers.insert(header::RETRY_AFTER, standing.retry_after());
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        if status.is_server_error() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }

    /// What a program can act on, under a name of its own.
    fn details(&self) -> Option<Map<String, Value>> {
        let Self::UnknownVersion = self else {
            return None;
        };
        let supported = (
            "supported".to_owned(),
            Value::from(other_names::SUPPORTED.as_slice()),
        );
        Some(Map::from_iter([supported]))
    }

    /// Whether a service did not do its part: it, or the way to it, is to blame.
    pub(crate) fn is_of_service(&self) -> bool {
        matches!(
            self,
            Self::Unknown(_) | Self::Unreachable { .. } | Self::Broken { .. } | Self::Late
        )
    }

    /// Its stable name.
    pub(crate) fn code(&self) -> &'static str {
        self.answer().1
    }

    /// Whether the proxy, not the client or the service, made a 5xx.
    pub(crate) fn is_server_error(&self) -> bool {
        self.answer().0.is_server_error()
    }

    /// Whether the log tells of it: of a fault on our side.
    pub(crate) fn is_worth_a_line(&self) -> bool {
        // The breaker has told of it once; of its refusals there may be a thousand a second.
        let is_told = matches!(self, Self::Resting(_));
        !is_told && self.is_server_error()
    }
}
