//! The only door of the mesh: static files, sessions, and forwarding to the services.
//!
//! The modules stand in the order in which a request meets them.

mod config;
mod error;
mod proxy;
mod worker;

mod door;
mod route_table;
mod versions;
mod visit;
mod visitor;

mod cors;
mod cross_site;
mod edge;
mod security_headers;
mod trusted_proxies;

mod assets;
mod health;

mod forward;
mod headers;
mod session;
mod upgrade;

mod body;
mod client;
mod instances;
mod pool;
mod upstream;

pub use assets::Assets;
pub use config::{AddressError, Addresses, Config};
pub use cors::{CorsSettings, Origin, OriginError};
pub use edge::EdgeSettings;
pub use error::StartError;
pub use proxy::{Proxy, Settings};
pub use trusted_proxies::{NetworkError, TrustedProxies};
