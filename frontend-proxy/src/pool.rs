//! Keep-alive connections to one address of a service, of one worker.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tracing::debug;

use crate::body::Upload;

/// A service that accepts no connection in this time is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Most connections that wait for a request.
const MAX_IDLE: usize = 256;

/// A connection unused for this long is closed: the burst it was opened for is over.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// The idle connections to one address.
#[derive(Clone, Default)]
pub(crate) struct Pool {
    idle: Arc<Mutex<VecDeque<Idle>>>,
    /// How many connections were asked for.
    opened: Arc<AtomicUsize>,
}

/// A connection in use; dropped, it is closed.
pub(crate) struct Lease {
    /// Sends one request.
    pub(crate) connection: SendRequest<Upload>,
    pool: Pool,
}

struct Idle {
    connection: SendRequest<Upload>,
    since: Instant,
}

impl Pool {
    /// An open connection that waits for a request, if there is one.
    pub(crate) fn idle(&self) -> Option<Lease> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // The one used last is the least likely to be closed by the other side just now.
        while let Some(Idle { connection, .. }) = idle.pop_back() {
            if connection.is_ready() {
                let pool = self.clone();
                return Some(Lease { connection, pool });
            }
        }
        None
    }

    /// A new connection to `address`.
    ///
    /// # Errors
    /// `TimedOut` when the last instance does not accept within [`CONNECT_TIMEOUT`]; any other when
    /// it refuses.
    pub(crate) async fn connect(&self, address: &str) -> io::Result<Lease> {
        let instances = timeout(CONNECT_TIMEOUT, lookup_host(address)).await??;
        let turn = self.opened.fetch_add(1, Ordering::Relaxed);
        let socket = reach(in_turn(instances.collect(), turn)).await?;
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
        let pool = self.clone();
        Ok(Lease { connection, pool })
    }
}

impl Lease {
    /// Gives the connection back for the next request.
    pub(crate) fn release(self) {
        let Self { connection, pool } = self;
        let mut idle = pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while idle
            .front()
            .is_some_and(|oldest| now - oldest.since > IDLE_TIMEOUT)
        {
            idle.pop_front();
        }
        if idle.len() < MAX_IDLE {
            idle.push_back(Idle {
                connection,
                since: now,
            });
        }
    }
}

/// The instances that a name stands for, beginning with the one whose turn it is: the resolver
/// would always put the same one first.
fn in_turn(mut instances: Vec<SocketAddr>, turn: usize) -> Vec<SocketAddr> {
    instances.sort_unstable();
    let first = turn % instances.len().max(1);
    instances.rotate_left(first);
    instances
}

/// Connects to the first instance that accepts.
async fn reach(instances: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut failure = io::ErrorKind::NotFound.into();
    for instance in instances {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(instance)).await {
            Ok(Ok(socket)) => return Ok(socket),
            Ok(Err(error)) => failure = error,
            Err(late) => failure = late.into(),
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn the_instances_behind_a_name_take_turns() {
        let [a, b] = ["10.0.0.1:1", "10.0.0.2:1"].map(|it| it.parse::<SocketAddr>().unwrap());

        assert_eq!(in_turn(vec![b, a], 0), [a, b]);
        assert_eq!(in_turn(vec![a, b], 1), [b, a]);
        assert_eq!(in_turn(vec![a, b], 2), [a, b]);
        assert!(in_turn(Vec::new(), 3).is_empty());
    }

    #[tokio::test]
    async fn an_instance_that_refuses_is_passed_over() {
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refusing = gone.local_addr().unwrap();
        drop(gone);
        let there = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let accepting = there.local_addr().unwrap();

        let socket = reach(vec![refusing, accepting]).await.unwrap();

        assert_eq!(socket.peer_addr().unwrap(), accepting);
        assert!(reach(vec![refusing]).await.is_err());
    }
}
