//! products-service: the catalog, the stock, and the verdict on every order.

use std::io::{self, Write};

use clap::Parser;
use products_service::{
    AppState, Config, Live, Migrator, Showcase, Studio, consumers::OrdersHandler, demo, document,
    router, serve_showcase, tell_news,
};
use shared::{
    auth::{Revocations, TokenVerifier, follow_revocations},
    config::{HealthCheck, wants_document},
    db::{self, Reads},
    http::{Check, health_router, listen, serve},
    messages::inventory::InventoryMessage,
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
    run(&Config::parse()).await
}

async fn run(config: &Config) -> anyhow::Result<()> {
    let collector = telemetry::init(&config.telemetry, "products-service")?;
    let metrics = metrics::install()?;
    let shutdown = Shutdown::on_signals()?;
    shutdown.spawn(metrics.clone().keep_small(shutdown.token()));
    let db = db::connect(&config.database_url).await?;
    db::migrate::<Migrator>(&db).await?;
    let redis = Redis::new(&config.redis)?;
    let outbox = Outbox::default();
    if config.demo.is_on() {
        demo::seed(&db).await?;
    }

    let streams = vec![
        StreamPolicy::of::<InventoryMessage>(),
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
        let (showcase, queue) = Showcase::new();
        shutdown.spawn(serve_showcase(queue, db.clone()));
        let live = Live::new(shutdown.token());
        shutdown.spawn(tell_news(live.clone(), db.clone(), redis.clone()));
        let replica = config.database_read_url.as_deref();
        let reads = Reads::connect(db.clone(), replica).await?;
        shutdown.spawn(reads.clone().watch(shutdown.token()));
        routes = routes.merge(router(AppState {
            db: db.clone(),
            reads,
            live,
            studio: Studio::default(),
            outbox: outbox.clone(),
            tokens,
            showcase,
        }));
        follow_revocations(redis.clone(), revocations, &shutdown).await;
    }
    if config.role.runs_workers() {
        let consumer = Consumer::new(redis.clone(), db.clone(), outbox.clone(), OrdersHandler);
        shutdown.spawn(consumer.run(shutdown.token()));
        let relay = Relay::new((db, redis, outbox), "products-service", streams);
        shutdown.spawn(relay.run(shutdown.token()));
    }
    let listener = listen(config.listen).await?;
    info!(address = %listener.local_addr()?, "products-service listens");
    shutdown.spawn(serve(listener, routes, shutdown.token()));
    shutdown.finish().await;
    collector.finish().await;
    Ok(())
}
