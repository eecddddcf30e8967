//! Keeps an eye on every service: which instances there are, and which of them are ready.

use std::{net::SocketAddr, sync::Arc, time::Duration, time::Instant};

use futures_util::future::join_all;
use tokio::{
    net::lookup_host,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use tracing::{debug, info, warn};

use crate::{
    instance::{Health, Instance},
    probe::probe,
    upstream::{Upstream, Upstreams},
};

/// How often names are looked up.
const LOOK_UP_EVERY: Duration = Duration::from_secs(1);

/// How long a start or a reload waits for the first look-up.
const PATIENCE: Duration = Duration::from_secs(1);

/// The tasks that watch; dropped, they end.
pub(crate) struct Watch {
    _tasks: JoinSet<()>,
}

impl Watch {
    /// Looks every name up once, then begins to watch.
    pub(crate) async fn begin(upstreams: &Upstreams) -> Self {
        let first = upstreams.iter().map(|upstream| look_up(upstream));
        if timeout(PATIENCE, join_all(first)).await.is_err() {
            warn!("the resolver does not answer; instances are found when it does");
        }
        let mut tasks = JoinSet::new();
        for upstream in upstreams.iter().filter(|it| !it.addresses.is_empty()) {
            if has_names(upstream) {
                tasks.spawn(find(Arc::clone(upstream)));
            }
            if !upstream.health_check.interval.is_zero() {
                tasks.spawn(check(Arc::clone(upstream)));
            }
        }
        Self { _tasks: tasks }
    }
}

fn has_names(upstream: &Upstream) -> bool {
    let mut addresses = upstream.addresses.iter();
    addresses.any(|address| address.parse::<SocketAddr>().is_err())
}

async fn find(upstream: Arc<Upstream>) {
    let mut ticks = interval(LOOK_UP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        look_up(&upstream).await;
    }
}

/// Asks the resolver for every address of the service. One that it does not know keeps what it
/// stood for: a restart of the resolver must not look like the end of every instance.
async fn look_up(upstream: &Upstream) {
    if !has_names(upstream) {
        return;
    }
    let known = upstream.instances();
    let mut found = Vec::new();
    for name in &upstream.addresses {
        let answer = match lookup_host(name).await {
            Ok(answer) => answer.collect(),
            Err(error) => {
                debug!(%error, "{name} is not known to the resolver");
                Vec::new()
            }
        };
        let addresses: Vec<SocketAddr> = answer;
        if addresses.is_empty() {
            found.extend(upstream.found_for(name));
        }
        found.extend(addresses.into_iter().map(|it| (it, name.clone())));
    }
    // The resolver shuffles; turns must not.
    found.sort_unstable();
    found.dedup_by_key(|(address, _)| *address);
    if !known
        .iter()
        .map(|it| it.address)
        .eq(found.iter().map(|it| it.0))
    {
        let names: Vec<_> = found.iter().map(|it| it.0.to_string()).collect();
        info!(
            instances = names.join(", "),
            "{} has other instances", upstream.name
        );
        upstream.found(&found);
    }
}

async fn check(upstream: Arc<Upstream>) {
    let mut ticks = interval(upstream.health_check.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut silent_rounds = 0_u32;
    loop {
        ticks.tick().await;
        let instances = upstream.instances();
        let checks = instances.iter().map(|it| examine(&upstream, it));
        let is_silent = join_all(checks)
            .await
            .iter()
            .all(|&it| it == Health::Silent);
        if !is_silent || instances.is_empty() {
            if silent_rounds > 0 {
                upstream.breaker.close();
            }
            silent_rounds = 0;
            continue;
        }
        // Once may be a restart, and then the very next request could succeed.
        silent_rounds = silent_rounds.saturating_add(1);
        if silent_rounds >= 2 && upstream.breaker.trip(Instant::now()) {
            warn!(
                "no instance of {} answers: the breaker is open",
                upstream.name
            );
        }
    }
}

async fn examine(upstream: &Upstream, instance: &Instance) -> Health {
    let settings = &upstream.health_check;
    let outcome = probe(instance, &settings.path, settings.deadline).await;
    let (before, after) = (instance.health(), outcome.health());
    instance.examined(after);
    if before != after {
        info!("{} of {} {outcome}", instance.name, upstream.name);
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::UpstreamsSettings;

    fn auth_at(address: &str) -> Arc<Upstream> {
        let mut settings = UpstreamsSettings::default();
        settings.auth.addresses = Some(address.parse().unwrap());
        let upstreams = Upstreams::new(&settings, None);
        let auth = upstreams.iter().next().unwrap();
        Arc::clone(auth)
    }

    #[tokio::test]
    async fn a_name_stands_for_what_the_resolver_knows() {
        let auth = auth_at("localhost:1");
        assert!(auth.instances().is_empty());

        look_up(&auth).await;

        let instances = auth.instances();
        assert!(!instances.is_empty());
        assert!(instances.iter().all(|it| it.address.ip().is_loopback()));
    }

    #[tokio::test]
    async fn instances_are_kept_as_they_are_while_the_resolver_knows_nothing() {
        let auth = auth_at("nobody.invalid:1");
        auth.found(&[(
            "127.0.0.1:1".parse().unwrap(),
            "nobody.invalid:1".to_owned(),
        )]);
        let before = auth.instances();

        look_up(&auth).await;

        let after = auth.instances();
        assert_eq!(after.len(), 1);
        assert!(Arc::ptr_eq(&before[0], &after[0]));
    }
}
