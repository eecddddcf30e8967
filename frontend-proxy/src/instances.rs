//! The instances behind one address: who they are, and which one gets the next connection.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    net::{TcpStream, lookup_host},
    sync::Mutex,
    time::timeout,
};

/// An instance that accepts no connection in this time is away, and so is a resolver that does
/// not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long an answer of the resolver holds, a failure too: a look-up that waits blocks a thread
/// and cannot be called off, so a name that is gone must not cost one for each request.
const RESOLVED_FOR: Duration = Duration::from_secs(1);

/// The instances, as one worker knows them.
#[derive(Clone, Default)]
pub(crate) struct Instances {
    known: Arc<Mutex<Known>>,
    /// How many connections were asked for.
    turns: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Known {
    asked: Option<Instant>,
    instances: Vec<SocketAddr>,
}

impl Instances {
    /// Connects to the instance of `address` (`host:port`) whose turn it is, or to the next one
    /// that accepts.
    ///
    /// # Errors
    /// The last instance's: `TimedOut` when it does not accept in a second, or its refusal;
    /// `NotFound` when the name stands for nothing.
    pub(crate) async fn connect(&self, address: &str) -> io::Result<TcpStream> {
        let instances = match address.parse() {
            Ok(instance) => vec![instance],
            Err(_) => self.resolve(address).await,
        };
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        reach(in_turn(instances, turn)).await
    }

    /// What the name stands for; what it last stood for, while the resolver does not answer or
    /// knows nothing. A restart of the resolver must not look like the end of every instance.
    async fn resolve(&self, address: &str) -> Vec<SocketAddr> {
        // Held while the resolver is asked: whoever comes meanwhile waits for the one answer.
        let mut known = self.known.lock().await;
        let asked = known.asked;
        if asked.is_some_and(|asked| asked.elapsed() < RESOLVED_FOR) {
            return known.instances.clone();
        }
        // Before, because the request that asks may be given up; after, because it takes time.
        known.asked = Some(Instant::now());
        if let Ok(Ok(found)) = timeout(PATIENCE, lookup_host(address)).await {
            known.instances = found.collect();
        }
        known.asked = Some(Instant::now());
        known.instances.clone()
    }
}

/// The instances, beginning with the one whose turn it is: the resolver would always put the
/// same one first.
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
        match timeout(PATIENCE, TcpStream::connect(instance)).await {
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

    #[tokio::test]
    async fn a_name_is_looked_up_once_for_many_connections() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let instances = Instances::default();

        instances
            .connect(&format!("localhost:{port}"))
            .await
            .unwrap();
        let asked = instances.known.lock().await.asked;
        instances
            .connect(&format!("localhost:{port}"))
            .await
            .unwrap();

        assert!(asked.is_some());
        assert_eq!(instances.known.lock().await.asked, asked);
    }

    #[tokio::test]
    async fn instances_are_kept_while_the_resolver_knows_nothing() {
        let last = "127.0.0.1:1".parse().unwrap();
        let instances = Instances::default();
        instances.known.lock().await.instances = vec![last];

        let found = instances.resolve("nobody.invalid:1").await;

        assert_eq!(found, [last]);
    }
}
