//! The proxy as a whole: its listeners, its workers, and what they are told.

use std::{io, net::SocketAddr, num::NonZero, sync::Arc, thread};

use shared::{auth::TokenVerifier, http::listen};
use tokio::{
    net::TcpListener,
    runtime,
    sync::{mpsc, oneshot},
};
use tokio_util::sync::CancellationToken;

use crate::{
    accept::{Accepting, Hand, accept},
    config::{ListenerSettings, Site},
    connections::Connections,
    edge::Lasting,
    entrance::Taken,
    start_error::StartError,
    watch::Watch,
    worker::{Core, Shared},
};

/// Connections that wait for a worker before the listener waits too.
const WAITING: usize = 256;

/// The proxy, listening but not yet answering.
pub struct Proxy {
    listeners: Vec<TcpListener>,
    taken: Taken,
    shared: Arc<Shared>,
    watch: Watch,
    connections: Arc<Connections>,
    verifier: TokenVerifier,
    lasting: Lasting,
}

/// A proxy that answers, as seen by whoever reads its configuration.
pub struct Door {
    cores: Vec<Arc<Core>>,
    shared: Arc<Shared>,
    watch: Watch,
    connections: Arc<Connections>,
    taken: Taken,
    verifier: TokenVerifier,
    lasting: Lasting,
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
        for &ListenerSettings { address, .. } in &site.settings.listeners {
            listeners.push(listen(address).await?);
        }
        let bound = listeners.iter().map(TcpListener::local_addr);
        let bound = bound
            .collect::<Result<_, _>>()
            .map_err(StartError::Address)?;
        let taken = Taken::new(site.settings.listeners.clone(), bound);
        let connections = Arc::new(Connections::new(&site.settings));
        let shared = Shared::new(site, taken.entrances(), verifier.clone(), &lasting, None);
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
            shared: self.shared,
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
        self.taken.adopt(site.settings.listeners.clone());
        self.connections.renew(&site.settings);
        let shared = Arc::new(Shared::new(
            site,
            self.taken.entrances(),
            self.verifier.clone(),
            &self.lasting,
            Some(&self.shared.upstreams),
        ));
        self.shared = Arc::clone(&shared);
        self.watch = Watch::begin(&shared.upstreams).await;
        for core in &self.cores {
            core.renew(Arc::clone(&shared));
        }
    }

    /// Shows clients the certificates that are in the files now.
    pub fn refresh_certificates(&self) {
        self.taken.refresh_certificates();
    }
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
