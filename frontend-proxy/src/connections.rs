//! How many connections there are, and whose.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shared::http::client_network;

use crate::{config::Settings, trusted_proxies::TrustedProxies};

/// The connections of all listeners. The lock is taken once when a connection begins and once
/// when it ends, not for a request.
pub(crate) struct Connections {
    state: Mutex<State>,
}

/// A counted connection; dropped, it has ended.
pub(crate) struct Seat {
    connections: Arc<Connections>,
    /// Whose it is, unless those are not limited.
    client: Option<IpAddr>,
}

struct State {
    most: usize,
    most_per_client: usize,
    unlimited: TrustedProxies,
    total: usize,
    by_client: HashMap<IpAddr, usize>,
}

impl Connections {
    /// None, within these limits.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            state: Mutex::new(State {
                most: settings.limits.max_connections,
                most_per_client: settings.limits.max_connections_per_client,
                unlimited: settings.trusted_proxies.clone().unwrap_or_default(),
                total: 0,
                by_client: HashMap::new(),
            }),
        }
    }

    /// Holds new connections to other limits.
    pub(crate) fn renew(&self, settings: &Settings) {
        let mut state = self.lock();
        state.most = settings.limits.max_connections;
        state.most_per_client = settings.limits.max_connections_per_client;
        state.unlimited = settings.trusted_proxies.clone().unwrap_or_default();
    }

    /// A seat for a connection of `ip`, if there is one.
    pub(crate) fn admit(self: &Arc<Self>, ip: IpAddr) -> Option<Seat> {
        let mut state = self.lock();
        if state.total >= state.most {
            return None;
        }
        let ip = ip.to_canonical();
        let client = (!state.unlimited.trusts(ip)).then(|| client_network(ip));
        if let Some(client) = client {
            let most = state.most_per_client;
            let count = state.by_client.entry(client).or_default();
            if *count >= most {
                return None;
            }
            *count += 1;
        }
        state.total += 1;
        Some(Seat {
            connections: Arc::clone(self),
            client,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.connections.lock();
        state.total = state.total.saturating_sub(1);
        let Some(client) = self.client else {
            return;
        };
        if let Some(count) = state.by_client.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                state.by_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(most: usize, most_per_client: usize) -> Arc<Connections> {
        let mut settings = Settings::default();
        settings.limits.max_connections = most;
        settings.limits.max_connections_per_client = most_per_client;
        settings.trusted_proxies = Some("10.0.0.0/8".parse().unwrap());
        Arc::new(Connections::new(&settings))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_client_cannot_have_all() {
        let connections = connections(100, 2);
        let first = connections.admit(ip("1.1.1.1"));
        let _second = connections.admit(ip("::ffff:1.1.1.1"));

        assert!(connections.admit(ip("1.1.1.1")).is_none());
        assert!(connections.admit(ip("1.1.1.2")).is_some());
        drop(first);
        assert!(connections.admit(ip("1.1.1.1")).is_some());
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_are_one_client() {
        let connections = connections(100, 1);
        let _first = connections.admit(ip("2001:db8::1"));

        assert!(connections.admit(ip("2001:db8::2")).is_none());
        assert!(connections.admit(ip("2001:db8:0:1::2")).is_some());
    }

    #[test]
    fn a_trusted_proxy_has_as_many_as_there_are() {
        let connections = connections(3, 1);
        let proxy = || connections.admit(ip("10.1.2.3"));

        let seats = [proxy(), proxy(), proxy()];

        assert!(seats.iter().all(Option::is_some));
        assert!(connections.admit(ip("1.1.1.1")).is_none());
    }

    #[test]
    fn nothing_is_kept_of_a_client_that_left() {
        let connections = connections(3, 1);

        drop(connections.admit(ip("1.1.1.1")));

        assert!(connections.lock().by_client.is_empty());
        assert_eq!(connections.lock().total, 0);
    }
}
