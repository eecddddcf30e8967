//! How far everybody has come: streams, their groups, and what waits in a database.

use std::{collections::HashMap, time::Duration};

use redis::{RedisResult, Value, from_redis_value};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult, raw_sql};
use serde::Serialize;

use crate::redis::Redis;

/// Pending entries that are looked at for the oldest one; there are rarely more.
const LOOKED_AT: u16 = 1000;

/// One stream.
#[derive(Debug, Serialize)]
pub struct StreamStanding {
    /// Its name, without the prefix of keys.
    pub name: &'static str,
    /// Entries in it, handled ones included.
    pub length: u64,
    /// Who reads it.
    pub groups: Vec<GroupStanding>,
}

/// One consumer group.
#[derive(Debug, Serialize)]
pub struct GroupStanding {
    /// Its name.
    pub name: String,
    /// Consumers that have asked lately.
    pub consumers: u64,
    /// Entries that nobody has read; unknown after entries were deleted by hand.
    pub lag: Option<u64>,
    /// Entries that were read and not acknowledged.
    pub pending: u64,
    /// How long the longest-held of them has been with its consumer (seconds).
    pub oldest_pending: f64,
}

/// What waits in the database of one service.
#[derive(Debug, Serialize, FromQueryResult)]
pub struct Waiting {
    /// Messages that are not published.
    pub outbox: i64,
    /// Age of the oldest of them (seconds).
    pub outbox_oldest: f64,
    /// Messages that failed and will be tried again.
    pub retrying: i64,
    /// Messages that were given up and that nobody has decided about.
    pub dead: i64,
}

/// The standing of one stream; of no length and without groups when it does not exist.
///
/// # Errors
/// When Redis is away.
pub async fn of_stream(redis: &Redis, name: &'static str) -> RedisResult<StreamStanding> {
    let key = redis.key(name);
    let mut pipeline = redis::pipe();
    pipeline.cmd("XLEN").arg(&key).cmd("EXISTS").arg(&key);
    let (length, exists): (u64, bool) = pipeline.query_async(&mut redis.commands()).await?;
    let groups = if exists {
        groups(redis, &key).await?
    } else {
        Vec::new()
    };
    Ok(StreamStanding {
        name,
        length,
        groups,
    })
}

async fn groups(redis: &Redis, key: &str) -> RedisResult<Vec<GroupStanding>> {
    let infos: Vec<HashMap<String, Value>> = redis::cmd("XINFO")
        .arg("GROUPS")
        .arg(key)
        .query_async(&mut redis.commands())
        .await?;
    let mut groups = Vec::new();
    for mut info in infos {
        let mut take = |field| info.remove(field).unwrap_or(Value::Nil);
        let name: String = from_redis_value(take("name"))?;
        let pending: u64 = from_redis_value(take("pending"))?;
        groups.push(GroupStanding {
            consumers: from_redis_value(take("consumers"))?,
            lag: from_redis_value(take("lag"))?,
            oldest_pending: oldest_pending(redis, key, &name, pending).await?,
            pending,
            name,
        });
    }
    Ok(groups)
}

async fn oldest_pending(redis: &Redis, key: &str, group: &str, pending: u64) -> RedisResult<f64> {
    if pending == 0 {
        return Ok(0.0);
    }
    let held: Vec<(String, String, u64, u64)> = redis::cmd("XPENDING")
        .arg(key)
        .arg(group)
        .arg("-")
        .arg("+")
        .arg(LOOKED_AT)
        .query_async(&mut redis.commands())
        .await?;
    let longest = held.iter().map(|entry| entry.2).max().unwrap_or_default();
    Ok(Duration::from_millis(longest).as_secs_f64())
}

/// What waits in a database with the tables of the runtime.
///
/// # Errors
/// When the database fails or has no such tables.
pub async fn of_database(db: &DatabaseConnection) -> Result<Waiting, DbErr> {
    let row = db.query_one_raw(raw_sql!(
        Postgres,
        "SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS outbox,
                (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)
                 FROM outbox WHERE published_at IS NULL)::float8 AS outbox_oldest,
                (SELECT count(*) FROM failures WHERE state = 'retrying') AS retrying,
                (SELECT count(*) FROM failures WHERE state = 'dead') AS dead"
    ));
    let row = row.await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("a row without FROM".to_owned()))?;
    Waiting::from_query_result(&row, "")
}
