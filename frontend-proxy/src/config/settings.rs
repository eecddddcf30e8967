//! What the configuration file may say, and what holds when it does not.
//!
//! A section is a struct of its own with its defaults beside it; an unknown key is an error.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use humantime_serde::Serde;
use serde::Deserialize;

use super::{DoorConfig, HeadersSettings, LimitSettings, LocationSettings, UpstreamsSettings};
use crate::{
    access_log::AccessLogSettings, compression::CompressionSettings, cors::CorsSettings,
    rate_limit::RateLimitSettings, tls::Tls, trusted_proxies::TrustedProxies,
};

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where clients connect; `LISTEN` when there is none.
    #[serde(rename = "listener")]
    pub listeners: Vec<ListenerSettings>,
    /// The services.
    pub upstreams: UpstreamsSettings,
    /// Paths of the API beside those of the three services.
    #[serde(rename = "location")]
    pub locations: Vec<LocationSettings>,
    /// What answers say besides.
    pub headers: HeadersSettings,
    /// What one client may take.
    pub limits: LimitSettings,
    /// How long an answer to a path that begins so may take to begin, where it is not what the
    /// service's section says; the longest beginning counts.
    pub deadlines: BTreeMap<String, Serde<Duration>>,
    /// Folder with the built browser app; else `WEB_ROOT`, else a built-in page.
    pub web_root: Option<PathBuf>,
    /// Whether session cookies are sent over HTTPS only; else `COOKIE_SECURE`.
    pub cookie_secure: Option<bool>,
    /// Proxies in front of this one; else `TRUSTED_PROXIES`.
    pub trusted_proxies: Option<TrustedProxies>,
    /// Other sites whose pages may use the API.
    pub cors: CorsSettings,
    /// How many requests one client may send.
    pub rate_limits: RateLimitSettings,
    /// A line for each answer.
    pub access_log: AccessLogSettings,
    /// Answers of services, compressed.
    pub compression: CompressionSettings,
}

/// One `[[listener]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenerSettings {
    /// Address to listen on; port 0 lets the system choose.
    pub address: SocketAddr,
    /// The certificate, when it speaks TLS.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Whether it sends everybody to the first listener with TLS.
    #[serde(default)]
    pub redirect_to_https: bool,
}

impl ListenerSettings {
    /// A listener that does nothing else.
    pub fn at(address: SocketAddr) -> Self {
        Self {
            address,
            tls: None,
            redirect_to_https: false,
        }
    }
}

impl Settings {
    /// Takes from the flags what the file did not say.
    pub(super) fn complete(&mut self, flags: &DoorConfig) {
        if self.listeners.is_empty() {
            self.listeners.push(ListenerSettings::at(flags.listen));
        }
        let UpstreamsSettings {
            auth,
            products,
            orders,
            others: _,
        } = &mut self.upstreams;
        for (upstream, addresses) in [
            (auth, &flags.auth_upstreams),
            (products, &flags.products_upstreams),
            (orders, &flags.orders_upstreams),
        ] {
            upstream.addresses.get_or_insert_with(|| addresses.clone());
        }
        if self.web_root.is_none() {
            self.web_root.clone_from(&flags.web_root);
        }
        self.trusted_proxies
            .get_or_insert_with(|| flags.trusted_proxies.clone());
        // For load tests, whatever the file says.
        self.rate_limits.enabled &= flags.rate_limit.is_on();
        self.access_log.format.get_or_insert(flags.access_log);
        self.cookie_secure
            .get_or_insert(flags.cookie_secure.is_on());
    }
}
