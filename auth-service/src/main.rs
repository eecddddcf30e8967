//! auth-service: accounts, logins, and the tokens that everybody else checks.

use std::io::{self, Write};

use auth_service::{
    AppState, Command, Config, Migrator, change_permissions, create_admin, demo, document,
    generate_key, router,
};
use shared::{
    auth::{Revocations, follow_revocations},
    db,
    http::{Check, health_router, listen, serve},
    messages::sessions::SessionsMessage,
    metrics, probe,
    redis::Redis,
    shutdown::Shutdown,
    stream::{Gauges, Outbox, Relay, StreamPolicy},
    telemetry,
};
use tracing::info;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::CheckHealth(check) => Ok(probe::check(&check, "/health/ready").await?),
        Command::ShowDocument => Ok(writeln!(io::stdout(), "{:#}", document())?),
        Command::GenerateKey(files) => generate_key(&files),
        Command::CreateAdmin(wanted) => create_admin(&wanted).await,
        Command::ChangePermissions(wanted) => {
            for permission in change_permissions(&wanted).await? {
                writeln!(io::stdout(), "{}", permission.as_str())?;
            }
            Ok(())
        }
        Command::Serve(config) => run(&config).await,
    }
}

async fn run(config: &Config) -> anyhow::Result<()> {
    let collector = telemetry::init(&config.telemetry, "auth-service")?;
    let metrics = metrics::install()?;
    let shutdown = Shutdown::on_signals()?;
    shutdown.spawn(metrics.clone().keep_small(shutdown.token()));
    let db = db::connect(&config.accounts.database_url).await?;
    db::migrate::<Migrator>(&db).await?;
    let redis = Redis::new(&config.redis)?;
    let outbox = Outbox::default();
    let revocations = Revocations::default();
    let servers = (db.clone(), redis.clone(), outbox.clone());
    let state = AppState::from_config(config, servers, revocations.clone())?;
    if config.demo.is_on() {
        demo::seed(&db, &state.passwords).await?;
    }
    if config.dev_admin.is_on() {
        demo::seed_admin(&db, &state.passwords).await?;
    }

    let streams = vec![StreamPolicy::of::<SessionsMessage>()];
    let gauges = Gauges {
        redis: redis.clone(),
        db: db.clone(),
        streams: streams.clone(),
    };
    let mut routes = health_router(vec![Check::database(&db), Check::redis(&redis)])
        .merge(metrics.router(move || gauges.clone().refresh()));
    if config.role.serves_api() {
        routes = routes.merge(router(state));
        follow_revocations(redis.clone(), revocations, &shutdown).await;
    }
    if config.role.runs_workers() {
        let relay = Relay::new((db, redis, outbox), "auth-service", streams);
        shutdown.spawn(relay.run(shutdown.token()));
    }
    let listener = listen(config.listen).await?;
    info!(address = %listener.local_addr()?, "auth-service listens");
    shutdown.spawn(serve(listener, routes, shutdown.token()));
    shutdown.finish().await;
    collector.finish().await;
    Ok(())
}
