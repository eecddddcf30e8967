//! The head of a service's answer.

use std::mem::{self, MaybeUninit};

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use httparse::{ParserConfig, Status};

use super::{Framing, WireError};
use crate::{
    headers::{is_hop_by_hop, named, tokens},
    security_headers::is_telltale,
};

/// Most headers of an answer.
const MAX_HEADERS: usize = 100;

/// Headers that the proxy itself adds to most answers.
const OWN_HEADERS: usize = 8;

/// The head of an answer, without what is about the connection or the program that answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: Response<()>,
    /// How the end of its body is known.
    pub(crate) framing: Framing,
    /// Whether the connection ends with it.
    pub(crate) is_last: bool,
}

/// What is known of an answer before it comes.
#[derive(Default)]
pub(super) struct Expected {
    /// Whether it is the head of an answer to GET, without its body.
    pub(super) has_no_body: bool,
    /// Room for its headers; empty.
    pub(super) room: HeaderMap,
}

/// What headers say about the message and its connection, rather than about its content.
#[derive(Default)]
struct Transfer {
    length: Option<u64>,
    is_chunked: bool,
    ends: bool,
    /// Headers that `Connection` names.
    named: Vec<HeaderName>,
}

impl Answer {
    /// Takes the head from the front of what came; none while it is not all there.
    pub(super) fn parse(
        unread: &mut Bytes,
        expected: &mut Expected,
    ) -> Result<Option<Self>, WireError> {
        if unread.is_empty() {
            return Ok(None);
        }
        let bytes = unread.clone();
        let mut room = [MaybeUninit::uninit(); MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut []);
        let status = ParserConfig::default()
            .parse_response_with_uninit_headers(&mut parsed, &bytes, &mut room)
            .map_err(|_| WireError::Malformed("its head is no HTTP"))?;
        let Status::Complete(length) = status else {
            return Ok(None);
        };
        unread.advance(length);
        let mut transfer = Transfer::default();
        let mut head = Response::new(());
        *head.status_mut() = parsed
            .code
            .and_then(|code| StatusCode::from_u16(code).ok())
            .ok_or(WireError::Malformed("its status is none"))?;
        *head.headers_mut() = mem::take(&mut expected.room);
        head.headers_mut()
            .reserve(parsed.headers.len() + OWN_HEADERS);
        for header in parsed.headers {
            let value = bytes.slice_ref(header.value);
            transfer.read(header.name, value, head.headers_mut())?;
        }
        transfer.forget_named(head.headers_mut());
        Ok(Some(Self {
            framing: transfer.framing(head.status(), expected.has_no_body),
            is_last: transfer.ends || parsed.version != Some(1),
            head,
        }))
    }

    /// Whether it only says that the answer will come.
    pub(super) fn is_interim(&self) -> bool {
        self.head.status().is_informational()
            && self.head.status() != StatusCode::SWITCHING_PROTOCOLS
    }
}

impl Transfer {
    fn read(&mut self, name: &str, value: Bytes, headers: &mut HeaderMap) -> Result<(), WireError> {
        const MALFORMED: WireError = WireError::Malformed("a header of it is none");
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| MALFORMED)?;
        let value = HeaderValue::from_maybe_shared(value).map_err(|_| MALFORMED)?;
        if name == header::CONTENT_LENGTH {
            let length = value.to_str().ok().and_then(|it| it.parse().ok());
            if length.is_none() || self.length.is_some_and(|other| Some(other) != length) {
                return Err(WireError::Malformed("its length is in doubt"));
            }
            self.length = length;
            headers.insert(name, value);
        } else if name == header::TRANSFER_ENCODING {
            if self.is_chunked || !value.as_bytes().eq_ignore_ascii_case(b"chunked") {
                return Err(WireError::Malformed("its transfer coding is unknown"));
            }
            self.is_chunked = true;
        } else if name == header::CONNECTION {
            self.ends |= tokens(&value).any(|token| token.eq_ignore_ascii_case("close"));
            self.named.extend(named(&value));
        } else if !is_hop_by_hop(&name) && !is_telltale(&name) {
            headers.append(name, value);
        }
        Ok(())
    }

    fn forget_named(&self, headers: &mut HeaderMap) {
        for name in &self.named {
            headers.remove(name);
        }
        // A length beside chunks could make two readers see two different ends of one message.
        if self.is_chunked {
            headers.remove(header::CONTENT_LENGTH);
        }
    }

    /// How the end of the body is known (RFC 9112 §6.3).
    fn framing(&self, status: StatusCode, has_no_body: bool) -> Framing {
        let is_bare =
            has_no_body || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
        match self.length {
            // What follows is another protocol.
            _ if status == StatusCode::SWITCHING_PROTOCOLS => Framing::UntilEnd,
            _ if is_bare => Framing::Length(0),
            _ if self.is_chunked => Framing::chunked(),
            Some(length) => Framing::Length(length),
            None => Framing::UntilEnd,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &'static str) -> Result<Option<Answer>, WireError> {
        Answer::parse(
            &mut Bytes::from_static(text.as_bytes()),
            &mut Expected::default(),
        )
    }

    fn good(text: &'static str) -> Answer {
        parse(text).unwrap().unwrap()
    }

    #[test]
    fn a_head_is_taken_when_it_is_all_there() {
        let text = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nno";
        let mut unread = Bytes::from_static(text.as_bytes());

        let answer = Answer::parse(&mut unread, &mut Expected::default())
            .unwrap()
            .unwrap();

        assert_eq!(answer.head.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.head.headers()["x-a"], "1");
        assert_eq!(answer.framing, Framing::Length(2));
        assert!(!answer.is_last);
        assert_eq!(unread, "no");
        assert!(parse("HTTP/1.1 200 OK\r\nX-A: 1\r\n").unwrap().is_none());
    }

    #[test]
    fn what_is_about_the_connection_stays_behind() {
        let answer = good(
            "HTTP/1.1 200 OK\r\nConnection: close, X-Secret\r\nKeep-Alive: timeout=5\r\n\
             X-Secret: 1\r\nUpgrade: h2c\r\nX-A: 1\r\n\r\n",
        );

        let left: Vec<_> = answer
            .head
            .headers()
            .keys()
            .map(HeaderName::as_str)
            .collect();
        assert_eq!(left, ["x-a"]);
        assert!(answer.is_last);
        assert_eq!(answer.framing, Framing::UntilEnd);
    }

    #[test]
    fn a_length_beside_chunks_is_not_believed() {
        let answer =
            good("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n");

        assert_eq!(answer.framing, Framing::chunked());
        assert!(answer.head.headers().is_empty());
    }

    #[test]
    fn an_answer_whose_end_is_in_doubt_is_none() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "ICY 200 OK\r\n\r\n",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn some_answers_have_no_body_whatever_they_announce() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
        let mut expected = Expected {
            has_no_body: true,
            ..Expected::default()
        };
        let answer = Answer::parse(&mut Bytes::from_static(text.as_bytes()), &mut expected);
        let answer = answer.unwrap().unwrap();

        assert_eq!(answer.framing, Framing::Length(0));
        assert_eq!(answer.head.headers()["content-length"], "3");
        let unchanged = good("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n");
        assert_eq!(unchanged.framing, Framing::Length(0));
    }
}
