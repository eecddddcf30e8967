//! The streams: how long they are, who reads them, and how far behind.

use std::collections::HashMap;

use redis::{RedisResult, Value, from_redis_value};
use serde::Serialize;
use shared::{
    messages::{inventory::InventoryMessage, orders::OrdersMessage, sessions::SessionsMessage},
    redis::Redis,
    stream::{DeadLetter, Message},
};

/// Every stream of the mesh.
const STREAMS: [&str; 4] = [
    OrdersMessage::STREAM,
    InventoryMessage::STREAM,
    SessionsMessage::STREAM,
    DeadLetter::STREAM,
];

/// One stream.
#[derive(Debug, Serialize)]
pub(super) struct Stream {
    pub(super) name: &'static str,
    pub(super) length: u64,
    pub(super) groups: Vec<Group>,
}

/// One consumer group.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) consumers: u64,
    /// Entries that nobody has read; unknown after entries were deleted by hand.
    pub(super) lag: Option<u64>,
    /// Entries that were read and not acknowledged.
    pub(super) pending: u64,
    /// How long the longest-held of them has been with its consumer (seconds).
    pub(super) oldest_pending: f64,
}

pub(super) async fn read(redis: &Redis) -> RedisResult<Vec<Stream>> {
    let mut streams = Vec::new();
    for name in STREAMS {
        let key = redis.key(name);
        let length: u64 = redis::cmd("XLEN")
            .arg(&key)
            .query_async(&mut redis.commands())
            .await?;
        let exists: bool = redis::cmd("EXISTS")
            .arg(&key)
            .query_async(&mut redis.commands())
            .await?;
        let groups = if exists {
            groups(redis, &key).await?
        } else {
            Vec::new()
        };
        streams.push(Stream {
            name,
            length,
            groups,
        });
    }
    Ok(streams)
}

async fn groups(redis: &Redis, key: &str) -> RedisResult<Vec<Group>> {
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
        groups.push(Group {
            consumers: from_redis_value(take("consumers"))?,
            lag: from_redis_value(take("lag"))?,
            oldest_pending: oldest_pending(redis, key, &name, pending).await?,
            pending,
            name,
        });
    }
    Ok(groups)
}

/// Looks at the first thousand pending entries; there are rarely more.
async fn oldest_pending(redis: &Redis, key: &str, group: &str, pending: u64) -> RedisResult<f64> {
    if pending == 0 {
        return Ok(0.0);
    }
    let held: Vec<(String, String, u64, u64)> = redis::cmd("XPENDING")
        .arg(key)
        .arg(group)
        .arg("-")
        .arg("+")
        .arg(1000)
        .query_async(&mut redis.commands())
        .await?;
    let longest = held.iter().map(|entry| entry.2).max().unwrap_or_default();
    Ok(std::time::Duration::from_millis(longest).as_secs_f64())
}
