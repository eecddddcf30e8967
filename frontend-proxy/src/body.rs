//! Bodies on their way through: what a client sends is counted, what a service sends gives its
//! connection back at the end.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use thiserror::Error;
use tokio::time::Instant;

use crate::{
    pace::{MinRate, Pace},
    pool::Lease,
    wire::{Framing, Step, WireError},
};

/// What a refused client may still send before the connection ends (bytes): enough to finish
/// what it had begun, so that it reads the refusal instead of a reset.
const MAX_LINGER: u64 = 8 * 1024 * 1024;

/// How long a refused client may go on sending.
const LINGER: Duration = Duration::from_secs(5);

/// A body of an answer: one that streams from a service, or one that is ready.
pub(crate) type Body = Either<Download, Full<Bytes>>;

/// The body of a request, at most as long as its path allows.
pub(crate) struct Upload {
    body: Option<Incoming>,
    left: u64,
    pace: Pace,
}

/// Why a body ends before its end.
#[derive(Debug, Error)]
pub(crate) enum UploadError {
    /// It has more bytes than its path allows.
    #[error("the body is too large")]
    TooLarge,
    /// It comes too slowly.
    #[error("the body comes too slowly")]
    Slow,
    /// The client stopped sending it.
    #[error("the client stopped sending")]
    Client(#[source] hyper::Error),
}

/// The body of a service's answer.
pub(crate) struct Download {
    /// What is left when nothing of it is on the connection any more.
    last: Option<Bytes>,
    /// None once the connection was given back or broke.
    lease: Option<Lease>,
    framing: Framing,
}

impl Upload {
    /// The body of a client's request, of so many bytes at most, at this rate at least.
    pub(crate) fn of(body: Incoming, most: u64, rate: MinRate) -> Self {
        Self {
            body: Some(body),
            left: most,
            pace: Pace::new(rate),
        }
    }

    /// Whether it was asked for more than had come.
    pub(crate) fn is_awaited(&self) -> bool {
        self.pace.is_waiting()
    }

    /// Reads on and throws away what the client still sends.
    pub(crate) fn linger(self) {
        if let Some(body) = self.body {
            linger(body);
        }
    }
}

impl hyper::body::Body for Upload {
    type Data = Bytes;
    type Error = UploadError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        let Self {
            body: Some(body),
            pace,
            ..
        } = &mut *self
        else {
            return Poll::Ready(None);
        };
        let frame = match Pin::new(body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => frame,
            Poll::Ready(Some(Err(error))) => {
                return Poll::Ready(Some(Err(UploadError::Client(error))));
            }
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => {
                std::task::ready!(pace.poll_late(context));
                self.body = None;
                return Poll::Ready(Some(Err(UploadError::Slow)));
            }
        };
        let size = frame.data_ref().map_or(0, Bytes::len);
        pace.received(size, Instant::now());
        let size = size as u64;
        if let Some(left) = self.left.checked_sub(size) {
            self.left = left;
            return Poll::Ready(Some(Ok(frame)));
        }
        if let Some(body) = self.body.take() {
            linger(body);
        }
        Poll::Ready(Some(Err(UploadError::TooLarge)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Download {
    /// The body of an answer whose head came over this connection.
    pub(crate) fn new(lease: Lease, framing: Framing) -> Self {
        let mut download = Self {
            last: None,
            lease: Some(lease),
            framing,
        };
        download.settle();
        download
    }

    /// The connection of an answer that changes the protocol.
    pub(crate) fn into_lease(self) -> Option<Lease> {
        self.lease
    }

    /// Gives the connection back once nothing of the answer is left on it; an answer that is
    /// dropped halfway takes its connection with it.
    fn settle(&mut self) {
        let Some(mut lease) = self.lease.take() else {
            return;
        };
        // Most answers are short, and came whole with their head.
        if let Framing::Length(left @ 1..) = self.framing
            && lease.wire.unread().len() as u64 >= left
            && let Ok(Step::Data(data)) = self.framing.next(lease.wire.unread())
        {
            self.last = Some(data);
        }
        if self.framing.is_end() {
            lease.release();
        } else {
            self.lease = Some(lease);
        }
    }

    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, WireError>> {
        if let Some(last) = self.last.take() {
            return Poll::Ready(Ok(Some(last)));
        }
        loop {
            let Some(lease) = &mut self.lease else {
                return Poll::Ready(Ok(None));
            };
            match self.framing.next(lease.wire.unread())? {
                Step::Data(data) => {
                    self.settle();
                    return Poll::Ready(Ok(Some(data)));
                }
                Step::End => {
                    self.settle();
                    return Poll::Ready(Ok(None));
                }
                Step::More => {
                    let came = std::task::ready!(lease.wire.poll_more(context))?;
                    if !came && self.framing == Framing::UntilEnd {
                        self.lease = None;
                    } else if !came {
                        return Poll::Ready(Err(WireError::Ended));
                    }
                }
            }
        }
    }
}

impl hyper::body::Body for Download {
    type Data = Bytes;
    type Error = WireError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, WireError>>> {
        let data = std::task::ready!(self.poll_data(context));
        if data.is_err() {
            self.lease = None;
        }
        Poll::Ready(data.transpose().map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_none() && self.lease.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let ready = self.last.as_ref().map_or(0, Bytes::len) as u64;
        match self.framing {
            Framing::Length(left) => SizeHint::with_exact(ready + left),
            _ if self.lease.is_none() => SizeHint::with_exact(ready),
            _ => SizeHint::new(),
        }
    }
}

/// Lets go of a request that is answered without its body.
pub(crate) fn discard(request: Request<Incoming>) {
    // A client that asked first sends nothing once it has its answer.
    if !request.headers().contains_key(header::EXPECT) {
        linger(request.into_body());
    }
}

/// Reads on and throws away what a refused client still sends, for a while: a connection that is
/// closed with unread bytes is reset, and the client may never see the answer.
fn linger(mut body: Incoming) {
    if body.is_end_stream() {
        return;
    }
    tokio::spawn(tokio::time::timeout(LINGER, async move {
        let mut left = MAX_LINGER;
        while let Some(Ok(frame)) = body.frame().await {
            let size = frame.data_ref().map_or(0, |data| data.len() as u64);
            let Some(rest) = left.checked_sub(size) else {
                return;
            };
            left = rest;
        }
    }));
}
