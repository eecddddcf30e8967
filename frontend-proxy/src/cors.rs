//! Which other sites may use the API from their pages (Cross-Origin Resource Sharing).

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header, uri::Authority,
};
use http_body_util::{Either, Full};
use serde::Deserialize;
use thiserror::Error;

use crate::{body::Body, error::Failure, route_table::is_api};

/// The methods that the API has.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");

/// The headers that the API reads, apart from those that pages may always send.
const HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, if-none-match, traceparent, x-request-id",
);

/// The headers of answers that programs act on.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "etag, location, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, \
     x-request-id",
);

/// How long a browser may remember a permission (seconds): an hour after a site was taken off
/// the list, its pages have noticed.
const MAX_AGE: HeaderValue = HeaderValue::from_static("3600");

const TRUE: HeaderValue = HeaderValue::from_static("true");
const ORIGIN: HeaderValue = HeaderValue::from_static("origin");

/// Section `[cors]` of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorsSettings {
    /// The sites whose pages may use the API with the cookies of their visitors, such as
    /// `https://partner.example`; none by default.
    pub origins: Vec<Origin>,
}

/// Scheme, host and port of a site, as browsers write them.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(HeaderValue);

/// Text that is not an [`Origin`].
#[derive(Debug, Error)]
#[error("{0:?} is no origin: write scheme and host in small letters, such as https://shop.example")]
pub struct OriginError(String);

/// The sites that may use the API.
#[derive(Debug, Default)]
pub(crate) struct Cors {
    origins: Vec<HeaderValue>,
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        let is_origin = text.parse::<Uri>().is_ok_and(|uri| {
            let scheme = uri.scheme_str().unwrap_or_default();
            let authority = uri.authority().map_or("", Authority::as_str);
            ["http", "https"].contains(&scheme)
                && !authority.contains(['@', '*'])
                && text == format!("{scheme}://{authority}").to_ascii_lowercase()
        });
        match HeaderValue::try_from(&text) {
            Ok(value) if is_origin => Ok(Self(value)),
            _ => Err(OriginError(text)),
        }
    }
}

impl Cors {
    /// The sites of these settings.
    pub(crate) fn new(settings: &CorsSettings) -> Self {
        let origins = settings.origins.iter().map(|Origin(value)| value.clone());
        Self {
            origins: origins.collect(),
        }
    }

    /// Whether pages of other sites may see what this path answers.
    pub(crate) fn is_open(&self, path: &str) -> bool {
        !self.origins.is_empty() && is_api(path)
    }

    /// Whether pages of this origin may use the API.
    pub(crate) fn lists(&self, origin: &HeaderValue) -> bool {
        self.origins.contains(origin)
    }

    /// The listed origin whose page asks for something of the API.
    pub(crate) fn caller<B>(&self, request: &Request<B>) -> Option<HeaderValue> {
        if self.origins.is_empty() {
            return None;
        }
        let origin = request.headers().get(header::ORIGIN)?;
        (self.lists(origin) && is_api(request.uri().path())).then(|| origin.clone())
    }

    /// The answer to a browser that asks whether a page may send a request; none when that is
    /// not the question.
    pub(crate) fn preflight<B>(
        &self,
        request: &Request<B>,
    ) -> Option<Result<Response<Body>, Failure>> {
        let headers = request.headers();
        let asks = *request.method() == Method::OPTIONS
            && headers.contains_key(header::ORIGIN)
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
            && is_api(request.uri().path());
        if !asks {
            return None;
        }
        if self.caller(request).is_none() {
            return Some(Err(Failure::CrossSite));
        }
        let mut response = Response::new(Either::Right(Full::default()));
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        Some(Ok(response))
    }

    /// Lets the page of a listed origin read the answer, and tells caches that others may not.
    pub(crate) fn open(caller: Option<HeaderValue>, headers: &mut HeaderMap) {
        headers.append(header::VARY, ORIGIN);
        let Some(caller) = caller else {
            return;
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, caller);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        let is_origin = |text: &str| Origin::try_from(text.to_owned()).is_ok();

        assert!(is_origin("https://shop.example"));
        assert!(is_origin("http://127.0.0.1:5173"));
        for text in [
            "*",
            "null",
            "https://*.example",
            "https://shop.example/",
            "https://Shop.example",
            "shop.example",
            "ftp://shop.example",
            "https://a@shop.example",
        ] {
            assert!(!is_origin(text), "{text}");
        }
    }
}
