//! The streams of one test: keys with a prefix of its own, and a look into them.

use std::collections::HashMap;

use redis::{Cmd, FromRedisValue, Value, cmd};
use uuid::Uuid;

use super::{TestLink, server_url};
use shared::{
    config::RedisConfig,
    id::MessageId,
    redis::Redis,
    stream::{Entry, Message},
};

/// The Redis of one test.
pub struct TestRedis;

impl TestRedis {
    /// Redis with a key prefix that no other test has.
    pub fn create() -> Redis {
        let prefix = format!("test-{}:", Uuid::now_v7().simple());
        connect(&server_url("MESH_TEST_REDIS_URL"), prefix)
    }

    /// The same keys, by way of a link that the test can cut.
    pub async fn linked(redis: &Redis) -> (Redis, TestLink) {
        let link = TestLink::to(&server_url("MESH_TEST_REDIS_URL")).await;
        (connect(link.url(), redis.key("")), link)
    }
}

fn connect(redis_url: &str, redis_key_prefix: String) -> Redis {
    let redis_url = redis_url.to_owned();
    Redis::new(&RedisConfig {
        redis_url,
        redis_key_prefix,
    })
    .unwrap()
}

/// All entries of a stream.
pub async fn entries(redis: &Redis, stream: &str) -> Vec<Entry> {
    let range = cmd("XRANGE")
        .arg(redis.key(stream))
        .arg("-")
        .arg("+")
        .take();
    Entry::of_range(ask(redis, &range).await)
}

/// The text of a field of an entry.
///
/// # Panics
/// When the entry has no such field.
pub fn field(entry: &Entry, name: &str) -> String {
    let found = entry.fields.iter().find(|it| it.0 == name.as_bytes());
    let Some((_, value)) = found else {
        panic!("no field {name} in {entry:?}");
    };
    String::from_utf8_lossy(value).into_owned()
}

/// Appends a message as a relay would, once more at every call.
pub async fn append<M: Message>(redis: &Redis, id: MessageId, message: &M) {
    let (id, fields) = (id.to_string(), message.fields());
    let envelope = [("id", id.as_str()), ("type", message.kind()), ("ts", "0")];
    let fields: Vec<_> = envelope.into_iter().chain(fields.iter()).collect();
    append_fields(redis, M::STREAM, &fields).await;
}

/// Appends an entry of any fields, as an operator or a broken program would, and returns its id.
pub async fn append_fields<T: AsRef<[u8]>>(
    redis: &Redis,
    stream: &str,
    fields: &[(&str, T)],
) -> String {
    let mut add = cmd("XADD").arg(redis.key(stream)).arg("*").take();
    for (name, value) in fields {
        add.arg(name).arg(value.as_ref());
    }
    ask(redis, &add).await
}

/// Whether the group was given every entry of the stream and has acknowledged it.
pub async fn is_drained(redis: &Redis, stream: &str, group: &str) -> bool {
    let key = redis.key(stream);
    let newest = cmd("XREVRANGE")
        .arg(&key)
        .arg("+")
        .arg("-")
        .arg("COUNT")
        .arg(1)
        .take();
    let newest: Value = ask(redis, &newest).await;
    let groups = cmd("XINFO").arg("GROUPS").arg(&key).take();
    // A stream that nobody has made yet is not drained.
    let groups: Result<Vec<HashMap<String, Value>>, _> =
        groups.query_async(&mut redis.commands()).await;
    let text = |value: &Value| String::from_redis_value_ref(value).unwrap_or_default();
    let last = Entry::of_range(newest).pop().map(|entry| entry.id);
    groups.unwrap_or_default().iter().any(|it| {
        text(&it["name"]) == group
            && text(&it["pending"]) == "0"
            && last
                .as_deref()
                .is_none_or(|id| text(&it["last-delivered-id"]) == id)
    })
}

/// How many entries the group was given and has not acknowledged.
pub async fn pending(redis: &Redis, stream: &str, group: &str) -> usize {
    let pending = cmd("XPENDING").arg(redis.key(stream)).arg(group).take();
    let (count, ..): (usize, Value, Value, Value) = ask(redis, &pending).await;
    count
}

/// The names of the group's consumers.
pub async fn consumers(redis: &Redis, stream: &str, group: &str) -> Vec<String> {
    let key = redis.key(stream);
    let consumers = cmd("XINFO").arg("CONSUMERS").arg(key).arg(group).take();
    let consumers: Vec<HashMap<String, Value>> = ask(redis, &consumers).await;
    let name = |it: &HashMap<String, Value>| String::from_redis_value_ref(&it["name"]).unwrap();
    consumers.iter().map(name).collect()
}

async fn ask<T: FromRedisValue>(redis: &Redis, command: &Cmd) -> T {
    command.query_async(&mut redis.commands()).await.unwrap()
}
