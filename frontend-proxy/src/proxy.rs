//! The listener, and the workers that it deals connections to.

use std::{io, net::SocketAddr, num::NonZero, sync::Arc, thread, time::Duration};

use shared::auth::TokenVerifier;
use tokio::{
    net::TcpListener,
    runtime,
    sync::{mpsc, oneshot},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    assets::Assets,
    config::{Addresses, Config},
    edge::{Edge, EdgeSettings},
    error::StartError,
    session::Sessions,
    upstream::Upstreams,
    worker::{Accepted, Shared, Worker},
};

/// Connections that wait for a worker before the listener waits too.
const WAITING: usize = 256;

/// Rest after a failed accept, which mostly means that there are no file descriptors left.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// What the proxy needs to know, apart from where tokens are revoked.
pub struct Settings {
    /// Address to listen on; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Addresses of auth-service.
    pub auth: Addresses,
    /// Addresses of products-service.
    pub products: Addresses,
    /// Addresses of orders-service.
    pub orders: Addresses,
    /// The browser app.
    pub assets: Assets,
    /// Checks sessions.
    pub verifier: TokenVerifier,
    /// Whether session cookies are sent over HTTPS only.
    pub cookie_secure: bool,
    /// What the door asks of requests.
    pub edge: EdgeSettings,
}

/// The proxy, listening but not yet answering.
pub struct Proxy {
    listener: TcpListener,
    shared: Arc<Shared>,
}

/// A worker's thread, as the listener sees it.
struct Hand {
    accepted: mpsc::Sender<Accepted>,
    ended: oneshot::Receiver<()>,
}

impl Settings {
    /// The settings that the configuration asks for.
    ///
    /// # Errors
    /// When the browser app cannot be read.
    pub fn from_config(config: &Config, verifier: TokenVerifier) -> Result<Self, StartError> {
        let assets = match &config.web_root {
            Some(folder) => Assets::load(folder)?,
            None => Assets::plain(),
        };
        Ok(Self {
            listen: config.listen,
            auth: config.auth_upstreams.clone(),
            products: config.products_upstreams.clone(),
            orders: config.orders_upstreams.clone(),
            assets,
            verifier,
            cookie_secure: config.cookie_secure.is_on(),
            edge: EdgeSettings::default(),
        })
    }
}

impl Proxy {
    /// Takes the address; connections wait until [`Proxy::start`].
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn bind(settings: Settings) -> Result<Self, StartError> {
        let address = settings.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| StartError::Listen { address, source })?;
        let shared = Shared {
            upstreams: Upstreams::new(&settings.auth, &settings.products, &settings.orders),
            sessions: Sessions::new(settings.verifier, settings.cookie_secure),
            assets: settings.assets,
            edge: Edge::new(&settings.edge),
        };
        Ok(Self {
            listener,
            shared: Arc::new(shared),
        })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// When the system does not know, which does not happen.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Starts one worker a core; the future it returns accepts until `stop`, then ends when the
    /// requests under way have.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(self, stop: CancellationToken) -> Result<impl Future<Output = ()>, StartError> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let hands = (0..cores)
            .map(|core| start_worker(core, &self.shared, &stop))
            .collect::<Result<Vec<_>, _>>()
            .map_err(StartError::Worker)?;
        Ok(accept(self.listener, hands, stop))
    }
}

fn start_worker(core: usize, shared: &Arc<Shared>, stop: &CancellationToken) -> io::Result<Hand> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let worker = Worker::new(Arc::clone(shared), stop);
    let (accepted, connections) = mpsc::channel(WAITING);
    let (alive, ended) = oneshot::channel();
    thread::Builder::new()
        .name(format!("worker-{core}"))
        .spawn(move || {
            runtime.block_on(worker.run(connections));
            drop(alive);
        })?;
    Ok(Hand { accepted, ended })
}

/// Deals connections to the workers in turn: every core gets its share of those that stay open,
/// which sockets that share a port, or workers that race for one listener, do not promise.
async fn accept(listener: TcpListener, hands: Vec<Hand>, stop: CancellationToken) {
    for hand in hands.iter().cycle() {
        let connection = tokio::select! {
            accepted = next(&listener) => accepted,
            () = stop.cancelled() => break,
        };
        if hand.accepted.send(connection).await.is_err() {
            warn!("a worker is gone and its turn is lost");
        }
    }
    drop(listener);
    for Hand { accepted, ended } in hands {
        drop(accepted);
        // The other end is dropped, never used: an error is how the end of a worker looks.
        _ = ended.await;
    }
}

async fn next(listener: &TcpListener) -> Accepted {
    loop {
        let accepted = listener.accept().await;
        let accepted = accepted.and_then(|(socket, peer)| {
            let socket = socket.into_std()?;
            Ok(Accepted { socket, peer })
        });
        match accepted {
            Ok(accepted) => return accepted,
            Err(error) => {
                warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}
