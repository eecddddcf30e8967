//! The streams of one test: keys with a prefix of its own.

use redis::Value;
use uuid::Uuid;

use super::server_url;
use crate::{config::RedisConfig, redis::Redis, stream::Entry};

/// The Redis of one test.
pub struct TestRedis;

impl TestRedis {
    /// Redis with a key prefix that no other test has.
    pub fn create() -> Redis {
        Redis::new(&RedisConfig {
            redis_url: server_url("MESH_TEST_REDIS_URL"),
            redis_key_prefix: format!("test-{}:", Uuid::now_v7().simple()),
        })
        .unwrap()
    }
}

/// All entries of a stream.
pub async fn entries(redis: &Redis, stream: &str) -> Vec<Entry> {
    let answer: Value = redis::cmd("XRANGE")
        .arg(redis.key(stream))
        .arg("-")
        .arg("+")
        .query_async(&mut redis.commands())
        .await
        .unwrap();
    Entry::of_range(answer)
}
