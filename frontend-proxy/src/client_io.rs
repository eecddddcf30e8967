//! The bytes of a client's connection, as long as the client takes them.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use crate::{
    assets::{LargeFiles, send_before},
    connections::Seat,
};

/// A connection that ends when its client stops to read what is written.
pub(crate) struct ClientIo {
    socket: TcpStream,
    large: Arc<LargeFiles>,
    patience: Duration,
    /// Runs while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Here, because a WebSocket keeps the connection when the server of HTTP has let go of it.
    _seat: Seat,
}

impl ClientIo {
    /// The connection in this seat; of these files the kernel sends the bytes.
    pub(crate) fn new(
        socket: TcpStream,
        seat: Seat,
        large: Arc<LargeFiles>,
        patience: Duration,
    ) -> Self {
        Self {
            socket,
            large,
            patience,
            stalled: None,
            _seat: seat,
        }
    }

    /// Writes what is before the large file at this place, or of the file when it comes first.
    fn poll_write_large(
        &self,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
        at: usize,
    ) -> Poll<io::Result<usize>> {
        loop {
            std::task::ready!(self.socket.poll_write_ready(context))?;
            let (before, rest) = parts.split_at(at);
            let place = rest.first().and_then(|part| self.large.find(part));
            let written = match place {
                Some(place) if before.is_empty() => place.send(&self.socket),
                _ => send_before(&self.socket, before),
            };
            match written {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn judge<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        std::task::ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for ClientIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for ClientIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.judge(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let large = parts
            .iter()
            .position(|part| self.large.find(part).is_some());
        let written = match large {
            Some(at) => self.poll_write_large(context, parts, at),
            None => Pin::new(&mut self.socket).poll_write_vectored(context, parts),
        };
        self.judge(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
