//! frontend-proxy: the only door of the mesh.

use frontend_proxy::{Config, Proxy, Settings};
use shared::{
    auth::{Revocations, TokenVerifier, follow_revocations},
    config::HealthCheck,
    probe,
    redis::Redis,
    shutdown::Shutdown,
    telemetry,
};
use tracing::info;

// One thread for signals, logouts and accepting; the workers have threads of their own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    if let Some(check) = HealthCheck::asked_for() {
        // Not `/health/all`: without a service the door still has an answer to give.
        return Ok(probe::check(&check, "/health").await?);
    }
    let config = Config::read();
    let collector = telemetry::init(&config.telemetry, "frontend-proxy")?;
    let shutdown = Shutdown::on_signals()?;
    let redis = Redis::new(&config.redis)?;
    let revocations = Revocations::default();
    let verifier = TokenVerifier::from_config(&config.tokens, revocations.clone())?;
    let proxy = Proxy::bind(Settings::from_config(&config, verifier)?).await?;
    info!(address = %proxy.address()?, "frontend-proxy listens");

    shutdown.spawn(follow_revocations(redis, revocations, shutdown.token()));
    shutdown.spawn(proxy.start(shutdown.token())?);
    shutdown.finish().await;
    collector.finish().await;
    Ok(())
}
