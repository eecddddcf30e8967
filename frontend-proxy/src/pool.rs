//! Keep-alive connections to one instance of a service, of one worker.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};
use tracing::debug;

use crate::body::Upload;

/// Most connections that wait for a request.
const MAX_IDLE: usize = 256;

/// A connection unused for this long is closed: the burst it was opened for is over.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// A connection that is older is not used again: behind one address of a balancer, the next one
/// may go to an instance that has joined since.
const DEALT_FOR: Duration = Duration::from_secs(10);

/// The idle connections to one instance.
#[derive(Clone, Default)]
pub(crate) struct Pool {
    idle: Arc<Mutex<VecDeque<Idle>>>,
}

/// A connection in use; dropped, it is closed.
pub(crate) struct Lease {
    /// Sends one request.
    pub(crate) connection: SendRequest<Upload>,
    pool: Pool,
    opened: Instant,
}

struct Idle {
    connection: SendRequest<Upload>,
    opened: Instant,
    since: Instant,
}

impl Pool {
    /// An open connection that waits for a request, if there is one.
    pub(crate) fn idle(&self) -> Option<Lease> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // The one used last is the least likely to be closed by the other side just now.
        while let Some(Idle {
            connection, opened, ..
        }) = idle.pop_back()
        {
            if connection.is_ready() {
                return Some(self.lease(connection, opened));
            }
        }
        None
    }

    /// Whether a connection of it waits, or a request could give one back.
    pub(crate) fn is_in_use(&self) -> bool {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let is_open = idle.iter().any(|it| it.connection.is_ready());
        is_open || Arc::strong_count(&self.idle) > 1
    }

    /// A new connection.
    ///
    /// # Errors
    /// `TimedOut` when the instance does not accept within the deadline, or its refusal.
    pub(crate) async fn connect(
        &self,
        address: SocketAddr,
        deadline: Duration,
    ) -> io::Result<Lease> {
        let socket = timeout(deadline, TcpStream::connect(address)).await??;
        socket.set_nodelay(true)?;
        let (connection, driver) = http1::handshake(TokioIo::new(socket))
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(async move {
            // What a request suffers from it, its sender hears too.
            if let Err(error) = driver.with_upgrades().await {
                debug!(%error, "a connection to a service broke");
            }
        });
        Ok(self.lease(connection, Instant::now()))
    }

    fn lease(&self, connection: SendRequest<Upload>, opened: Instant) -> Lease {
        Lease {
            connection,
            pool: self.clone(),
            opened,
        }
    }
}

impl Lease {
    /// Gives the connection back for the next request, unless it is old.
    pub(crate) fn release(self) {
        let Self {
            connection,
            pool,
            opened,
        } = self;
        let mut idle = pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while idle
            .front()
            .is_some_and(|oldest| now - oldest.since > IDLE_TIMEOUT)
        {
            idle.pop_front();
        }
        if idle.len() < MAX_IDLE && now - opened < DEALT_FOR {
            idle.push_back(Idle {
                connection,
                opened,
                since: now,
            });
        }
    }
}
