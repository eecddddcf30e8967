//! The services behind the proxy: where they listen and whose turn it is.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use crate::{
    config::{UpstreamSettings, UpstreamsSettings},
    route_table::Service,
};

/// An address that refused a connection is not tried for this long while another one exists.
const AVOIDED_FOR: Duration = Duration::from_secs(1);

/// All services; shared by all workers.
pub(crate) struct Upstreams {
    all: [Upstream; 3],
    /// How many addresses there are; each has a number below this one.
    pub(crate) address_count: usize,
}

/// One service.
pub(crate) struct Upstream {
    /// Its name in answers and logs.
    pub(crate) name: &'static str,
    /// Where it listens.
    pub(crate) addresses: Vec<Address>,
    next: AtomicUsize,
}

/// One place where a service listens.
pub(crate) struct Address {
    /// `host:port`.
    pub(crate) name: String,
    /// Its place among the addresses of all services.
    pub(crate) number: usize,
    started: Instant,
    /// When it may be tried again, in milliseconds after `started`.
    avoided_until: AtomicU64,
}

impl Upstreams {
    /// The services as configured.
    pub(crate) fn new(settings: &UpstreamsSettings) -> Self {
        let mut count = 0;
        let mut upstream = |name, settings: &UpstreamSettings| Upstream {
            name,
            addresses: settings
                .addresses
                .iter()
                .flat_map(|addresses| &addresses.0)
                .map(|address| {
                    count += 1;
                    Address::new(address, count - 1)
                })
                .collect(),
            next: AtomicUsize::new(0),
        };
        let all = [
            upstream("auth", &settings.auth),
            upstream("products", &settings.products),
            upstream("orders", &settings.orders),
        ];
        Self {
            all,
            address_count: count,
        }
    }

    /// The upstream of a service.
    pub(crate) fn of(&self, service: Service) -> &Upstream {
        let [auth, products, orders] = &self.all;
        match service {
            Service::Auth => auth,
            Service::Products => products,
            Service::Orders => orders,
        }
    }

    /// Every upstream.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Upstream> {
        self.all.iter()
    }
}

impl Upstream {
    /// The address whose turn it is, other than `tried`; one that refused lately only if no
    /// other is left.
    pub(crate) fn pick(&self, tried: Option<&Address>) -> Option<&Address> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.addresses.len();
        let mut in_turn = (0..count)
            .filter_map(|step| self.addresses.get(turn.wrapping_add(step) % count))
            .filter(|address| tried.is_none_or(|tried| tried.number != address.number));
        let first = in_turn.next()?;
        if !first.is_avoided() {
            return Some(first);
        }
        in_turn
            .find(|address| !address.is_avoided())
            .or(Some(first))
    }
}

impl Address {
    fn new(name: &str, number: usize) -> Self {
        Self {
            name: name.to_owned(),
            number,
            started: Instant::now(),
            avoided_until: AtomicU64::new(0),
        }
    }

    fn is_avoided(&self) -> bool {
        let until = self.avoided_until.load(Ordering::Relaxed);
        until > 0 && millis(self.started.elapsed()) < until
    }

    /// Lets others have its turns for a while: it refused a connection.
    pub(crate) fn avoid(&self) {
        let until = millis(self.started.elapsed() + AVOIDED_FOR);
        self.avoided_until.store(until, Ordering::Relaxed);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders_at(addresses: &[&str]) -> Upstreams {
        let mut settings = UpstreamsSettings::default();
        let addresses = addresses.join(",").parse().unwrap();
        settings.orders.addresses = Some(addresses);
        Upstreams::new(&settings)
    }

    fn picked(upstream: &Upstream) -> &str {
        &upstream.pick(None).unwrap().name
    }

    #[test]
    fn addresses_take_turns() {
        let upstreams = orders_at(&["a:1", "b:1"]);
        let orders = upstreams.of(Service::Orders);

        let turns = [picked(orders), picked(orders), picked(orders)];

        assert_eq!(turns, ["a:1", "b:1", "a:1"]);
    }

    #[test]
    fn an_address_that_refused_loses_its_turns() {
        let upstreams = orders_at(&["a:1", "b:1"]);
        let orders = upstreams.of(Service::Orders);

        orders.addresses[0].avoid();

        assert_eq!([picked(orders), picked(orders)], ["b:1", "b:1"]);
    }

    #[test]
    fn an_only_address_is_tried_even_after_it_refused() {
        let upstreams = orders_at(&["a:1"]);
        let orders = upstreams.of(Service::Orders);

        orders.addresses[0].avoid();

        assert_eq!(picked(orders), "a:1");
        assert!(orders.pick(orders.addresses.first()).is_none());
    }
}
