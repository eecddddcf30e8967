//! One file with its compressed copies, and the answer to a request for it.

use std::{fmt::Write, ops::Range};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{Either, Full};
use sha2::{Digest, Sha256};

use super::{
    HASHED,
    negotiate::{self, Part},
};
use crate::{
    body::Body,
    security_headers::{OF_FILES, OF_PAGES},
};

/// A file, ready to be sent.
#[derive(Clone)]
pub(crate) struct Asset {
    /// Headers of every answer about it.
    headers: Vec<(HeaderName, HeaderValue)>,
    original: Content,
    brotli: Option<Content>,
    gzip: Option<Content>,
}

/// How a copy is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// As it is.
    Identity,
    /// gzip.
    Gzip,
    /// Brotli.
    Brotli,
}

/// Bytes and their name.
#[derive(Clone)]
struct Content {
    bytes: Bytes,
    /// Derived from the bytes, so that it changes exactly when they do.
    etag: HeaderValue,
}

impl Coding {
    /// Its name in headers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }
}

impl Asset {
    /// A file called `name`, which tells its type and whether it ever changes.
    pub(super) fn new(name: &str, bytes: Bytes) -> Self {
        let content_type = mime_guess::from_path(name).first_or_octet_stream();
        let content_type = match content_type.type_().as_str() {
            "text" => format!("{}; charset=utf-8", content_type.essence_str()),
            _ => content_type.essence_str().to_owned(),
        };
        let content_type = HeaderValue::try_from(content_type)
            .unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let cache_control = if name.starts_with(HASHED) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let headers = [
            (header::CONTENT_TYPE, content_type),
            (
                header::CACHE_CONTROL,
                HeaderValue::from_static(cache_control),
            ),
            (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        ];
        let headers = headers.into_iter().chain(OF_FILES).collect();
        Self {
            headers,
            original: Content::new(bytes),
            brotli: None,
            gzip: None,
        }
    }

    /// The same file as a page, with a content security policy.
    pub(super) fn into_page(mut self, policy: &'static str) -> Self {
        let policy = HeaderValue::from_static(policy);
        self.headers.push((header::CONTENT_SECURITY_POLICY, policy));
        self.headers.extend(OF_PAGES);
        self
    }

    /// Adds the compressed copies that exist.
    pub(super) fn with_copies(mut self, brotli: Option<Bytes>, gzip: Option<Bytes>) -> Self {
        if brotli.is_some() || gzip.is_some() {
            let value = HeaderValue::from_static("accept-encoding");
            self.headers.push((header::VARY, value));
        }
        self.brotli = brotli.map(Content::new);
        self.gzip = gzip.map(Content::new);
        self
    }

    /// Answers a GET or HEAD for it: 200, 206 with a part, 304, or 416.
    pub(crate) fn answer(&self, method: &Method, request: &HeaderMap) -> Response<Body> {
        // A part of a compressed copy is of use to nobody who resumes a download.
        let wants_part = request.contains_key(header::RANGE) && *method == Method::GET;
        let (coding, content) = if wants_part {
            (Coding::Identity, &self.original)
        } else {
            self.acceptable(request)
        };
        if negotiate::is_known(request, &content.etag) {
            return self.head(StatusCode::NOT_MODIFIED, content);
        }
        let size = content.bytes.len();
        let part = if wants_part {
            negotiate::part(request, &content.etag, size)
        } else {
            Part::Whole
        };
        let (status, range) = match part {
            Part::Whole => (StatusCode::OK, 0..size),
            Part::Range(range) => (StatusCode::PARTIAL_CONTENT, range),
            Part::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
        };
        let mut response = self.head(status, content);
        describe(response.headers_mut(), status, &range, size);
        if coding != Coding::Identity {
            let value = HeaderValue::from_static(coding.name());
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, value);
        }
        if *method == Method::GET {
            let bytes = content.bytes.slice(range);
            *response.body_mut() = Either::Right(Full::new(bytes));
        }
        response
    }

    /// The best copy that the client can read.
    fn acceptable(&self, request: &HeaderMap) -> (Coding, &Content) {
        let copies = [(Coding::Brotli, &self.brotli), (Coding::Gzip, &self.gzip)];
        copies
            .into_iter()
            .filter_map(|(coding, copy)| Some((coding, copy.as_ref()?)))
            .find(|(coding, _)| negotiate::accepts(request, coding.name()))
            .unwrap_or((Coding::Identity, &self.original))
    }

    fn head(&self, status: StatusCode, content: &Content) -> Response<Body> {
        let mut response = Response::new(Either::Right(Full::default()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.reserve(self.headers.len() + 4);
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        headers.insert(header::ETAG, content.etag.clone());
        response
    }
}

/// Says how much of the file the answer has; also when it is the answer to a HEAD.
fn describe(headers: &mut HeaderMap, status: StatusCode, range: &Range<usize>, size: usize) {
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.len()));
    let content_range = match status {
        StatusCode::PARTIAL_CONTENT => format!("bytes {}-{}/{size}", range.start, range.end - 1),
        StatusCode::RANGE_NOT_SATISFIABLE => format!("bytes */{size}"),
        _ => return,
    };
    if let Ok(value) = HeaderValue::try_from(content_range) {
        headers.insert(header::CONTENT_RANGE, value);
    }
}

impl Content {
    fn new(bytes: Bytes) -> Self {
        let hash = Sha256::digest(&bytes);
        let mut etag = String::from("\"");
        for byte in hash.iter().take(16) {
            // Writing to a String cannot fail.
            _ = write!(etag, "{byte:02x}");
        }
        etag.push('"');
        let etag = HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\""));
        Self { bytes, etag }
    }
}
