//! `cargo mesh up`: everything on this machine until Ctrl-C.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    say::{self, Say},
    system::{Mesh, Options},
    workspace,
};

/// Starts the whole marketplace on this machine, and stops it on Ctrl-C.
#[derive(Args)]
pub struct Up {
    /// Port of the proxy on 127.0.0.1.
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,

    /// Folder that keeps databases, messages, keys and logs [default: .mesh in the checkout].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Use this running PostgreSQL, by a role that may create roles and databases.
    #[arg(long, value_name = "URL")]
    postgres_url: Option<String>,

    /// Use this running Redis.
    #[arg(long, value_name = "URL")]
    redis_url: Option<String>,

    /// How the services write their logs.
    #[arg(long, env = "LOG_FORMAT", default_value = "pretty", value_parser = ["pretty", "json"])]
    log_format: String,

    /// Whether to limit how many requests a client may send, as a real door does.
    #[arg(long, env = "RATE_LIMIT", default_value = "on", value_parser = ["on", "off"])]
    rate_limit: String,

    /// OpenTelemetry collector that gets the spans, as `http://127.0.0.1:4318`.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    otlp_endpoint: Option<String>,
}

/// Runs a mesh until the first signal. The second one, while it stops, kills everything.
///
/// # Errors
/// It did not start; see [`Mesh::start`].
pub async fn run(up: Up) -> Result<()> {
    let mut signals = Signals::listen()?;
    let mesh = Mesh::prepare(up.into()).await?;
    tokio::select! {
        outcome = mesh.bring_up() => {
            if let Err(error) = outcome {
                mesh.stop().await;
                return Err(error);
            }
            greet(&mesh);
            signals.received().await;
        }
        () = signals.received() => (),
    }
    stop(&mesh, &mut signals).await;
    Ok(())
}

/// Stops a mesh; the next signal kills everything at once.
pub(crate) async fn stop(mesh: &Mesh, signals: &mut Signals) {
    say::line("stopping (Ctrl-C again kills everything at once)");
    tokio::select! {
        () = mesh.stop() => say::line("stopped"),
        () = signals.received() => {
            mesh.abandon();
            say::line("killed");
        }
    }
}

fn greet(mesh: &Mesh) {
    say::line(format_args!("ready: {}", mesh.url()));
    say::line(
        "  sign in as demo@demo.com (sells), demo2@demo.com (buys) or admin@admin.com, password demotest",
    );
    say::line(format_args!("  logs: {}", mesh.logs().display()));
    say::line("  stop with Ctrl-C");
}

impl From<Up> for Options {
    fn from(up: Up) -> Self {
        Self {
            data: Some(up.data.unwrap_or_else(|| workspace::root().join(".mesh"))),
            port: up.port,
            instances: 1,
            postgres_url: up.postgres_url,
            redis_url: up.redis_url,
            redis_door: None,
            browser_app: true,
            rate_limit: up.rate_limit == "on",
            plant: None,
            log_format: up.log_format,
            otlp_endpoint: up.otlp_endpoint,
            say: Say::Aloud,
        }
    }
}

/// The signals that mean "stop".
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Catches the signals from now on.
    pub(crate) fn listen() -> Result<Self> {
        let catch = |kind| signal(kind).context("cannot catch signals");
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }
}
