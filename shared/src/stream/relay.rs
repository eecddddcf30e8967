//! The relay: carries committed outbox rows to Redis, in the order in which they were written.

use std::{collections::BTreeMap, time::Duration, time::UNIX_EPOCH};

use redis::{Pipeline, RedisError};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult, TransactionTrait,
    prelude::{TimeDateTimeWithTimeZone, Uuid},
    raw_sql,
};
use thiserror::Error;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Outbox;
use crate::{backoff::Backoff, redis::Redis};

/// Rows of one round: enough for a pipeline to pay, few enough to fit a short transaction.
const BATCH: u16 = 256;

/// How long to sleep without a wake-up. Rows that another instance left behind, or that became
/// visible after a wake-up was spent, wait at most this long.
const POLL: Duration = Duration::from_millis(200);

/// How far rounds are apart under load. A round costs the same for one row as for fifty, here and
/// at the consumers, who get the rows of a round together. A message after a pause leaves at once.
const PACE: Duration = Duration::from_millis(20);

/// Advisory lock that lets one relay per database work at a time, which keeps the order.
const RELAY_LOCK: i64 = 0x7265_6c61;

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
}

/// Publishes until `shutdown`, then once more what was committed meanwhile.
pub async fn relay(
    db: DatabaseConnection,
    redis: Redis,
    outbox: Outbox,
    shutdown: CancellationToken,
) {
    let mut backoff = Backoff::default();
    while !shutdown.is_cancelled() {
        let next_round = Instant::now() + PACE;
        match publish_all(&db, &redis).await {
            Ok(()) => {
                if backoff.reset() {
                    info!("publishing again");
                }
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = outbox.woken() => sleep_until(next_round).await,
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
    if let Err(error) = publish_all(&db, &redis).await {
        warn!(%error, "stopped with messages in the outbox; the next start publishes them");
    }
}

/// Publishes until the outbox has no full batch left.
async fn publish_all(db: &DatabaseConnection, redis: &Redis) -> Result<(), RelayError> {
    while publish_batch(db, redis).await? == usize::from(BATCH) {}
    Ok(())
}

/// Publishes the oldest rows. The transaction is open while Redis answers, which takes at most
/// two seconds: the lock must be held until the rows are marked.
async fn publish_batch(db: &DatabaseConnection, redis: &Redis) -> Result<usize, RelayError> {
    let txn = db.begin().await?;
    txn.execute_raw(raw_sql!(
        Postgres,
        "SELECT pg_advisory_xact_lock({RELAY_LOCK})"
    ))
    .await?;
    let limit = i64::from(BATCH);
    // A statement of its own: it must see what was published while this one waited for the lock.
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
    append(redis, &rows).await?;
    let published: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    txn.execute_raw(raw_sql!(
        Postgres,
        "UPDATE outbox SET published_at = now()
         WHERE seq = ANY({published}) AND published_at IS NULL"
    ))
    .await?;
    txn.commit().await?;
    Ok(rows.len())
}

/// Appends the rows to their streams in one round trip.
async fn append(redis: &Redis, rows: &[Row]) -> Result<(), RedisError> {
    let mut pipeline = Pipeline::with_capacity(rows.len());
    for row in rows {
        let entry = pipeline.cmd("XADD").arg(redis.key(&row.stream)).arg("*");
        entry.arg("id").arg(row.id.to_string());
        entry.arg("type").arg(&row.kind);
        entry.arg("ts").arg(millis(row.created_at));
        if !row.correlation.is_empty() {
            entry.arg("corr").arg(&row.correlation);
        }
        let fields: BTreeMap<String, String> =
            serde_json::from_str(&row.fields).unwrap_or_default();
        for (name, value) in &fields {
            entry.arg(name).arg(value);
        }
        entry.ignore();
    }
    pipeline.exec_async(&mut redis.commands()).await
}

fn millis(at: TimeDateTimeWithTimeZone) -> i64 {
    let since_epoch = at - time::OffsetDateTime::from(UNIX_EPOCH);
    i64::try_from(since_epoch.whole_milliseconds()).unwrap_or_default()
}
