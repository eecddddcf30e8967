//! Where the body of an answer ends (RFC 9112 §6).

use bytes::{Buf, Bytes};
use httparse::Status;

use super::WireError;

/// The longest line between two chunks, and most that may stand behind the last one (bytes).
const MAX_LINE: usize = 4096;

const END_OF_LINE: &[u8] = b"\r\n";

/// How the end of a body is known, and how far away it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes are left.
    Length(u64),
    /// Each piece says how long it is.
    Chunked(Chunks),
    /// It ends with the connection.
    UntilEnd,
}

/// What comes next in a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chunks {
    /// The size of a chunk.
    Size,
    /// So many bytes of a chunk; at least one.
    Data(u64),
    /// The end of the line that the chunk stands in.
    DataEnd,
    /// Lines behind the last chunk, of so many bytes until now.
    Trailers(usize),
    /// Nothing.
    Done,
}

/// What can be had of a body from what came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// These bytes.
    Data(Bytes),
    /// Nothing before more comes.
    More,
    /// The end.
    End,
}

impl Framing {
    /// A chunked body, from its beginning.
    pub(crate) fn chunked() -> Self {
        Self::Chunked(Chunks::Size)
    }

    /// Whether the end is reached.
    pub(crate) fn is_end(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunks::Done))
    }

    /// Takes the next bytes of the body from the front of what came.
    ///
    /// # Errors
    /// `Malformed`.
    pub(crate) fn next(&mut self, unread: &mut Bytes) -> Result<Step, WireError> {
        match self {
            _ if self.is_end() => Ok(Step::End),
            Self::Chunked(chunks) => chunks.next(unread),
            _ if unread.is_empty() => Ok(Step::More),
            Self::Length(left) => Ok(Step::Data(take(unread, left))),
            Self::UntilEnd => Ok(Step::Data(std::mem::take(unread))),
        }
    }
}

impl Chunks {
    fn next(&mut self, unread: &mut Bytes) -> Result<Step, WireError> {
        loop {
            let is_complete = match self {
                Self::Size => self.read_size(unread)?,
                Self::Data(_) if unread.is_empty() => false,
                Self::Data(left) => {
                    let data = take(unread, left);
                    if *left == 0 {
                        *self = Self::DataEnd;
                    }
                    return Ok(Step::Data(data));
                }
                Self::DataEnd => self.read_data_end(unread)?,
                Self::Trailers(_) => self.read_trailer(unread)?,
                Self::Done => return Ok(Step::End),
            };
            if !is_complete {
                return Ok(Step::More);
            }
        }
    }

    fn read_size(&mut self, unread: &mut Bytes) -> Result<bool, WireError> {
        let size = httparse::parse_chunk_size(unread)
            .map_err(|_| WireError::Malformed("the size of a chunk is none"))?;
        let Status::Complete((length, size)) = size else {
            return is_short(unread);
        };
        unread.advance(length);
        *self = match size {
            0 => Self::Trailers(0),
            size => Self::Data(size),
        };
        Ok(true)
    }

    fn read_data_end(&mut self, unread: &mut Bytes) -> Result<bool, WireError> {
        if unread.len() < END_OF_LINE.len() {
            return Ok(false);
        }
        if unread.split_to(END_OF_LINE.len()) != END_OF_LINE {
            return Err(WireError::Malformed("a chunk is longer than it says"));
        }
        *self = Self::Size;
        Ok(true)
    }

    /// Passes over a line; the body ends with an empty one.
    fn read_trailer(&mut self, unread: &mut Bytes) -> Result<bool, WireError> {
        let mut pairs = unread.windows(END_OF_LINE.len());
        let Some(end) = pairs.position(|pair| pair == END_OF_LINE) else {
            return is_short(unread);
        };
        unread.advance(end + END_OF_LINE.len());
        *self = match self {
            _ if end == 0 => Self::Done,
            Self::Trailers(before) if *before + end <= MAX_LINE => Self::Trailers(*before + end),
            _ => return Err(WireError::Malformed("too much follows the last chunk")),
        };
        Ok(true)
    }
}

/// False, for a line whose end may still come.
fn is_short(unread: &Bytes) -> Result<bool, WireError> {
    if unread.len() > MAX_LINE {
        return Err(WireError::Malformed("a line between chunks is too long"));
    }
    Ok(false)
}

fn take(unread: &mut Bytes, left: &mut u64) -> Bytes {
    let most = usize::try_from(*left).unwrap_or(usize::MAX);
    let data = unread.split_to(most.min(unread.len()));
    *left -= data.len() as u64;
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body of `bytes` that come `size` at a time, and what is left behind it.
    fn decoded(
        mut framing: Framing,
        bytes: &[u8],
        size: usize,
    ) -> Result<(String, Bytes), WireError> {
        let (mut unread, mut body) = (Bytes::new(), Vec::new());
        let mut coming = bytes.chunks(size);
        loop {
            match framing.next(&mut unread)? {
                Step::Data(data) => body.extend_from_slice(&data),
                Step::End => return Ok((String::from_utf8(body).unwrap(), unread)),
                Step::More => {
                    let came = coming.next().ok_or(WireError::Ended)?;
                    unread = [&unread[..], came].concat().into();
                }
            }
        }
    }

    #[test]
    fn a_length_ends_a_body() {
        for size in 1..8 {
            let (body, left) = decoded(Framing::Length(3), b"abcdefg", size).unwrap();

            assert_eq!(body, "abc");
            assert!(b"defg".starts_with(&left), "{left:?}");
        }
    }

    #[test]
    fn chunks_are_joined_however_they_come() {
        let text = b"3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n";
        for size in 1..=text.len() {
            let (body, left) = decoded(Framing::chunked(), text, size).unwrap();

            assert_eq!(body, "abc0123456789", "{size} bytes at a time");
            assert!(left.is_empty());
        }
    }

    #[test]
    fn chunks_that_break_the_rules_are_an_error() {
        let long = [b"0\r\n".as_slice(), &[b'x'; MAX_LINE + 1]].concat();
        let many = [b"0\r\n".as_slice(), &b"x: y\r\n".repeat(MAX_LINE)].concat();
        let cases = [
            b"3\r\nabcd\r\n".as_slice(),
            b"g\r\n",
            b"-1\r\n",
            &long,
            &many,
        ];
        for text in cases {
            let decoded = decoded(Framing::chunked(), text, 64);

            assert!(matches!(decoded, Err(WireError::Malformed(_))), "{text:?}");
        }
    }

    #[test]
    fn a_body_that_stops_early_has_no_end() {
        let decoded = decoded(Framing::chunked(), b"5\r\nabc", 64);

        assert!(matches!(decoded, Err(WireError::Ended)));
    }
}
