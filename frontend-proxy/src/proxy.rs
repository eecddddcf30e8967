//! The listeners, and the workers that they deal connections to.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    num::NonZero,
    sync::Arc,
    task::{Context, Poll},
    thread,
    time::Duration,
};

use shared::auth::TokenVerifier;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime,
    sync::{mpsc, oneshot},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{
    config::Site,
    connections::Connections,
    edge::Lasting,
    error::StartError,
    watch::Watch,
    worker::{Accepted, Core, Shared},
};

/// Connections that wait for a worker before the listener waits too.
const WAITING: usize = 256;

/// Rest after a failed accept, which mostly means that there are no file descriptors left.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// The proxy, listening but not yet answering.
pub struct Proxy {
    listeners: Vec<TcpListener>,
    /// What they are in the configuration.
    taken: Vec<SocketAddr>,
    shared: Arc<Shared>,
    watch: Watch,
    connections: Arc<Connections>,
    verifier: TokenVerifier,
    lasting: Lasting,
}

/// A proxy that answers, as seen by whoever reads its configuration.
pub struct Door {
    cores: Vec<Arc<Core>>,
    watch: Watch,
    connections: Arc<Connections>,
    taken: Vec<SocketAddr>,
    verifier: TokenVerifier,
    lasting: Lasting,
}

/// Where connections come in.
struct Accepting {
    listeners: Vec<TcpListener>,
    connections: Arc<Connections>,
}

/// A worker's thread, as the listener sees it.
struct Hand {
    accepted: mpsc::Sender<Accepted>,
    ended: oneshot::Receiver<()>,
}

impl Proxy {
    /// Takes the addresses; connections wait until [`Proxy::start`].
    ///
    /// # Errors
    /// When an address is taken.
    pub async fn bind(
        site: Site,
        verifier: TokenVerifier,
        lasting: Lasting,
    ) -> Result<Self, StartError> {
        let mut listeners = Vec::new();
        for address in addresses_of(&site) {
            let listener = TcpListener::bind(address).await;
            listeners.push(listener.map_err(|source| StartError::Listen { address, source })?);
        }
        let taken = addresses_of(&site).collect();
        let connections = Arc::new(Connections::new(&site.settings));
        let shared = Shared::new(site, verifier.clone(), &lasting);
        Ok(Self {
            connections,
            listeners,
            taken,
            watch: Watch::begin(&shared.upstreams).await,
            shared: Arc::new(shared),
            verifier,
            lasting,
        })
    }

    /// The addresses it listens on, in the order of the configuration.
    ///
    /// # Errors
    /// When the system does not know, which does not happen.
    pub fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.listeners.iter().map(TcpListener::local_addr).collect()
    }

    /// Starts one worker a core; the future it returns accepts until `stop`, then ends when the
    /// requests under way have.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(
        self,
        stop: CancellationToken,
    ) -> Result<(Door, impl Future<Output = ()>), StartError> {
        let count = thread::available_parallelism().map_or(1, NonZero::get);
        let cores: Vec<_> = (0..count)
            .map(|_| Arc::new(Core::new(Arc::clone(&self.shared), &stop)))
            .collect();
        let hands = cores
            .iter()
            .enumerate()
            .map(|(number, core)| start_worker(number, Arc::clone(core)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(StartError::Worker)?;
        let door = Door {
            cores,
            watch: self.watch,
            connections: Arc::clone(&self.connections),
            taken: self.taken,
            verifier: self.verifier,
            lasting: self.lasting,
        };
        let accepting = Accepting {
            listeners: self.listeners,
            connections: self.connections,
        };
        Ok((door, accept(accepting, hands, stop)))
    }
}

impl Door {
    /// Answers with this configuration from the next request on. Requests under way end as they
    /// began; addresses to listen on stay those that were taken at the start.
    pub async fn renew(&mut self, site: Site) {
        if !addresses_of(&site).eq(self.taken.iter().copied()) {
            warn!("other addresses to listen on need a restart");
        }
        self.connections.renew(&site.settings);
        let shared = Arc::new(Shared::new(site, self.verifier.clone(), &self.lasting));
        self.watch = Watch::begin(&shared.upstreams).await;
        for core in &self.cores {
            core.renew(Arc::clone(&shared));
        }
    }
}

fn addresses_of(site: &Site) -> impl Iterator<Item = SocketAddr> {
    site.settings.listeners.iter().map(|it| it.address)
}

fn start_worker(number: usize, core: Arc<Core>) -> io::Result<Hand> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (accepted, connections) = mpsc::channel(WAITING);
    let (alive, ended) = oneshot::channel();
    thread::Builder::new()
        .name(format!("worker-{number}"))
        .spawn(move || {
            runtime.block_on(core.run(connections));
            drop(alive);
        })?;
    Ok(Hand { accepted, ended })
}

/// Deals connections to the workers in turn: every core gets its share of those that stay open,
/// which sockets that share a port, or workers that race for one listener, do not promise.
async fn accept(accepting: Accepting, hands: Vec<Hand>, stop: CancellationToken) {
    for (turn, hand) in hands.iter().cycle().enumerate() {
        let connection = tokio::select! {
            accepted = next(&accepting, turn) => accepted,
            () = stop.cancelled() => break,
        };
        if hand.accepted.send(connection).await.is_err() {
            warn!("a worker is gone and its turn is lost");
        }
    }
    drop(accepting);
    for Hand { accepted, ended } in hands {
        drop(accepted);
        // The other end is dropped, never used: an error is how the end of a worker looks.
        _ = ended.await;
    }
}

async fn next(accepting: &Accepting, turn: usize) -> Accepted {
    loop {
        let accepted = poll_fn(|context| poll_next(&accepting.listeners, turn, context)).await;
        let accepted = accepted.and_then(|(socket, peer)| Ok((socket.into_std()?, peer)));
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        if let Some(seat) = accepting.connections.admit(peer.ip()) {
            return Accepted { socket, peer, seat };
        }
        // Not answered: that would cost more than the one who asks for it pays.
        debug!(client.ip = %peer.ip(), "one connection too many");
    }
}

/// Asks the listeners in turn, so that a flood at one does not close the other.
fn poll_next(
    listeners: &[TcpListener],
    turn: usize,
    context: &mut Context<'_>,
) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
    let count = listeners.len();
    for index in (0..count).map(|step| turn.wrapping_add(step) % count) {
        let polled = listeners.get(index).map(|it| it.poll_accept(context));
        if let Some(Poll::Ready(accepted)) = polled {
            return Poll::Ready(accepted);
        }
    }
    Poll::Pending
}
