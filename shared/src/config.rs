//! The configuration that more than one process has: command-line flags, each also a variable.
//!
//! Each process flattens what it needs into its own `Config`; clap reads flags and environment,
//! reports everything that is missing at once and exits with 2.

use std::{fs, io, net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, ValueEnum};

/// What a process tells of itself, and to whom.
#[derive(Args)]
pub struct TelemetryConfig {
    /// Log as one JSON object a line, or as text for people.
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,

    /// What to log: a level, or levels by module such as `info,shared::stream=debug`.
    #[arg(long, env = "RUST_LOG", default_value = "info")]
    pub log_filter: String,

    /// OpenTelemetry collector that gets the spans, as `http://host:4318`; none when empty.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
}

/// The form of a log line.
#[derive(Clone, Copy, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// Coloured text, for people.
    Pretty,
}

/// Where the streams are.
#[derive(Args, Clone)]
pub struct RedisConfig {
    /// Redis that holds the streams, `redis://[:password@]host:port`, or `@file` that holds this.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_parser = secret)]
    pub redis_url: String,

    /// Put before every key, so that several meshes share one Redis.
    #[arg(long, env = "REDIS_KEY_PREFIX", default_value = "")]
    pub redis_key_prefix: String,
}

/// `health` as the first argument: ask the process that listens here, instead of being one.
#[derive(Parser)]
#[command(name = "health")]
pub struct HealthCheck {
    /// Address that the process listens on; `0.0.0.0` is this machine.
    #[arg(long, env = "LISTEN")]
    pub listen: SocketAddr,
}

impl HealthCheck {
    /// Reads the command line, if it asks for a health check; prints what is wrong and exits
    /// with 2.
    pub fn asked_for() -> Option<Self> {
        let mut arguments = std::env::args_os().skip(1).peekable();
        let is_asked = arguments.peek().is_some_and(|first| first == "health");
        is_asked.then(|| Self::parse_from(arguments))
    }
}

/// Whether the first argument is `openapi`: say what can be asked, instead of being a process that
/// answers it.
pub fn wants_document() -> bool {
    std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == "openapi")
}

/// Reads a value that may be secret: the value itself, or `@` and the file that holds it.
///
/// The environment of a process can be read by more people than a file.
///
/// # Errors
/// When the file cannot be read.
pub fn secret(value: &str) -> io::Result<String> {
    let Some(file) = value.strip_prefix('@') else {
        return Ok(value.to_owned());
    };
    fs::read_to_string(file).map(|text| text.trim_end().to_owned())
}

/// What a process needs to check a token; none of it can sign one.
#[derive(Args)]
pub struct TokenConfig {
    /// PEM file with the public keys of auth-service, one or more.
    #[arg(long, env = "TOKEN_PUBLIC_KEYS_FILE")]
    pub token_public_keys_file: PathBuf,
}

/// The bug that this process was told to have.
#[cfg(feature = "plants")]
pub(crate) fn planted() -> Option<crate::plant::Plant> {
    let name = std::env::var("PLANT").ok()?;
    <crate::plant::Plant as ValueEnum>::from_str(&name, false).ok()
}

/// A setting that is on or off.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// The setting is in force.
    On,
    /// The setting is not in force.
    Off,
}

impl Switch {
    /// Whether the switch is on.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Which half of a service a process runs.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// HTTP and messages.
    All,
    /// HTTP only: no outbox relay, no consumer.
    Api,
    /// Messages only: HTTP answers health checks and nothing else.
    Worker,
}

impl Role {
    /// Whether this process answers requests of users.
    pub fn serves_api(self) -> bool {
        self != Self::Worker
    }

    /// Whether this process publishes and consumes messages.
    pub fn runs_workers(self) -> bool {
        self != Self::Api
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_value_or_in_the_file_that_it_names() {
        let file = std::env::temp_dir().join(format!("secret-{}", uuid::Uuid::now_v7()));
        fs::write(&file, "redis://:p@redis\n").unwrap();
        let named = format!("@{}", file.display());

        let read = secret(&named);
        fs::remove_file(&file).unwrap();

        assert_eq!(read.unwrap(), "redis://:p@redis");
        assert_eq!(secret("redis://a").unwrap(), "redis://a");
        assert!(secret(&named).is_err());
    }
}
