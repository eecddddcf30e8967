//! The only door of the mesh: static files, sessions, and forwarding to the services.
//!
//! The modules stand in the order in which a request meets them.

mod config;
mod error;
mod proxy;
mod reload;
mod worker;

mod door;
mod peer;
mod route_table;
mod versions;
mod visit;

mod cors;
mod cross_site;
mod edge;
mod security_headers;
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
mod pool;

mod breaker;
mod instance;
mod permit;
mod probe;
mod upstream;
mod watch;

pub use assets::Assets;
pub use config::{
    AddressError, Addresses, BreakerSettings, Check, Config, ConfigError, DoorConfig,
    HealthCheckSettings, ListenerSettings, Settings, Site, UpstreamSettings, UpstreamsSettings,
};
pub use cors::{CorsSettings, Origin, OriginError};
pub use error::StartError;
pub use proxy::{Door, Proxy};
pub use reload::{Hangups, reload_on};
pub use trusted_proxies::{NetworkError, TrustedProxies};
