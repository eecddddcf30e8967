//! orders-service: orders, from the cart to their final status.

use std::io::{self, Write};

use clap::Parser;
use orders_service::{
    AppState, Config, Live, Migrator, Placements, consumers::InventoryHandler, document, remind,
    router, tell_news, write_placements,
};
use shared::{
    auth::{Revocations, TokenVerifier, follow_revocations},
    config::{HealthCheck, wants_document},
    db::{self, Reads},
    http::{Check, health_router, listen, serve},
    messages::orders::OrdersMessage,
    metrics, probe,
    redis::Redis,
    shutdown::Shutdown,
    stream::{Consumer, DeadLetter, Gauges, Outbox, Relay, StreamPolicy},
    telemetry,
};
use tracing::info;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    if let Some(check) = HealthCheck::asked_for() {
        return Ok(probe::check(&check, "/health/ready").await?);
    }
    if wants_document() {
        return Ok(writeln!(io::stdout(), "{:#}", document())?);
    }
    let config = Config::parse();
    let collector = telemetry::init(&config.telemetry, "orders-service")?;
    let metrics = metrics::install()?;
    let shutdown = Shutdown::on_signals()?;
    shutdown.spawn(metrics.clone().keep_small(shutdown.token()));
    let db = db::connect(&config.database_url).await?;
    db::migrate::<Migrator>(&db).await?;
    let redis = Redis::new(&config.redis)?;
    let outbox = Outbox::default();

    let streams = vec![
        StreamPolicy::of::<OrdersMessage>(),
        StreamPolicy::of::<DeadLetter>(),
    ];
    let gauges = Gauges {
        redis: redis.clone(),
        db: db.clone(),
        streams: streams.clone(),
    };
    let mut routes = health_router(vec![Check::database(&db), Check::redis(&redis)])
        .merge(metrics.router(move || gauges.clone().refresh()));
    if config.role.serves_api() {
        let revocations = Revocations::default();
        let tokens = TokenVerifier::from_config(&config.tokens, revocations.clone())?;
        let (placements, queue) = Placements::new();
        shutdown.spawn(write_placements(queue, db.clone(), outbox.clone()));
        let live = Live::new(shutdown.token());
        shutdown.spawn(tell_news(live.clone(), db.clone(), redis.clone()));
        let replica = config.database_read_url.as_deref();
        let reads = Reads::connect(db.clone(), replica).await?;
        shutdown.spawn(reads.clone().watch(shutdown.token()));
        routes = routes.merge(router(AppState {
            db: db.clone(),
            reads,
            placements,
            live,
            tokens,
        }));
        follow_revocations(redis.clone(), revocations, &shutdown).await;
    }
    if config.role.runs_workers() {
        let consumer = Consumer::new(redis.clone(), db.clone(), outbox.clone(), InventoryHandler);
        shutdown.spawn(consumer.run(shutdown.token()));
        shutdown.spawn(remind(db.clone(), outbox.clone(), shutdown.token()));
        let relay = Relay::new((db, redis, outbox), "orders-service", streams);
        shutdown.spawn(relay.run(shutdown.token()));
    }
    let listener = listen(config.listen).await?;
    info!(address = %listener.local_addr()?, "orders-service listens");
    shutdown.spawn(serve(listener, routes, shutdown.token()));
    shutdown.finish().await;
    collector.finish().await;
    Ok(())
}
