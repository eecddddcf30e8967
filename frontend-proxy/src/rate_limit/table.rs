//! The buckets of this process, by who has them; the least used ones are forgotten first.

use std::{fmt, net::IpAddr, sync::Arc, time::Instant};

use quick_cache::sync::Cache;
use shared::{http::client_network, id::UserId};

use super::{bucket::Bucket, micros};

/// Most buckets. One is about 200 bytes, so the bound is about 10 MB.
const MOST: usize = 50_000;

/// Whom a bucket belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// The network of a client.
    Address(IpAddr),
    /// A user.
    User(UserId),
}

/// The name of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    class: Arc<str>,
    subject: Subject,
}

/// The buckets, and the clock that they are about. Both outlive a reading of the configuration.
pub(crate) struct Table {
    buckets: Cache<Key, Arc<Bucket>>,
    started: Instant,
}

impl Subject {
    /// The client at this address.
    pub(super) fn of(ip: IpAddr) -> Self {
        Self::Address(client_network(ip))
    }
}

impl Key {
    pub(super) fn new(class: &Arc<str>, subject: Subject) -> Self {
        let class = Arc::clone(class);
        Self { class, subject }
    }
}

/// As in the name of a key in Redis.
impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::Address(ip) => write!(out, "limit:{}:ip:{ip}", self.class),
            Subject::User(UserId(user)) => write!(out, "limit:{}:user:{user}", self.class),
        }
    }
}

impl Table {
    /// Microseconds since the start.
    pub(super) fn now(&self) -> u64 {
        micros(self.started)
    }

    /// The bucket of this name; a full one when there was none.
    pub(super) fn bucket(&self, key: &Key) -> Arc<Bucket> {
        if let Some(bucket) = self.buckets.get(key) {
            return bucket;
        }
        let made = self
            .buckets
            .get_or_insert_with(key, || Ok::<_, std::convert::Infallible>(Arc::default()));
        match made {
            Ok(bucket) => bucket,
            Err(never) => match never {},
        }
    }
}

impl Default for Table {
    fn default() -> Self {
        Self {
            buckets: Cache::new(MOST),
            started: Instant::now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_one_ipv6_network_are_one() {
        let of = |text: &str| Subject::of(text.parse().unwrap());

        assert_eq!(of("2001:db8:0:1::7"), of("2001:db8:0:1:ffff::"));
        assert_ne!(of("2001:db8:0:1::7"), of("2001:db8:0:2::7"));
        assert_ne!(of("198.51.100.7"), of("198.51.100.8"));
    }

    #[test]
    fn buckets_of_different_classes_are_different() {
        let table = Table::default();
        let [a, b] = ["a", "b"].map(|class| Key::new(&class.into(), Subject::User(UserId(1))));

        assert!(Arc::ptr_eq(&table.bucket(&a), &table.bucket(&a)));
        assert!(!Arc::ptr_eq(&table.bucket(&a), &table.bucket(&b)));
        assert_eq!(a.to_string(), "limit:a:user:1");
    }
}
