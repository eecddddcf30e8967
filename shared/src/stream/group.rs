//! One consumer's place in a consumer group: every Redis command of a consumer, and no policy.

use std::time::Duration;

use redis::{RedisError, RedisResult, Script, Value, aio::MultiplexedConnection};

use super::Entry;
use crate::redis::Redis;

/// Entries of one read.
const COUNT: usize = 128;

/// An entry that its consumer has not acknowledged or renewed for this long belongs to whoever
/// asks: its consumer is dead, or stuck.
pub(super) const LEASE: Duration = Duration::from_secs(12);

/// A consumer that has not asked for entries for this long, and holds none, is gone for good. One
/// that lives asks every second; should it only have slept, it enters again as it asks.
const FORGET: Duration = Duration::from_mins(10);

/// A consumer of `group` on `stream`.
pub(super) struct GroupReader {
    /// Blocks on the server, so it is shared with nobody.
    connection: MultiplexedConnection,
    stream: String,
    group: &'static str,
    consumer: String,
}

impl GroupReader {
    /// Connects, and makes sure that the group exists. It begins at the first entry: what was
    /// sent before the group existed is meant for it too.
    pub(super) async fn join(
        redis: &Redis,
        stream: &'static str,
        group: &'static str,
        consumer: &str,
        block: Duration,
    ) -> RedisResult<Self> {
        let reader = Self {
            connection: redis.reader(block).await?,
            stream: redis.key(stream),
            group,
            consumer: consumer.to_owned(),
        };
        reader.create_group().await?;
        Ok(reader)
    }

    async fn create_group(&self) -> RedisResult<()> {
        let created: RedisResult<()> = redis::cmd("XGROUP")
            .arg("CREATE")
            .arg(&self.stream)
            .arg(self.group)
            .arg("0")
            .arg("MKSTREAM")
            .exec_async(&mut self.connection.clone())
            .await;
        match created {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error),
            _ => Ok(()),
        }
    }

    /// Entries that nobody has read, waiting up to `block` for the first.
    pub(super) async fn read_new(&self, block: Duration) -> RedisResult<Vec<Entry>> {
        self.read(">", Some(block)).await
    }

    /// Entries after `after` that this consumer was given and has not acknowledged.
    pub(super) async fn read_own(&self, after: &str) -> RedisResult<Vec<Entry>> {
        self.read(after, None).await
    }

    async fn read(&self, from: &str, block: Option<Duration>) -> RedisResult<Vec<Entry>> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(self.group).arg(&self.consumer);
        command.arg("COUNT").arg(COUNT);
        if let Some(block) = block {
            // BLOCK 0 would mean for ever.
            command.arg("BLOCK").arg(block.as_millis().max(1) as usize);
        }
        command.arg("STREAMS").arg(&self.stream).arg(from);
        let answer: Value = command.query_async(&mut self.connection.clone()).await?;
        Ok(Entry::of_read(answer))
    }

    /// Takes over entries whose consumer has held them longer than [`LEASE`].
    pub(super) async fn claim_abandoned(&self) -> RedisResult<Vec<Entry>> {
        let (_cursor, entries, _deleted): (String, Value, Vec<String>) = redis::cmd("XAUTOCLAIM")
            .arg(&self.stream)
            .arg(self.group)
            .arg(&self.consumer)
            .arg(LEASE.as_millis() as usize)
            .arg("0")
            .arg("COUNT")
            .arg(COUNT)
            .query_async(&mut self.connection.clone())
            .await?;
        Ok(Entry::of_range(entries))
    }

    /// Begins the lease of these entries anew; those that another consumer has taken over stay
    /// with it.
    pub(super) async fn renew(&self, entry_ids: &[String]) -> RedisResult<()> {
        let script = Script::new(
            "for i = 3, #ARGV do
                 local held = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
                 if #held > 0 then
                     redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
                 end
             end",
        );
        self.invoke(script.arg(self.group).arg(&self.consumer).arg(entry_ids))
            .await
    }

    /// Acknowledges entries whose effects are committed.
    pub(super) async fn acknowledge(&self, entry_ids: &[&str]) -> RedisResult<()> {
        redis::cmd("XACK")
            .arg(&self.stream)
            .arg(self.group)
            .arg(entry_ids)
            .exec_async(&mut self.connection.clone())
            .await
    }

    /// Leaves the group for good. Entries that are pending, since they wait for another attempt,
    /// are free for others at once; the name then stays until somebody has taken them.
    pub(super) async fn leave(&self) -> RedisResult<()> {
        let script = Script::new(
            "local held = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 10000, ARGV[2])
             for _, entry in ipairs(held) do
                 redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, entry[1],
                            'IDLE', ARGV[3], 'JUSTID')
             end
             if #held == 0 then
                 redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
             end",
        );
        let lease = LEASE.as_millis() as usize;
        self.invoke(script.arg(self.group).arg(&self.consumer).arg(lease))
            .await
    }

    /// Removes the names of consumers that are gone and hold nothing.
    pub(super) async fn forget_the_gone(&self) -> RedisResult<()> {
        // One script, so that none of them can be given an entry in between.
        let script = Script::new(
            "for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
                 local consumer = {}
                 for i = 1, #info, 2 do consumer[info[i]] = info[i + 1] end
                 if consumer.pending == 0 and consumer.idle > tonumber(ARGV[2]) then
                     redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
                 end
             end",
        );
        let forget = FORGET.as_millis() as usize;
        self.invoke(script.arg(self.group).arg(forget)).await
    }

    async fn invoke(&self, call: &mut redis::ScriptInvocation<'_>) -> RedisResult<()> {
        call.key(&self.stream)
            .invoke_async(&mut self.connection.clone())
            .await
    }
}

/// Whether an error means that the group is gone, as after FLUSHALL, rather than Redis.
pub(super) fn is_group_gone(error: &RedisError) -> bool {
    error.code() == Some("NOGROUP")
}
