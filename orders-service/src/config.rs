//! The configuration of orders-service: every flag is also a variable.

use std::net::SocketAddr;

use clap::Parser;
use shared::config::{RedisConfig, Role, TelemetryConfig, TokenConfig, secret};

/// orders-service: orders, from the cart to their final status.
#[derive(Parser)]
#[command(version)]
pub struct Config {
    /// Address to listen on.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:3040")]
    pub listen: SocketAddr,

    /// The database of orders, `postgres://role:password@host:port/db_orders`, or `@file` that holds
    /// this.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = secret)]
    pub database_url: String,

    /// A replica of it for lists, in the same form; none when empty.
    #[arg(long, env = "DATABASE_READ_URL", hide_env_values = true, value_parser = secret)]
    pub database_read_url: Option<String>,

    /// Which half of the service to run.
    #[arg(long, env = "ROLE", value_enum, default_value = "all")]
    pub role: Role,

    /// Where the streams are.
    #[command(flatten)]
    pub redis: RedisConfig,

    /// How tokens are checked.
    #[command(flatten)]
    pub tokens: TokenConfig,

    /// How to log.
    #[command(flatten)]
    pub telemetry: TelemetryConfig,
}
