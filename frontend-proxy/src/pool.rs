//! Keep-alive connections to one instance of a service, of one worker.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::timeout;

use crate::wire::Wire;

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
    /// The connection. In a box, as an answer is handed on with it many times.
    pub(crate) wire: Box<Wire>,
    /// Whether it ends with this answer.
    pub(crate) is_last: bool,
    pool: Pool,
    opened: Instant,
}

struct Idle {
    wire: Box<Wire>,
    opened: Instant,
    since: Instant,
}

impl Pool {
    /// An open connection that waits for a request, if there is one.
    pub(crate) fn idle(&self) -> Option<Lease> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // The one used last is the least likely to be closed by the other side just now.
        while let Some(Idle { wire, opened, .. }) = idle.pop_back() {
            if wire.is_idle() {
                return Some(self.lease(wire, opened));
            }
        }
        None
    }

    /// Whether a connection of it waits, or a request could give one back.
    pub(crate) fn is_in_use(&self) -> bool {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let is_open = idle.iter().any(|it| it.wire.is_idle());
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
        let wire = timeout(deadline, Wire::connect(address)).await??;
        Ok(self.lease(Box::new(wire), Instant::now()))
    }

    fn lease(&self, wire: Box<Wire>, opened: Instant) -> Lease {
        Lease {
            wire,
            is_last: false,
            pool: self.clone(),
            opened,
        }
    }
}

impl Lease {
    /// Gives the connection back for the next request, unless it is old or ends.
    pub(crate) fn release(self) {
        if self.is_last {
            return;
        }
        let Self {
            wire, pool, opened, ..
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
                wire,
                opened,
                since: now,
            });
        }
    }
}
