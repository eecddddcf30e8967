//! frontend-proxy: the only door of the mesh.

use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
};

use frontend_proxy::{Check, Config, Hangups, Lasting, Proxy, Site, announce_metrics, reload_on};
use shared::{
    auth::{Revocations, TokenVerifier, follow_revocations},
    config::HealthCheck,
    http, metrics, probe,
    redis::Redis,
    shutdown::Shutdown,
    telemetry,
};
use tracing::info;

// One thread for signals, logouts and accepting; the workers have threads of their own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    if let Some(check) = HealthCheck::asked_for() {
        // Not `/health/all`: without a service the door still has an answer to give.
        probe::check(&check, "/health").await?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(check) = Check::asked_for() {
        return Ok(tell(&check)?);
    }
    let config = Config::read();
    let collector = telemetry::init(&config.telemetry, "frontend-proxy")?;
    let shutdown = Shutdown::on_signals()?;
    if let Some(address) = config.metrics_listen {
        tell_metrics(address, &shutdown).await?;
    }
    let hangups = Hangups::begin()?;
    let redis = Redis::new(&config.redis)?;
    let revocations = Revocations::default();
    let verifier = TokenVerifier::from_config(&config.tokens, revocations.clone())?;
    let lasting = Lasting::with(redis.clone());
    let proxy = Proxy::bind(Site::read(&config.door)?, verifier, lasting.clone()).await?;
    for address in proxy.addresses()? {
        info!(%address, "frontend-proxy listens");
    }

    follow_revocations(redis, revocations, &shutdown).await;
    let (door, served) = proxy.start(shutdown.token())?;
    shutdown.spawn(served);
    shutdown.spawn(reload_on(hangups, config.door, door, shutdown.token()));
    shutdown.finish().await;
    collector.finish().await;
    lasting.finish();
    Ok(ExitCode::SUCCESS)
}

/// Tells metrics at an address of its own, which clients cannot reach.
async fn tell_metrics(address: SocketAddr, shutdown: &Shutdown) -> anyhow::Result<()> {
    let metrics = metrics::install()?;
    announce_metrics();
    let listener = http::listen(address).await?;
    info!(address = %listener.local_addr()?, "metrics are told");
    let router = metrics.clone().router(async || ());
    shutdown.spawn(http::serve(listener, router, shutdown.token()));
    shutdown.spawn(metrics.keep_small(shutdown.token()));
    Ok(())
}

/// Says whether the configuration is good.
fn tell(check: &Check) -> io::Result<ExitCode> {
    if let Err(error) = Site::read(&check.door) {
        writeln!(io::stderr(), "{error}")?;
        return Ok(ExitCode::FAILURE);
    }
    writeln!(io::stdout(), "ok")?;
    Ok(ExitCode::SUCCESS)
}
