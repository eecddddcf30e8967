//! What a process tells of itself: one log, and spans when somebody collects them.

use thiserror::Error;
use tracing_subscriber::{EnvFilter, filter::ParseError, fmt, prelude::*};

use crate::{
    config::{LogFormat, TelemetryConfig},
    trace::{Collector, CollectorError},
};

/// Why a process cannot tell anything.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The filter of the log does not parse.
    #[error("what to log is not valid: {0}")]
    Filter(#[from] ParseError),
    /// Spans cannot be sent.
    #[error(transparent)]
    Collector(#[from] CollectorError),
}

/// Starts logging to standard output, and sending spans of `service`; call once, first thing in
/// `main`. The last spans leave with [`Collector::finish`].
///
/// # Errors
/// When the filter does not parse, or the collector's address is not a URL.
pub fn init(config: &TelemetryConfig, service: &'static str) -> Result<Collector, TelemetryError> {
    let filter = EnvFilter::try_new(&config.log_filter)?;
    let registry = tracing_subscriber::registry().with(filter);
    match config.log_format {
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_span_list(false),
            )
            .init(),
        LogFormat::Pretty => registry.with(fmt::layer().compact()).init(),
    }
    match config.otlp_endpoint.as_deref() {
        Some(endpoint) if !endpoint.is_empty() => Ok(Collector::at(endpoint, service)?),
        _ => Ok(Collector::none()),
    }
}
