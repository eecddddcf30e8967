//! The services behind the proxy: their instances, and whether they may be asked.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    breaker::Breaker,
    config::{HealthCheckSettings, UpstreamSettings, UpstreamsSettings},
    error::Failure,
    instance::{Health, Instance, pick},
    kept::kept,
    permit::Permit,
    route_table::Service,
};

/// All services; shared by all workers.
pub(crate) struct Upstreams {
    /// The three of the mesh, then those that the configuration adds.
    all: Vec<Arc<Upstream>>,
}

/// One service.
pub(crate) struct Upstream {
    /// Its name in answers and logs.
    pub(crate) name: &'static str,
    /// Where it listens, as configured.
    pub(crate) addresses: Vec<String>,
    /// How its instances are checked.
    pub(crate) health_check: HealthCheckSettings,
    /// How long an instance may take to accept a connection.
    pub(crate) connect_deadline: Duration,
    /// How long an answer may take to begin.
    pub(crate) answer_deadline: Duration,
    /// The same for a picture.
    pub(crate) upload_deadline: Duration,
    /// Whether it may be asked.
    pub(crate) breaker: Breaker,
    instances: ArcSwap<Vec<Arc<Instance>>>,
    turns: AtomicUsize,
    max_waiting: usize,
    /// Places for requests whose bodies are still to come.
    uploads: Semaphore,
    max_fails: u32,
}

/// One in so many of those that may wait for a service may wait because its client is still
/// sending: with few connections one could otherwise take all places.
const UPLOADS: usize = 4;

impl Upstreams {
    /// The services as configured, with what was known of them `before`; names of theirs that are
    /// new stand for nothing yet.
    pub(crate) fn new(settings: &UpstreamsSettings, before: Option<&Self>) -> Self {
        let upstream = |(name, settings)| {
            let name = kept(name);
            let same = before.and_then(|it| it.iter().find(|it| it.name == name));
            Arc::new(Upstream::new(name, settings, same))
        };
        Self {
            all: settings.iter().map(upstream).collect(),
        }
    }

    /// The upstream of a service.
    pub(crate) fn of(&self, service: Service) -> &Upstream {
        let place = match service {
            Service::Auth => 0,
            Service::Products => 1,
            Service::Orders => 2,
            Service::Other(place) => 3 + place,
        };
        &self.all[place]
    }

    /// Every upstream.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.all.iter()
    }
}

impl Upstream {
    fn new(name: &'static str, settings: &UpstreamSettings, before: Option<&Arc<Self>>) -> Self {
        let addresses = settings.addresses.clone().unwrap_or_default().0;
        let breaker = match before {
            Some(before) => before.breaker.renewed(&settings.breaker, Instant::now()),
            None => Breaker::new(&settings.breaker),
        };
        let upstream = Self {
            name,
            addresses,
            health_check: settings.health_check.clone(),
            connect_deadline: settings.connect_deadline,
            answer_deadline: settings.answer_deadline,
            upload_deadline: settings.upload_deadline,
            breaker,
            instances: before.map_or_else(ArcSwap::default, |it| it.instances().into()),
            turns: AtomicUsize::new(0),
            max_waiting: settings.max_waiting,
            uploads: Semaphore::new(settings.max_waiting.div_ceil(UPLOADS)),
            max_fails: settings.max_fails,
        };
        let stands_for = |name: &String| match name.parse() {
            Ok(address) => vec![(address, name.clone())],
            // Until the resolver says more, it stands for what it stood for.
            Err(_) => upstream.found_for(name),
        };
        let known: Vec<_> = upstream.addresses.iter().flat_map(stands_for).collect();
        upstream.found(&known);
        upstream
    }

    /// Its instances are these, each with the configured name that led to it; one that was known
    /// before stays what it was.
    pub(crate) fn found(&self, addresses: &[(SocketAddr, String)]) {
        let known = self.instances.load();
        // Unless nobody checks, one that is new is asked only after it has shown that it is ready:
        // its name may be known before it listens.
        let health = if self.health_check.interval.is_zero() {
            Health::Ready
        } else {
            Health::Unready
        };
        let instances = addresses.iter().map(|(address, name)| {
            let same = known.iter().find(|it| it.address == *address);
            let new = || Arc::new(Instance::new(*address, name, health));
            same.map_or_else(new, Arc::clone)
        });
        self.instances.store(Arc::new(instances.collect()));
    }

    /// What one of its names stands for, as far as is known.
    pub(crate) fn found_for(&self, name: &str) -> Vec<(SocketAddr, String)> {
        let instances = self.instances.load();
        let found = instances.iter().filter(|it| it.is_of(name));
        found.map(|it| (it.address, name.to_owned())).collect()
    }

    /// Its instances.
    pub(crate) fn instances(&self) -> Arc<Vec<Arc<Instance>>> {
        self.instances.load_full()
    }

    /// The instance whose turn it is, other than those `tried`.
    pub(crate) fn pick(&self, tried: &[SocketAddr]) -> Option<Arc<Instance>> {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        pick(&self.instances.load(), turn, tried).cloned()
    }

    /// A permit for one request, of which all is here or something is still to come.
    ///
    /// # Errors
    /// When the service is not installed, does not answer, or has too much to do.
    pub(crate) fn admit(&self, is_whole: bool) -> Result<Permit<'_>, Failure> {
        if self.addresses.is_empty() {
            return Err(Failure::NoUpstream(self.name));
        }
        let instances = self.instances.load();
        let waiting: usize = instances.iter().map(|instance| instance.waiting()).sum();
        if waiting >= self.max_waiting {
            return Err(Failure::Overloaded(self.name));
        }
        let upload = (!is_whole).then(|| self.begin_upload()).transpose()?;
        Permit::ask(self, upload, Instant::now()).ok_or(Failure::Resting(self.name))
    }

    fn begin_upload(&self) -> Result<SemaphorePermit<'_>, Failure> {
        let place = self.uploads.try_acquire();
        place.map_err(|_| Failure::Overloaded(self.name))
    }

    /// An instance refused or broke a connection.
    pub(crate) fn blame(&self, instance: &Instance) {
        instance.failed(self.max_fails);
    }
}
