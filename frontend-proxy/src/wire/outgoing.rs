//! A request as it goes over the wire.

use std::mem;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, Method, Request, header, request::Parts};
use http_body_util::BodyExt;
use hyper::body::Body as _;

use super::Expected;
use crate::{
    body::{Upload, UploadError},
    headers::Origin,
};

/// What most heads need (bytes).
const USUAL_HEAD: usize = 1024;

/// What is gathered of a request before it is sent (bytes): all that forms and carts need.
const GATHERED: usize = 64 * 1024;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How the end of a body is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    /// It has as many bytes as was announced.
    Length,
    /// Each piece says how long it is.
    Chunked,
}

/// A request: the bytes it begins with, and the body that is still to come.
pub(crate) struct Outgoing {
    method: Method,
    beginning: Vec<u8>,
    /// Room for the headers of the answer: that of the request's, which are written down.
    spare: HeaderMap,
    rest: Option<(Upload, Coding)>,
    /// Whether the beginning is all of it: what comes after it is sent once and not kept.
    is_kept: bool,
    /// Whether anything of it was sent.
    pub(super) is_begun: bool,
    /// Whether to do it twice is to do it once.
    is_idempotent: bool,
}

impl Outgoing {
    /// The head, with what of the body has come already.
    ///
    /// # Errors
    /// When the body is too large, or the client does not send it.
    pub(crate) fn of(request: Request<Upload>, origin: &Origin<'_>) -> Result<Self, UploadError> {
        let (mut head, body) = request.into_parts();
        let length = body.size_hint().exact();
        let mut beginning = Vec::with_capacity(USUAL_HEAD);
        let path = head.uri.path_and_query().map_or("/", |it| it.as_str());
        for part in [head.method.as_str(), " ", path, " HTTP/1.1\r\n"] {
            beginning.extend_from_slice(part.as_bytes());
        }
        for (name, value) in &head.headers {
            if !is_left_out(name) {
                write_header(&mut beginning, name.as_str(), value.as_bytes());
            }
        }
        for (name, value) in origin.headers(head.headers.get(header::HOST)) {
            write_header(&mut beginning, name, value);
        }
        let has_length = head.headers.contains_key(header::CONTENT_LENGTH);
        match length {
            Some(0) if !has_length => {}
            Some(length) => {
                beginning.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
            }
            None => beginning.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        }
        beginning.extend_from_slice(b"\r\n");
        let coding = length.map_or(Coding::Chunked, |_| Coding::Length);
        let is_idempotent = is_idempotent(&head);
        head.headers.clear();
        let mut this = Self {
            method: head.method,
            spare: head.headers,
            beginning,
            rest: (length != Some(0)).then_some((body, coding)),
            is_kept: false,
            is_begun: false,
            is_idempotent,
        };
        // Short bodies come with their heads, and go on with them.
        if let Some(piece) = this.next_piece().now_or_never().transpose()?.flatten() {
            this.beginning.extend_from_slice(&piece);
        }
        this.is_kept = this.is_whole();
        Ok(this)
    }

    /// Waits for more of the body, until all of it is here or it is long: while a client sends
    /// slowly, no service and nobody else waits for it.
    ///
    /// # Errors
    /// When the body is too large, or the client does not send it.
    pub(crate) async fn gather(&mut self) -> Result<(), UploadError> {
        while self.beginning.len() < GATHERED
            && let Some(piece) = self.next_piece().await?
        {
            self.beginning.extend_from_slice(&piece);
        }
        self.is_kept = self.is_whole();
        Ok(())
    }

    /// The bytes to begin with.
    pub(super) fn beginning(&self) -> &[u8] {
        &self.beginning
    }

    /// Whether there is nothing left to send.
    pub(crate) fn is_whole(&self) -> bool {
        self.rest.is_none()
    }

    /// What is known of the answer.
    pub(super) fn expected(&mut self) -> Expected {
        Expected {
            has_no_body: self.method == Method::HEAD,
            room: mem::take(&mut self.spare),
        }
    }

    /// Whether nothing of it was sent: then nobody can act on it.
    pub(crate) fn is_unsent(&self) -> bool {
        !self.is_begun
    }

    /// Whether it may be sent twice: it is all here, and does no more the second time.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.is_idempotent && self.is_kept
    }

    /// Whether the service has all of it that came, and the client is to send more.
    pub(crate) fn awaits_client(&self) -> bool {
        let rest = self.rest.as_ref().filter(|_| self.is_begun);
        rest.is_some_and(|(body, _)| body.is_awaited())
    }

    /// Lets go of what is still to come, as nobody wants to have it.
    pub(crate) fn abandon(&mut self) {
        if let Some((body, _)) = self.rest.take() {
            body.linger();
        }
    }

    /// Waits for the next piece of the body, as it is sent; none after the last one.
    pub(super) async fn next_piece(&mut self) -> Result<Option<Bytes>, UploadError> {
        let Some((body, coding)) = &mut self.rest else {
            return Ok(None);
        };
        let coding = *coding;
        // Trailers go no further.
        while let Some(frame) = body.frame().await.transpose()? {
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if data.is_empty() {
                continue;
            }
            if coding == Coding::Chunked {
                return Ok(Some(chunk(&data)));
            }
            if body.is_end_stream() {
                self.rest = None;
            }
            return Ok(Some(data));
        }
        self.rest = None;
        Ok((coding == Coding::Chunked).then(|| Bytes::from_static(b"0\r\n\r\n")))
    }
}

/// Reads change nothing, and of two orders with one key the second is the first. Other services make
/// no promise of that kind: of what they are told to do, nothing is told twice.
fn is_idempotent(head: &Parts) -> bool {
    match head.method {
        Method::GET | Method::HEAD => true,
        Method::POST => {
            matches!(head.uri.path(), "/api/orders" | "/api/orders/")
                && head.headers.contains_key(IDEMPOTENCY_KEY)
        }
        _ => false,
    }
}

/// How long the body is, is said once, by whoever sends it. The proxy itself answers 100 as soon as
/// it reads the body.
fn is_left_out(name: &HeaderName) -> bool {
    *name == header::CONTENT_LENGTH || *name == header::EXPECT
}

fn write_header(beginning: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        beginning.extend_from_slice(part);
    }
}

fn chunk(data: &[u8]) -> Bytes {
    let size = format!("{:x}\r\n", data.len());
    Bytes::from([size.as_bytes(), data, b"\r\n"].concat())
}
