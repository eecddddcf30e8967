//! The relay: carries committed outbox rows to Redis, in the order in which they were written.
//!
//! It also looks after the streams that it writes: see [`upkeep`].

mod append;
mod upkeep;

use std::time::Duration;

use redis::RedisError;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, FromQueryResult,
    TransactionTrait,
    prelude::{TimeDateTimeWithTimeZone, Uuid},
    raw_sql,
};
use thiserror::Error;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Outbox, StreamPolicy};
use crate::{backoff::Backoff, plant::Plant, redis::Redis};

/// Rows of one round: enough for a pipeline to pay, few enough to fit a short transaction.
const BATCH: u16 = 256;

/// How long to sleep without a wake-up. Rows that another instance left behind, or that became
/// visible after a wake-up was spent, wait at most this long.
const POLL: Duration = Duration::from_millis(200);

/// How far rounds are apart under load. A round costs the same for one row as for fifty, here and
/// at the consumers, who get the rows of a round together. A message after a pause leaves at once.
const PACE: Duration = Duration::from_millis(20);

/// How often the streams are looked after.
const UPKEEP: Duration = Duration::from_secs(5);

/// Advisory lock that lets one relay per database work at a time, which keeps the order.
const RELAY_LOCK: i64 = 0x7265_6c61;

/// An outbox row on its way.
#[derive(FromQueryResult)]
struct Row {
    seq: i64,
    id: Uuid,
    stream: String,
    kind: String,
    correlation: String,
    fields: String,
    created_at: TimeDateTimeWithTimeZone,
}

#[derive(Debug, Error)]
enum RelayError {
    #[error("database: {0}")]
    Database(#[from] DbErr),
    #[error("redis: {0}")]
    Redis(#[from] RedisError),
    #[error("{0} is full: its consumers are too far behind")]
    Full(String),
}

/// Publishes what one service has committed.
pub struct Relay {
    db: DatabaseConnection,
    redis: Redis,
    outbox: Outbox,
    service: &'static str,
    streams: Vec<StreamPolicy>,
}

impl Relay {
    /// A relay of `service`, which writes `streams` and nothing else does.
    pub fn new(
        (db, redis, outbox): (DatabaseConnection, Redis, Outbox),
        service: &'static str,
        streams: Vec<StreamPolicy>,
    ) -> Self {
        Self {
            db,
            redis,
            outbox,
            service,
            streams,
        }
    }

    /// Publishes until `shutdown`, then once more what was committed meanwhile.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut backoff = Backoff::default();
        let mut upkeep_at = Instant::now();
        while !shutdown.is_cancelled() {
            let next_round = Instant::now() + PACE;
            match self.round(&mut upkeep_at).await {
                Ok(()) => {
                    if backoff.reset() {
                        info!("publishing again");
                    }
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        () = self.outbox.woken() => sleep_until(next_round).await,
                        () = sleep(POLL) => {}
                    }
                }
                Err(error) => {
                    if backoff.is_first() {
                        warn!(%error, "cannot publish, trying again; messages wait in the outbox");
                    }
                    backoff.wait(&shutdown).await;
                }
            }
        }
        if let Err(error) = self.publish_all().await {
            warn!(%error, "stopped with messages in the outbox; the next start publishes them");
        }
    }

    async fn round(&self, upkeep_at: &mut Instant) -> Result<(), RelayError> {
        if *upkeep_at <= Instant::now() {
            self.look_after_streams().await?;
            *upkeep_at = Instant::now() + UPKEEP;
        }
        self.publish_all().await
    }

    /// Publishes until the outbox has no full batch left.
    async fn publish_all(&self) -> Result<(), RelayError> {
        while self.publish_batch().await? == usize::from(BATCH) {}
        Ok(())
    }

    /// Publishes the oldest rows. The transaction is open while Redis answers, which takes at
    /// most two seconds: the lock must be held until the rows are marked.
    async fn publish_batch(&self) -> Result<usize, RelayError> {
        let mut txn = self.lock().await?;
        let limit = i64::from(BATCH);
        // A statement of its own: it must see what was published while this one waited for the
        // lock.
        let rows = Row::find_by_statement(raw_sql!(
            Postgres,
            "SELECT seq, id, stream, kind, correlation, fields::text AS fields, created_at
             FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT {limit}"
        ))
        .all(&txn)
        .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        if Plant::PublishWithoutOutbox.is_planted() {
            append::forget(&txn, &rows).await?;
            txn.commit().await?;
            txn = self.lock().await?;
        }
        let before = append::recorded(&txn).await?;
        let appended = append::append(&self.redis, self.service, &before, &rows).await?;
        for lost in appended.iter().filter(|it| !it.is_intact) {
            append::publish_again(&txn, &lost.stream).await?;
        }
        append::mark(&txn, &rows, &appended).await?;
        txn.commit().await?;
        match appended.into_iter().find(append::Appended::is_full) {
            Some(full) => Err(RelayError::Full(full.stream)),
            None => Ok(rows.len()),
        }
    }

    /// A transaction in which no other relay of this database works.
    async fn lock(&self) -> Result<DatabaseTransaction, DbErr> {
        let txn = self.db.begin().await?;
        txn.execute_raw(raw_sql!(
            Postgres,
            "SELECT pg_advisory_xact_lock({RELAY_LOCK})"
        ))
        .await?;
        Ok(txn)
    }
}
