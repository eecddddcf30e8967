//! What the door asks of every request before it looks for whom it is.

use crate::{config::Settings, cors::Cors, trusted_proxies::TrustedProxies};

/// All of it, as the configuration wants it; shared by all workers.
pub(crate) struct Edge {
    pub(crate) cors: Cors,
    pub(crate) trusted_proxies: TrustedProxies,
}

impl Edge {
    /// What these settings ask for.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            cors: Cors::new(&settings.cors),
            trusted_proxies: settings.trusted_proxies.clone().unwrap_or_default(),
        }
    }
}
