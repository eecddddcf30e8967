//! The sections of the configuration file about services.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::Addresses;

/// The sections `[upstreams.…]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct UpstreamsSettings {
    /// auth-service.
    pub auth: UpstreamSettings,
    /// products-service.
    pub products: UpstreamSettings,
    /// orders-service.
    pub orders: UpstreamSettings,
    /// Those that only a `[[location]]` leads to.
    #[serde(flatten)]
    pub others: BTreeMap<String, UpstreamSettings>,
}

/// One section `[upstreams.NAME]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamSettings {
    /// Where the service listens; else `NAME_UPSTREAMS`. A name stands for every instance that
    /// the resolver knows.
    pub addresses: Option<Addresses>,
    /// How long an instance may take to accept a connection.
    #[serde(with = "humantime_serde")]
    pub connect_deadline: Duration,
    /// How long an answer may take to begin. Longer than the services' own limit, 10 s, so that
    /// their answer about it comes first.
    #[serde(with = "humantime_serde")]
    pub answer_deadline: Duration,
    /// The same for a picture, which must be sent first.
    #[serde(with = "humantime_serde")]
    pub upload_deadline: Duration,
    /// Requests that may wait for an answer to begin; one more is refused. A quarter of them may be
    /// such whose long bodies are still to come.
    pub max_waiting: usize,
    /// Connections in a row that an instance may refuse or break before it gets no request for a
    /// while, at least 1.
    pub max_fails: u32,
    /// How instances are checked.
    pub health_check: HealthCheckSettings,
    /// When the service is left alone.
    pub breaker: BreakerSettings,
}

/// `[upstreams.NAME.health_check]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthCheckSettings {
    /// What is asked for.
    pub path: String,
    /// How often; never when zero.
    #[serde(with = "humantime_serde")]
    pub interval: Duration,
    /// An instance that takes longer is silent. Longer than what the services allow their own
    /// parts, 2 s, so that an instance without its database is not taken for a dead one.
    #[serde(with = "humantime_serde")]
    pub deadline: Duration,
}

/// `[upstreams.NAME.breaker]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerSettings {
    /// Requests in a row without an answer that open the breaker, at least 1.
    pub failures: u32,
    /// How long it stays open for the first time; twice as long each time after, up to 30 s.
    #[serde(with = "humantime_serde")]
    pub open: Duration,
}

impl UpstreamsSettings {
    /// All sections by name, the three of the mesh first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &UpstreamSettings)> {
        let own = [
            ("auth", &self.auth),
            ("products", &self.products),
            ("orders", &self.orders),
        ];
        let others = self.others.iter().map(|(name, it)| (name.as_str(), it));
        own.into_iter().chain(others)
    }

    /// The section of this name.
    pub(crate) fn named(&self, name: &str) -> Option<&UpstreamSettings> {
        self.iter().find(|(it, _)| *it == name).map(|(_, it)| it)
    }
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self {
            addresses: None,
            connect_deadline: Duration::from_secs(1),
            answer_deadline: Duration::from_secs(12),
            upload_deadline: Duration::from_mins(1),
            max_waiting: 1024,
            max_fails: 2,
            health_check: HealthCheckSettings::default(),
            breaker: BreakerSettings::default(),
        }
    }
}

impl Default for HealthCheckSettings {
    fn default() -> Self {
        Self {
            path: "/health/ready".to_owned(),
            interval: Duration::from_secs(2),
            deadline: Duration::from_secs(3),
        }
    }
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            failures: 5,
            open: Duration::from_secs(2),
        }
    }
}
