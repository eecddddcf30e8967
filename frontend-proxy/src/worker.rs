//! One thread with its own runtime, connections and client: nothing of a request crosses to
//! another core.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpStream as StdTcpStream},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use shared::auth::TokenVerifier;
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, warn};

use crate::{
    assets::Assets,
    client::Client,
    client_io::ClientIo,
    config::{LimitSettings, Site},
    connections::Seat,
    deadlines::Deadlines,
    door,
    edge::{Edge, Lasting},
    peer::Peer,
    route_table::Route,
    session::Sessions,
    traffic::Present,
    upstream::Upstreams,
};

/// What requests under way may take after a stop signal: a second less than the process has.
const DRAIN: Duration = Duration::from_secs(9);

/// A connection that was accepted and whose client waits to be heard.
pub(crate) struct Accepted {
    /// The connection.
    pub(crate) socket: StdTcpStream,
    /// The client's end of it.
    pub(crate) peer: SocketAddr,
    /// Its place among all.
    pub(crate) seat: Seat,
}

/// What all workers know, replaced as a whole when the configuration is read again.
pub(crate) struct Shared {
    pub(crate) upstreams: Upstreams,
    deadlines: Deadlines,
    /// What one client may take.
    pub(crate) limits: LimitSettings,
    pub(crate) sessions: Sessions,
    pub(crate) assets: Assets,
    pub(crate) edge: Edge,
}

/// One thread, whatever the configuration is.
pub(crate) struct Core {
    /// What the next request is answered with.
    worker: ArcSwap<Worker>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// What one worker has, from one reading of the configuration to the next.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    /// Its connections to services.
    pub(crate) client: Client,
    /// What must end before it may: connections and tunnels.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the process shall stop.
    pub(crate) stop: CancellationToken,
}

impl Shared {
    /// What follows from the configuration.
    pub(crate) fn new(site: Site, verifier: TokenVerifier, lasting: &Lasting) -> Self {
        let secure = site.settings.cookie_secure.unwrap_or(true);
        Self {
            edge: Edge::new(&site.settings, lasting),
            upstreams: Upstreams::new(&site.settings.upstreams),
            limits: site.settings.limits.clone(),
            deadlines: Deadlines::new(&site.settings.deadlines),
            sessions: Sessions::new(verifier, secure),
            assets: site.assets,
        }
    }
}

impl Shared {
    /// How long an answer to this path may take to begin.
    pub(crate) fn deadline_of(&self, route: &Route, path: &str) -> Duration {
        let upstream = self.upstreams.of(route.service);
        self.deadlines.of(path, upstream)
    }
}

impl Core {
    /// A thread's share, without connections.
    pub(crate) fn new(shared: Arc<Shared>, stop: &CancellationToken) -> Self {
        let tasks = TaskTracker::new();
        // A token of its own: polling one token from all cores would make them wait for each
        // other.
        let stop = stop.child_token();
        let worker = Worker::new(shared, &tasks, &stop);
        Self {
            worker: ArcSwap::from_pointee(worker),
            tasks,
            stop,
        }
    }

    /// Answers with something else from the next request on; those under way keep what they
    /// began with.
    pub(crate) fn renew(&self, shared: Arc<Shared>) {
        let worker = Worker::new(shared, &self.tasks, &self.stop);
        self.worker.store(Arc::new(worker));
    }

    /// Serves what comes through `accepted` until it is closed, then lets requests finish.
    pub(crate) async fn run(self: Arc<Self>, mut accepted: mpsc::Receiver<Accepted>) {
        while let Some(connection) = accepted.recv().await {
            let served = serve(Arc::clone(&self), connection);
            self.tasks.spawn(served);
        }
        self.tasks.close();
        if timeout(DRAIN, self.tasks.wait()).await.is_err() {
            warn!(
                connections = self.tasks.len(),
                "some requests did not finish in time"
            );
        }
    }
}

impl Worker {
    fn new(shared: Arc<Shared>, tasks: &TaskTracker, stop: &CancellationToken) -> Self {
        Self {
            client: Client::default(),
            tasks: tasks.clone(),
            stop: stop.clone(),
            shared,
        }
    }
}

impl std::ops::Deref for Worker {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

async fn serve(core: Arc<Core>, accepted: Accepted) {
    let _present = Present::connection();
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
    let limits = core.worker.load().limits.clone();
    let socket = ClientIo::new(socket, accepted.seat, limits.stall_deadline);
    let stop = core.stop.clone();
    let ip = peer.ip;
    let service = service_fn(move |request| {
        let (worker, peer) = (core.worker.load_full(), peer.clone());
        async move { Ok::<_, Infallible>(door::answer(&worker, peer, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // An idle connection counts too: opening a new one costs a browser little.
        .header_read_timeout(limits.head_deadline)
        .max_header_size(limits.max_head_bytes.get() as usize)
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
