//! One file with its compressed copies, and the answer to a request for it.

use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
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

/// Names of codings, as headers have them.
const BROTLI: &str = "br";
const GZIP: &str = "gzip";

/// A file, ready to be sent.
#[derive(Clone)]
pub(crate) struct Asset {
    original: Content,
    brotli: Option<Content>,
    gzip: Option<Content>,
}

/// One copy of it, with what is said about it.
#[derive(Clone)]
struct Content {
    bytes: Bytes,
    /// Derived from the bytes, so that it changes exactly when they do.
    etag: HeaderValue,
    /// Headers of an answer that has all of it.
    headers: HeaderMap,
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
            original: Content::new(bytes, headers),
            brotli: None,
            gzip: None,
        }
    }

    /// The same file as a page, with a content security policy.
    pub(super) fn into_page(mut self, policy: &'static str) -> Self {
        let policy = HeaderValue::from_static(policy);
        let policy = (header::CONTENT_SECURITY_POLICY, policy);
        for content in self.contents_mut() {
            content.headers.extend([policy.clone()]);
            content.headers.extend(OF_PAGES);
        }
        self
    }

    /// Adds the compressed copies that exist.
    pub(super) fn with_copies(mut self, brotli: Option<Bytes>, gzip: Option<Bytes>) -> Self {
        if brotli.is_some() || gzip.is_some() {
            let value = HeaderValue::from_static("accept-encoding");
            self.original.headers.insert(header::VARY, value);
        }
        let copy = |bytes, coding| {
            let mut headers = self.original.headers.clone();
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            Content::new(bytes, headers)
        };
        self.brotli = brotli.map(|bytes| copy(bytes, BROTLI));
        self.gzip = gzip.map(|bytes| copy(bytes, GZIP));
        self
    }

    /// The bytes of all its copies.
    pub(super) fn copies(&self) -> impl Iterator<Item = &Bytes> {
        let all = [
            Some(&self.original),
            self.brotli.as_ref(),
            self.gzip.as_ref(),
        ];
        all.into_iter().flatten().map(|content| &content.bytes)
    }

    fn contents_mut(&mut self) -> impl Iterator<Item = &mut Content> {
        let all = [
            Some(&mut self.original),
            self.brotli.as_mut(),
            self.gzip.as_mut(),
        ];
        all.into_iter().flatten()
    }

    /// Answers a GET or HEAD for it: 200, 206 with a part, 304, or 416.
    pub(crate) fn answer(&self, method: &Method, request: &HeaderMap) -> Response<Body> {
        // A part of a compressed copy is of use to nobody who resumes a download.
        let wants_part = request.contains_key(header::RANGE) && *method == Method::GET;
        let content = if wants_part {
            &self.original
        } else {
            self.acceptable(request)
        };
        let mut response = Response::new(Either::Right(Full::default()));
        response.headers_mut().clone_from(&content.headers);
        if negotiate::is_known(request, &content.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_LENGTH);
            response.headers_mut().remove(header::CONTENT_ENCODING);
            return response;
        }
        let size = content.bytes.len();
        let part = if wants_part {
            negotiate::part(request, &content.etag, size)
        } else {
            Part::Whole
        };
        let bytes = match part {
            Part::Whole => content.bytes.clone(),
            Part::Range(range) => {
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                let told = format!("bytes {}-{}/{size}", range.start, range.end - 1);
                describe(response.headers_mut(), told, range.len());
                content.bytes.slice(range)
            }
            Part::Beyond => {
                *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
                describe(response.headers_mut(), format!("bytes */{size}"), 0);
                Bytes::new()
            }
        };
        if *method == Method::GET {
            *response.body_mut() = Either::Right(Full::new(bytes));
        }
        response
    }

    /// The best copy that the client can read.
    fn acceptable(&self, request: &HeaderMap) -> &Content {
        let copies = [(BROTLI, &self.brotli), (GZIP, &self.gzip)];
        copies
            .into_iter()
            .filter_map(|(coding, copy)| Some((coding, copy.as_ref()?)))
            .find(|(coding, _)| negotiate::accepts(request, coding))
            .map_or(&self.original, |(_, copy)| copy)
    }
}

/// Says which part of the file the answer has, and of how many bytes.
fn describe(headers: &mut HeaderMap, range: String, length: usize) {
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(range) = HeaderValue::try_from(range) {
        headers.insert(header::CONTENT_RANGE, range);
    }
}

impl Content {
    fn new(bytes: Bytes, mut headers: HeaderMap) -> Self {
        let hash = Sha256::digest(&bytes);
        let mut etag = String::from("\"");
        for byte in hash.iter().take(16) {
            // Writing to a String cannot fail.
            _ = write!(etag, "{byte:02x}");
        }
        etag.push('"');
        let etag = HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\""));
        headers.insert(header::ETAG, etag.clone());
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        Self {
            bytes,
            etag,
            headers,
        }
    }
}
