//! What the door asks of every request before it looks for whom it is.

use crate::{
    cors::{Cors, CorsSettings},
    trusted_proxies::TrustedProxies,
};

/// What the configuration says about it.
#[derive(Clone, Debug, Default)]
pub struct EdgeSettings {
    /// Which other sites may use the API.
    pub cors: CorsSettings,
    /// Proxies in front of this one, whose word about the client is believed.
    pub trusted_proxies: TrustedProxies,
}

/// All of it, ready to use; shared by all workers.
pub(crate) struct Edge {
    pub(crate) cors: Cors,
    pub(crate) trusted_proxies: TrustedProxies,
}

impl Edge {
    /// What these settings ask for.
    pub(crate) fn new(settings: &EdgeSettings) -> Self {
        Self {
            cors: Cors::new(&settings.cors),
            trusted_proxies: settings.trusted_proxies.clone(),
        }
    }
}
