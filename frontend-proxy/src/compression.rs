//! Compresses what services answer in text, when the client reads gzip and it pays.
//!
//! Only whole answers of a known, moderate length: a stream is passed on piece by piece, and while
//! a long text is compressed, all other requests of its worker wait.

use std::{io::Write, time::Duration};

use bytes::Bytes;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Body as _;
use serde::Deserialize;

use crate::{
    assets::accepts,
    body::{Body, Download},
    error::Failure,
    route_table::{Route, Service},
    timer::within,
};

/// What is compressed (bytes). Less fits into a packet or two as it is; more takes milliseconds.
const SIZES: std::ops::RangeInclusive<u64> = 1024..=512 * 1024;

/// Of higher levels each costs more time than its smaller answer saves.
const LEVEL: flate2::Compression = flate2::Compression::new(2);

/// A service that has begun an answer must send the rest of it in this time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Section `[compression]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompressionSettings {
    /// Whether anything is compressed. Files of the browser app have their copies in any case.
    pub enabled: bool,
}

impl Default for CompressionSettings {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// What a request says about the compression of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Leave it as it is.
    Never,
    /// Say that it might have been compressed, for caches.
    No,
    /// Compress it.
    Gzip,
}

/// What becomes of an answer.
pub(crate) enum Granted {
    /// It goes on as it is.
    Now(Response<Body>),
    /// It is still to be compressed.
    Compressed(Response<Download>),
}

impl Wish {
    /// The wish of this request. Answers of auth-service hold secrets, whose parts the length of
    /// a compressed answer would give away (BREACH).
    pub(crate) fn of<B>(
        settings: &CompressionSettings,
        route: &Route,
        request: &Request<B>,
    ) -> Self {
        if !settings.enabled || route.service == Service::Auth || *request.method() == Method::HEAD
        {
            return Self::Never;
        }
        if accepts(request.headers(), "gzip") {
            return Self::Gzip;
        }
        Self::No
    }

    /// The answer as it is wished, if it is one that can be compressed.
    pub(crate) fn grant(self, mut response: Response<Download>) -> Granted {
        if self == Self::Never || !is_compressible(&response) {
            return Granted::Now(response.map(Either::Left));
        }
        let vary = HeaderValue::from_static("accept-encoding");
        response.headers_mut().append(header::VARY, vary);
        if self == Self::No {
            return Granted::Now(response.map(Either::Left));
        }
        Granted::Compressed(response)
    }
}

/// Compresses an answer, if that makes it shorter.
///
/// # Errors
/// When the service does not finish it.
pub(crate) async fn compress(
    upstream: &'static str,
    response: Response<Download>,
) -> Result<Response<Body>, Failure> {
    let (mut head, body) = response.into_parts();
    let read = within(PATIENCE, body.collect()).await;
    let read = read.ok_or(Failure::Late)?;
    let read = read.map_err(|error| Failure::broken(upstream, error))?;
    let plain = read.to_bytes();
    let body = match compressed(&plain) {
        Some(small) => {
            describe(&mut head.headers, small.len());
            small
        }
        None => plain,
    };
    Ok(Response::from_parts(head, Either::Right(Full::new(body))))
}

fn is_compressible(response: &Response<Download>) -> bool {
    let headers = response.headers();
    let says = |name, what: &str| {
        let mut values = headers.get_all(name).iter();
        values.any(|value| value.to_str().is_ok_and(|value| value.contains(what)))
    };
    response.status() != StatusCode::PARTIAL_CONTENT
        && response
            .body()
            .size_hint()
            .exact()
            .is_some_and(|size| SIZES.contains(&size))
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !says(header::CACHE_CONTROL, "no-transform")
        && headers.get(header::CONTENT_TYPE).is_some_and(is_text)
}

fn is_text(content_type: &HeaderValue) -> bool {
    let name = content_type.to_str().unwrap_or_default();
    let name = name.split(';').next().unwrap_or_default().trim();
    let is_stream = name == "text/event-stream";
    let names = [
        "application/json",
        "application/javascript",
        "image/svg+xml",
    ];
    !is_stream && (name.starts_with("text/") || name.ends_with("+json") || names.contains(&name))
}

/// The text in gzip, when that is at least a tenth smaller.
fn compressed(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 2), LEVEL);
    encoder.write_all(plain).ok()?;
    let small = encoder.finish().ok()?;
    (small.len() < plain.len() / 10 * 9).then(|| Bytes::from(small))
}

/// Says what the answer is now. The bytes are others, so a strong entity tag becomes a weak one
/// (RFC 9110 §8.8.3), and parts of them cannot be asked for.
fn describe(headers: &mut HeaderMap, size: usize) {
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    headers.remove(header::ACCEPT_RANGES);
    let strong = headers
        .get(header::ETAG)
        .filter(|etag| !etag.as_bytes().starts_with(b"W/"));
    if let Some(strong) = strong
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", strong.as_bytes()].concat())
    {
        headers.insert(header::ETAG, weak);
    }
}
