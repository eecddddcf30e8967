//! One thread with its own runtime, connections and client: nothing of a request crosses to
//! another core.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpStream as StdTcpStream},
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use shared::auth::TokenVerifier;
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, warn};

use crate::{
    assets::Assets, client::Client, config::Site, door, peer::Peer, session::Sessions,
    upstream::Upstreams,
};

/// A client that sends no request, or not all of its head, in this time is disconnected. An idle
/// connection counts too: opening a new one costs a browser little.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// What requests under way may take after a stop signal: a second less than the process has.
const DRAIN: Duration = Duration::from_secs(9);

/// A connection that was accepted and whose client waits to be heard.
pub(crate) struct Accepted {
    /// The connection.
    pub(crate) socket: StdTcpStream,
    /// The client's end of it.
    pub(crate) peer: SocketAddr,
}

/// What all workers know.
pub(crate) struct Shared {
    pub(crate) upstreams: Upstreams,
    pub(crate) sessions: Sessions,
    pub(crate) assets: Assets,
}

/// What one worker has.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    /// Its connections to services.
    pub(crate) client: Client,
    /// What must end before it may: connections and tunnels.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the process shall stop.
    pub(crate) stop: CancellationToken,
}

impl std::ops::Deref for Worker {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Shared {
    /// What follows from the configuration.
    pub(crate) fn new(site: Site, verifier: TokenVerifier) -> Self {
        let secure = site.settings.cookie_secure.unwrap_or(true);
        Self {
            upstreams: Upstreams::new(&site.settings.upstreams),
            sessions: Sessions::new(verifier, secure),
            assets: site.assets,
        }
    }
}

impl Worker {
    /// A worker without connections.
    pub(crate) fn new(shared: Arc<Shared>, stop: &CancellationToken) -> Self {
        Self {
            client: Client::new(&shared.upstreams),
            tasks: TaskTracker::new(),
            // A token of its own: polling one token from all cores would make them wait for
            // each other.
            stop: stop.child_token(),
            shared,
        }
    }

    /// Serves what comes through `accepted` until it is closed, then lets requests finish.
    pub(crate) async fn run(self, mut accepted: mpsc::Receiver<Accepted>) {
        let worker = Arc::new(self);
        while let Some(connection) = accepted.recv().await {
            let served = serve(Arc::clone(&worker), connection);
            worker.tasks.spawn(served);
        }
        worker.tasks.close();
        if timeout(DRAIN, worker.tasks.wait()).await.is_err() {
            warn!(
                connections = worker.tasks.len(),
                "some requests did not finish in time"
            );
        }
    }
}

async fn serve(worker: Arc<Worker>, accepted: Accepted) {
    let peer = Peer::plain(accepted.peer.ip());
    let socket = accepted.socket.set_nodelay(true);
    let socket = socket.and_then(|()| TcpStream::from_std(accepted.socket));
    let (socket, peer) = match (socket, peer) {
        (Ok(socket), Some(peer)) => (socket, peer),
        (socket, _) => {
            debug!(error = ?socket.err(), "a connection was lost before its first request");
            return;
        }
    };
    let stop = worker.stop.clone();
    let ip = peer.ip;
    let service = service_fn(move |request| {
        let (worker, peer) = (Arc::clone(&worker), peer.clone());
        async move { Ok::<_, Infallible>(door::answer(&worker, peer, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(client.ip = %ip, %error, "a connection broke");
    }
}
