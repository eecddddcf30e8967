//! One connection to an instance of a service, in HTTP/1.1. It has no task of its own: whoever
//! sends a request over it drives it, and nothing is handed from one task to another
//! (docs/decisions/0028-an-upstream-client-of-our-own.md).

mod answer;
mod framing;
mod outgoing;
#[cfg(test)]
mod tests;

use std::{
    cell::RefCell,
    future::poll_fn,
    io, mem,
    net::SocketAddr,
    pin::pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

use self::answer::Expected;
pub(crate) use self::{
    answer::Answer,
    framing::{Framing, Step},
    outgoing::Outgoing,
};
use crate::body::UploadError;

/// What is read at once, at most (bytes): a whole answer, mostly.
const READ_SIZE: usize = 16 * 1024;

/// The longest head of an answer (bytes).
const MAX_HEAD: usize = 64 * 1024;

thread_local! {
    /// Where all connections of this worker read into. Mostly what was read last is sent on by
    /// now, and the same bytes serve again, while they are in the cache of the processor.
    static BUFFER: RefCell<BytesMut> = RefCell::default();
}

/// An open connection.
pub(crate) struct Wire {
    socket: TcpStream,
    inbox: Inbox,
}

/// What came over a connection and was not used yet.
#[derive(Default)]
struct Inbox {
    unread: Bytes,
}

/// Why there is no answer, or no end of one.
#[derive(Debug, Error)]
pub(crate) enum WireError {
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    /// The service ended the connection too early.
    #[error("the connection ended")]
    Ended,
    /// What came is no HTTP.
    #[error("the answer is malformed: {0}")]
    Malformed(&'static str),
    /// The body of the request did not come.
    #[error("the body of the request did not come")]
    Upload(#[from] UploadError),
}

impl Wire {
    /// Opens a connection.
    ///
    /// # Errors
    /// When the instance refuses.
    pub(crate) async fn connect(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            inbox: Inbox::default(),
        })
    }

    /// Whether it waits for a request: a service that has ended it, or says what it was not asked
    /// for, gets none.
    pub(crate) fn is_idle(&self) -> bool {
        let read = self.socket.try_read(&mut [0]);
        self.inbox.unread.is_empty()
            && read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Sends a request and waits for the head of its answer. A service may answer before it has
    /// the whole request.
    pub(crate) async fn exchange(&mut self, request: &mut Outgoing) -> Result<Answer, WireError> {
        let (mut reader, mut writer) = self.socket.split();
        let first = writer.write(request.beginning()).await?;
        request.is_begun = true;
        writer.write_all(&request.beginning()[first..]).await?;
        if request.is_whole() {
            let mut expected = request.expected();
            return self.inbox.head(&mut reader, &mut expected).await;
        }
        // In a box, as most requests are whole: a future has room for all it may come to.
        Box::pin(self.exchange_rest(request)).await
    }

    /// Sends the rest of the body, and waits for the head of the answer meanwhile.
    async fn exchange_rest(&mut self, request: &mut Outgoing) -> Result<Answer, WireError> {
        let (mut reader, mut writer) = self.socket.split();
        let mut expected = request.expected();
        let (is_sent, answer) = tokio::select! {
            biased;
            sent = upload(&mut writer, request) => match sent {
                Ok(()) => (true, None),
                // It may have said why before it closed the door.
                Err(WireError::Broken(_)) => (false, None),
                Err(error) => return Err(error),
            },
            answer = self.inbox.head(&mut reader, &mut expected) => (false, Some(answer)),
        };
        let mut answer = match answer {
            Some(answer) => answer,
            None => self.inbox.head(&mut reader, &mut expected).await,
        }?;
        // The service would take the next request for the rest of this one.
        answer.is_last |= !is_sent;
        request.abandon();
        Ok(answer)
    }

    /// What came and was not used yet.
    pub(crate) fn unread(&mut self) -> &mut Bytes {
        &mut self.inbox.unread
    }

    /// Waits for more; false when there is none.
    pub(crate) fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.inbox.poll_fill(&mut self.socket, context)
    }

    /// The connection for another protocol, and what came of that already.
    pub(crate) fn into_parts(self) -> (TcpStream, Bytes) {
        (self.socket, self.inbox.unread)
    }
}

/// Sends what is left of a body.
async fn upload<W>(writer: &mut W, request: &mut Outgoing) -> Result<(), WireError>
where
    W: AsyncWrite + Unpin,
{
    while let Some(mut piece) = request.next_piece().await? {
        writer.write_all_buf(&mut piece).await?;
    }
    Ok(())
}

impl Inbox {
    /// Reads the head of the answer, past those that only say that it will come.
    async fn head<R>(
        &mut self,
        reader: &mut R,
        expected: &mut Expected,
    ) -> Result<Answer, WireError>
    where
        R: AsyncRead + Unpin,
    {
        loop {
            match Answer::parse(&mut self.unread, expected)? {
                Some(answer) if answer.is_interim() => continue,
                Some(answer) => return Ok(answer),
                None => {}
            }
            if self.unread.len() >= MAX_HEAD {
                return Err(WireError::Malformed("its head is too long"));
            }
            if !poll_fn(|context| self.poll_fill(reader, context)).await? {
                return Err(WireError::Ended);
            }
        }
    }

    /// Waits for more; false when there is none.
    fn poll_fill<R>(&mut self, reader: &mut R, context: &mut Context<'_>) -> Poll<io::Result<bool>>
    where
        R: AsyncRead + Unpin,
    {
        let (read, came) = ready!(BUFFER.with_borrow_mut(|buffer| {
            buffer.reserve(READ_SIZE);
            let read = ready!(pin!(reader.read_buf(buffer)).poll(context))?;
            Poll::Ready(io::Result::Ok((read, buffer.split().freeze())))
        }))?;
        self.unread = if self.unread.is_empty() {
            came
        } else {
            let both = self.unread.len() + came.len();
            mem::take(&mut self.unread).chain(came).copy_to_bytes(both)
        };
        Poll::Ready(Ok(read > 0))
    }
}
