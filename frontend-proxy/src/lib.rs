//! The only door of the mesh: static files, sessions, and forwarding to the services.
//!
//! The modules stand in the order in which a request meets them.

mod accept;
mod config;
mod proxy;
mod reload;
mod start_error;
mod tls;
mod worker;

mod client_io;
mod connection;
mod connections;
mod door;
mod entrance;
mod error;
mod other_names;
mod peer;
mod route_table;
mod streams;
mod visit;

mod access_log;
mod compression;
mod cors;
mod cross_site;
mod edge;
mod path_template;
mod rate_limit;
mod security_headers;
mod traffic;
mod trusted_proxies;

mod assets;
mod health;

mod deadlines;
mod forward;
mod headers;
mod session;
mod upgrade;

mod body;
mod client;
mod pace;
mod pool;
mod timer;

mod breaker;
mod instance;
mod kept;
mod permit;
mod probe;
mod upstream;
mod watch;
mod wire;

pub use access_log::{AccessLogFormat, AccessLogSettings};
pub use assets::Assets;
pub use compression::CompressionSettings;
pub use config::{
    AddressError, Addresses, AnswerHeaders, BreakerSettings, Check, Config, ConfigError,
    DoorConfig, HeadBytes, HeaderError, HeadersSettings, HealthCheckSettings, LimitSettings,
    ListenerSettings, LocationError, LocationSettings, Prefix, Settings, Site, UpstreamSettings,
    UpstreamsSettings,
};
pub use cors::{CorsSettings, Origin, OriginError};
pub use edge::Lasting;
pub use proxy::{Door, Proxy};
pub use rate_limit::{ClassSettings, Per, QuotaSettings, RateLimitSettings, Verb};
pub use reload::{Hangups, reload_on};
pub use route_table::Access;
pub use start_error::StartError;
pub use tls::Tls;
pub use traffic::announce_metrics;
pub use trusted_proxies::{NetworkError, TrustedProxies};
