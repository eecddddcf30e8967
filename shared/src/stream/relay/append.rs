//! Appending rows to their streams, and noticing when Redis has lost what was appended before.
//!
//! Each round writes its number beside the streams, in the same Redis transaction, and into
//! PostgreSQL, in the one that marks the rows. A Redis that was flushed, restored from an old
//! snapshot or replaced by a replica that lagged shows an older number, or a stream that ends
//! before the entry that PostgreSQL remembers.

use std::collections::{BTreeMap, BTreeSet};

use redis::{Pipeline, RedisError, Value};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult,
    prelude::TimeDateTimeWithTimeZone, raw_sql,
};
use tracing::warn;

use super::Row;
use crate::{redis::Redis, stream::Entry};

/// Entries of a stream beyond which the relay slows down: its consumers are far behind, the
/// outbox is the better place to wait, and Redis shall keep room for the other streams. About
/// 300 MiB.
const MAX_LENGTH: u64 = 1_000_000;

/// What PostgreSQL remembers of a stream.
#[derive(FromQueryResult)]
pub(super) struct Recorded {
    stream: String,
    /// Counts from 1; 0 when nothing is expected of the stream.
    round: i64,
    last_entry: String,
}

/// What Redis said about a stream.
pub(super) struct Appended {
    pub(super) stream: String,
    /// Whether everything was still there that had been appended before.
    pub(super) is_intact: bool,
    round: i64,
    last_entry: String,
    length: u64,
}

impl Appended {
    pub(super) fn is_full(&self) -> bool {
        self.length > MAX_LENGTH
    }
}

/// The streams that were written before.
pub(super) async fn recorded(txn: &DatabaseTransaction) -> Result<Vec<Recorded>, DbErr> {
    Recorded::find_by_statement(raw_sql!(
        Postgres,
        "SELECT stream, round, last_entry FROM published"
    ))
    .all(txn)
    .await
}

/// Appends rows in one Redis transaction, and tells of each stream that they or `before` name
/// how Redis found it. Without rows it only looks.
pub(super) async fn append(
    redis: &Redis,
    service: &str,
    before: &[Recorded],
    rows: &[Row],
) -> Result<Vec<Appended>, RedisError> {
    let marker = redis.key(&format!("relay:{service}"));
    let written: BTreeSet<&str> = rows.iter().map(|row| row.stream.as_str()).collect();
    let recorded = before.iter().map(|it| it.stream.as_str());
    let streams: BTreeSet<&str> = recorded.chain(written.iter().copied()).collect();
    let before: BTreeMap<_, _> = before.iter().map(|it| (it.stream.as_str(), it)).collect();

    let mut pipeline = Pipeline::with_capacity(rows.len() + 4 * streams.len());
    pipeline.atomic();
    for stream in &streams {
        let key = redis.key(stream);
        pipeline.cmd("HGET").arg(&marker).arg(stream);
        pipeline.cmd("XLEN").arg(&key);
        let newest = pipeline.cmd("XREVRANGE").arg(&key);
        newest.arg("+").arg("-").arg("COUNT").arg(1);
    }
    for row in rows {
        add(&mut pipeline, redis, row);
    }
    for stream in &written {
        let round = before.get(stream).map_or(0, |it| it.round) + 1;
        let note = pipeline.cmd("HSET").arg(&marker).arg(stream).arg(round);
        note.ignore();
    }
    let mut answers: Vec<Value> = pipeline.query_async(&mut redis.commands()).await?;
    let entries = answers.split_off(3 * streams.len());
    let mut last: BTreeMap<&str, String> = BTreeMap::new();
    for (row, entry) in rows.iter().zip(entries) {
        last.insert(&row.stream, redis::from_redis_value(entry)?);
    }
    let mut found = answers.into_iter();
    let mut appended = Vec::with_capacity(streams.len());
    for stream in streams {
        let (Some(round), Some(length), Some(newest)) = (found.next(), found.next(), found.next())
        else {
            break;
        };
        let round: Option<i64> = redis::from_redis_value(round)?;
        let newest = Entry::of_range(newest).pop().map(|entry| entry.id);
        let known = before.get(stream);
        appended.push(Appended {
            stream: stream.to_owned(),
            is_intact: known.is_none_or(|known| is_intact(known, round, newest.as_deref())),
            round: known.map_or(0, |it| it.round) + i64::from(written.contains(stream)),
            last_entry: last.remove(stream).or(newest).unwrap_or_default(),
            length: redis::from_redis_value(length)?,
        });
    }
    Ok(appended)
}

