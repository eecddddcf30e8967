//! The configuration of the proxy: every flag is also a variable.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use clap::Parser;
use shared::config::{RedisConfig, Switch, TelemetryConfig, TokenConfig};
use thiserror::Error;

/// The only door of the mesh: static files, sessions and forwarding to the services.
#[derive(Parser)]
#[command(version)]
pub struct Config {
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

    /// Where logouts are announced.
    #[command(flatten)]
    pub redis: RedisConfig,

    /// How tokens are checked.
    #[command(flatten)]
    pub tokens: TokenConfig,

    /// How to log.
    #[command(flatten)]
    pub telemetry: TelemetryConfig,
}

impl Config {
    /// Reads the command line and the environment; prints what is wrong and exits with 2.
    pub fn read() -> Self {
        Self::parse()
    }
}

/// The addresses of one service, each `host:port`; none when the service is not installed.
#[derive(Clone, Debug, Default)]
pub struct Addresses(pub(crate) Vec<String>);

/// An address that is not `host:port`.
#[derive(Debug, Error)]
#[error("{0:?} is not host:port")]
pub struct AddressError(String);

impl FromStr for Addresses {
    type Err = AddressError;

    fn from_str(list: &str) -> Result<Self, AddressError> {
        list.split(',')
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .map(checked)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn checked(address: &str) -> Result<String, AddressError> {
    let is_address = address
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if is_address {
        return Ok(address.to_owned());
    }
    Err(AddressError(address.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_addresses_may_be_empty_but_not_wrong() {
        let read = |list: &str| list.parse::<Addresses>().map(|addresses| addresses.0);

        assert_eq!(read("a:1, [::1]:2").unwrap(), ["a:1", "[::1]:2"]);
        assert_eq!(read("").unwrap(), Vec::<String>::new());
        assert!(read("orders").is_err());
        assert!(read("orders:http").is_err());
        assert!(read(":80").is_err());
    }
}
