//! One thread with its own runtime, connections and client: nothing of a request crosses to
//! another core.

use std::{
    net::{SocketAddr, TcpStream as StdTcpStream},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use shared::auth::TokenVerifier;
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

use crate::{
    assets::Assets,
    client::Client,
    config::{LimitSettings, Site},
    connection::serve,
    connections::Seat,
    deadlines::Deadlines,
    edge::{Edge, Lasting},
    entrance::Entrance,
    route_table::{Route, RouteTable},
    session::Sessions,
    upstream::Upstreams,
};

/// What requests under way may take after a stop signal: a second less than the process has.
const DRAIN: Duration = Duration::from_secs(9);

/// Bodies that one worker gathers at a time. 64 KiB each, they take 32 MiB at most.
const GATHERING: usize = 512;

/// A connection that was accepted and whose client waits to be heard.
pub(crate) struct Accepted {
    /// The connection.
    pub(crate) socket: StdTcpStream,
    /// The client's end of it.
    pub(crate) peer: SocketAddr,
    /// The number of the listener that it came through.
    pub(crate) entrance: usize,
    /// Its place among all.
    pub(crate) seat: Seat,
}

/// What all workers know, replaced as a whole when the configuration is read again.
pub(crate) struct Shared {
    /// By the number of the listener.
    pub(crate) entrances: Vec<Arc<Entrance>>,
    pub(crate) upstreams: Upstreams,
    pub(crate) routes: RouteTable,
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
    /// Places for requests whose bodies are gathered; another's goes on as it comes.
    pub(crate) gathering: Semaphore,
    /// What must end before it may: connections and tunnels.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the process shall stop.
    pub(crate) stop: CancellationToken,
}

impl Shared {
    /// What follows from the configuration, and from what was learnt of the services `before` it was
    /// read again.
    pub(crate) fn new(
        site: Site,
        entrances: Vec<Arc<Entrance>>,
        verifier: TokenVerifier,
        lasting: &Lasting,
        before: Option<&Upstreams>,
    ) -> Self {
        let secure = site.settings.cookie_secure.unwrap_or(true);
        Self {
            edge: Edge::new(&site.settings, lasting),
            entrances,
            upstreams: Upstreams::new(&site.settings.upstreams, before),
            routes: RouteTable::new(&site.settings),
            limits: site.settings.limits.clone(),
            deadlines: Deadlines::new(&site.settings.deadlines),
            sessions: Sessions::new(verifier, secure),
            assets: site.assets,
        }
    }

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

    /// What the next request is answered with.
    pub(crate) fn worker(&self) -> Arc<Worker> {
        self.worker.load_full()
    }

    /// Cancelled when the process shall stop.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
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
            gathering: Semaphore::new(GATHERING),
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
