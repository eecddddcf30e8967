//! The configuration of the proxy: a file, and flags that are also variables. What the file says
//! counts; flags and variables are for what it does not say.

mod address;
mod file;
mod headers;
mod limits;
mod locations;
mod settings;
mod upstreams;

use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

use clap::{Args, Parser};
use shared::config::{RedisConfig, Switch, TelemetryConfig, TokenConfig};

use crate::{access_log::AccessLogFormat, trusted_proxies::TrustedProxies};

pub use self::{
    address::{AddressError, Addresses},
    file::{ConfigError, Site},
    headers::{AnswerHeaders, HeaderError, HeadersSettings},
    limits::{HeadBytes, LimitSettings},
    locations::{LocationError, LocationSettings, Prefix},
    settings::{ListenerSettings, Settings},
    upstreams::{BreakerSettings, HealthCheckSettings, UpstreamSettings, UpstreamsSettings},
};

/// The only door of the mesh: static files, sessions and forwarding to the services.
///
/// `frontend-proxy check` says whether the configuration is good, and does nothing else.
#[derive(Parser)]
#[command(version)]
pub struct Config {
    /// What the door is.
    #[command(flatten)]
    pub door: DoorConfig,

    /// Address at which metrics are told, to those who may know them; nowhere when absent.
    #[arg(long, env = "METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,

    /// Where logouts are announced and requests of clients counted.
    #[command(flatten)]
    pub redis: RedisConfig,

    /// How tokens are checked.
    #[command(flatten)]
    pub tokens: TokenConfig,

    /// How to log.
    #[command(flatten)]
    pub telemetry: TelemetryConfig,
}

/// The file, and what it may leave to flags.
#[derive(Args, Clone)]
pub struct DoorConfig {
    /// Configuration file; docs/PROXY.md says what it may hold.
    #[arg(long, env = "CONFIG")]
    pub config: Option<PathBuf>,

    /// Address to listen on.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Addresses of auth-service, `host:port`, separated by commas.
    #[arg(long, env = "AUTH_UPSTREAMS", default_value = "127.0.0.1:3030")]
    pub auth_upstreams: Addresses,

    /// Addresses of products-service.
    #[arg(long, env = "PRODUCTS_UPSTREAMS", default_value = "127.0.0.1:3020")]
    pub products_upstreams: Addresses,

    /// Addresses of orders-service.
    #[arg(long, env = "ORDERS_UPSTREAMS", default_value = "127.0.0.1:3040")]
    pub orders_upstreams: Addresses,

    /// Folder with the built browser app; without it a built-in page says what this is.
    #[arg(long, env = "WEB_ROOT")]
    pub web_root: Option<PathBuf>,

    /// Clear the session cookie as one that is sent over HTTPS only.
    #[arg(long, env = "COOKIE_SECURE", value_enum, default_value = "on")]
    pub cookie_secure: Switch,

    /// Addresses and networks of proxies in front of this one, separated by commas: what they say
    /// about the client is believed.
    #[arg(long, env = "TRUSTED_PROXIES", default_value = "")]
    pub trusted_proxies: TrustedProxies,

    /// Limit how many requests a client may send; `off` is for load tests.
    #[arg(long, env = "RATE_LIMIT", value_enum, default_value = "on")]
    pub rate_limit: Switch,

    /// Form of the access log, a line for each answer.
    #[arg(long, env = "ACCESS_LOG", value_enum, default_value = "off")]
    pub access_log: AccessLogFormat,
}

/// `check` as the first argument: say whether the configuration is good, instead of serving.
#[derive(Parser)]
#[command(name = "check")]
pub struct Check {
    /// The configuration in question.
    #[command(flatten)]
    pub door: DoorConfig,
}

impl Config {
    /// Reads the command line and the environment; prints what is wrong and exits with 2.
    pub fn read() -> Self {
        Self::parse()
    }
}

impl Check {
    /// Reads the command line, if it begins with `check`, or with `--check` and the file; prints
    /// what is wrong with it and exits with 2.
    pub fn asked_for() -> Option<Self> {
        let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
        let (first, rest) = arguments.split_first()?;
        let words: &[&str] = match first.to_str() {
            Some("check") => &["check"],
            Some("--check") => &["check", "--config"],
            _ => return None,
        };
        let words = words.iter().map(OsString::from);
        Some(Self::parse_from(words.chain(rest.iter().cloned())))
    }
}