fn add(pipeline: &mut Pipeline, redis: &Redis, row: &Row) {
    let entry = pipeline.cmd("XADD").arg(redis.key(&row.stream)).arg("*");
    entry.arg("id").arg(row.id.to_string());
    entry.arg("type").arg(&row.kind);
    entry.arg("ts").arg(millis(row.created_at));
    if !row.correlation.is_empty() {
        entry.arg("corr").arg(&row.correlation);
    }
    let fields: BTreeMap<String, String> = serde_json::from_str(&row.fields).unwrap_or_default();
    for (name, value) in &fields {
        entry.arg(name).arg(value);
    }
}

fn is_intact(known: &Recorded, round: Option<i64>, newest: Option<&str>) -> bool {
    if known.round == 0 {
        return true;
    }
    let newest = newest.map(place_of).unwrap_or_default();
    round.is_some_and(|round| round >= known.round) && newest >= place_of(&known.last_entry)
}

/// An entry id as numbers, which sort as entries do.
fn place_of(entry_id: &str) -> (u64, u64) {
    let (millis, seq) = entry_id.split_once('-').unwrap_or((entry_id, "0"));
    (
        millis.parse().unwrap_or_default(),
        seq.parse().unwrap_or_default(),
    )
}

fn millis(at: TimeDateTimeWithTimeZone) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// Puts rows of a stream back to be published that some group may not have handled: those after
/// its floor. What was handled all the same has no effect again.
pub(super) async fn publish_again(txn: &DatabaseTransaction, stream: &str) -> Result<(), DbErr> {
    // The clocks of PostgreSQL and Redis may differ, and a round lasts up to two seconds.
    let again = txn
        .execute_raw(raw_sql!(
            Postgres,
            "UPDATE outbox SET published_at = NULL
             FROM published
             WHERE outbox.stream = {stream} AND published.stream = {stream}
               AND published_at >= to_timestamp(floor_ms / 1000.0) - interval '30 seconds'"
        ))
        .await?;
    let messages = again.rows_affected();
    warn!(
        stream.name = stream,
        messages, "Redis has lost entries of this stream, publishing again"
    );
    Ok(())
}

/// Expects nothing of a stream any more: its loss is known and under repair.
pub(super) async fn expect_nothing(txn: &DatabaseTransaction, stream: &str) -> Result<(), DbErr> {
    txn.execute_raw(raw_sql!(
        Postgres,
        "UPDATE published SET round = 0, last_entry = '0-0' WHERE stream = {stream}"
    ))
    .await?;
    Ok(())
}

/// Removes rows, for [`crate::plant::Plant::PublishWithoutOutbox`].
pub(super) async fn forget(txn: &DatabaseTransaction, rows: &[Row]) -> Result<(), DbErr> {
    let rows: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    txn.execute_raw(raw_sql!(
        Postgres,
        "DELETE FROM outbox WHERE seq = ANY({rows})"
    ))
    .await?;
    Ok(())
}

/// Marks rows as published, and remembers how far the streams have come.
pub(super) async fn mark(
    txn: &DatabaseTransaction,
    rows: &[Row],
    appended: &[Appended],
) -> Result<(), DbErr> {
    let published: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    let streams: Vec<String> = appended.iter().map(|it| it.stream.clone()).collect();
    let rounds: Vec<i64> = appended.iter().map(|it| it.round).collect();
    let last: Vec<String> = appended.iter().map(|it| it.last_entry.clone()).collect();
    txn.execute_raw(raw_sql!(
        Postgres,
        "WITH marked AS (
             UPDATE outbox SET published_at = now()
             WHERE seq = ANY({published}) AND published_at IS NULL
         )
         INSERT INTO published (stream, round, last_entry)
         SELECT stream, round, last_entry
         FROM unnest({streams}, {rounds}, {last}) AS t (stream, round, last_entry)
         ON CONFLICT (stream) DO UPDATE
         SET round = excluded.round, last_entry = excluded.last_entry"
    ))
    .await?;
    Ok(())
}
