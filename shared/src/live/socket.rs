//! One WebSocket: pings, deadlines and the ways in which it ends.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

/// How often its owner is asked whether it may stay. A session that ended is noticed within it.
const CHECK: Duration = Duration::from_secs(2);

/// How often to ping: proxies on the way close what is silent for a minute.
const PING: Duration = Duration::from_secs(20);

/// A client that says nothing for so long, not even pong, is gone.
const SILENCE: Duration = Duration::from_mins(1);

/// A client that does not take a message in this time reads too slowly.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the client may take to answer that it closes too.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The server's end of a WebSocket.
pub struct Socket {
    inner: WebSocket,
    checks: Interval,
    heard_at: Instant,
    pinged_at: Instant,
    shutdown: CancellationToken,
}

/// What the owner of a socket has to look at.
#[derive(Debug)]
pub enum Heard {
    /// The client said this.
    Text(Utf8Bytes),
    /// It is time to ask whether the client may still listen.
    Check,
}

/// Why the server ends a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// The process stops; another one is there, or soon.
    Restarting,
    /// The process has too many sockets, or lacks what it needs.
    Later,
    /// The client does not keep to the protocol.
    Misspoken,
    /// The client reads too slowly.
    TooSlow,
    /// The session has expired or was revoked.
    SessionOver,
    /// The user has too many sockets.
    TooMany,
}

impl Close {
    /// The code (RFC 6455 §7.4 and its registry; 4000 and above are ours).
    fn code(self) -> u16 {
        match self {
            Self::Restarting => 1012,
            Self::Later => 1013,
            Self::Misspoken | Self::TooSlow => 1008,
            Self::SessionOver => 4401,
            Self::TooMany => 4429,
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Restarting => "restarting; connect again",
            Self::Later => "busy; connect again later",
            Self::Misspoken => "this is not what the API says",
            Self::TooSlow => "read faster",
            Self::SessionOver => "the session is over; log in",
            Self::TooMany => "you have too many of these open",
        }
    }
}

impl Socket {
    pub(super) fn new(inner: WebSocket, shutdown: CancellationToken) -> Self {
        let mut checks = interval(CHECK);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let now = Instant::now();
        Self {
            inner,
            checks,
            heard_at: now,
            pinged_at: now,
            shutdown,
        }
    }

    /// What comes next, or `None` when the conversation is over. It may be dropped and called
    /// again: nothing gets lost.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => {
                    self.close(Close::Restarting).await;
                    return None;
                }
                message = self.inner.recv() => {
                    self.heard_at = Instant::now();
                    match message?.ok()? {
                        Message::Text(text) => return Some(Heard::Text(text)),
                        Message::Close(_) => return None,
                        Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => {}
                    }
                }
                _ = self.checks.tick() => {
                    return self.is_alive().await.then_some(Heard::Check);
                }
            }
        }
    }

    /// Sends a text; false when the client is gone or does not take it in time.
    pub async fn send(&mut self, text: impl Into<Utf8Bytes>) -> bool {
        self.send_in_time(Message::Text(text.into())).await
    }

    /// Says why it ends, and waits a moment for the client to have read it.
    pub async fn close(&mut self, why: Close) {
        let frame = CloseFrame {
            code: why.code(),
            reason: why.reason().into(),
        };
        let farewell = async {
            if self.inner.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.inner.recv().await {}
            }
        };
        // A client that does not answer is left alone; the connection ends in either case.
        _ = timeout(CLOSE_TIMEOUT, farewell).await;
    }

    /// Whether the client has been heard of; pings it when it is time.
    async fn is_alive(&mut self) -> bool {
        if self.heard_at.elapsed() > SILENCE {
            return false;
        }
        if self.pinged_at.elapsed() < PING {
            return true;
        }
        self.pinged_at = Instant::now();
        self.send_in_time(Message::Ping(Bytes::new())).await
    }

    async fn send_in_time(&mut self, message: Message) -> bool {
        matches!(
            timeout(SEND_TIMEOUT, self.inner.send(message)).await,
            Ok(Ok(()))
        )
    }
}
