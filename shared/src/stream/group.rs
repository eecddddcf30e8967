//! One consumer's place in a consumer group: every Redis command of a consumer, and no policy.

use std::time::Duration;

use redis::{RedisError, RedisResult, Script, Value, aio::MultiplexedConnection};

use super::{DEAD_LETTERS, Entry, dead_letter::DeadLetter};
use crate::redis::Redis;

/// Entries of one read.
const COUNT: usize = 128;

/// An entry that its consumer has not acknowledged for this long belongs to whoever asks: its
/// consumer is dead, or stuck. Well above the longest batch, which statement timeouts bound.
pub(super) const LEASE: Duration = Duration::from_secs(12);

/// A consumer of `group` on `stream`.
pub(super) struct GroupReader {
    redis: Redis,
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
        let mut reader = Self {
            connection: redis.reader(block).await?,
            stream: redis.key(stream),
            redis: redis.clone(),
            group,
            consumer: consumer.to_owned(),
        };
        reader.create_group().await?;
        Ok(reader)
    }

    async fn create_group(&mut self) -> RedisResult<()> {
        let created: RedisResult<()> = redis::cmd("XGROUP")
            .arg("CREATE")
            .arg(&self.stream)
            .arg(self.group)
            .arg("0")
            .arg("MKSTREAM")
            .exec_async(&mut self.connection)
            .await;
        match created {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error),
            _ => Ok(()),
        }
    }

    /// Entries that nobody has read, waiting up to `block` for the first.
    pub(super) async fn read_new(&mut self, block: Duration) -> RedisResult<Vec<Entry>> {
        self.read(">", Some(block)).await
    }

    /// Entries after `after` that this consumer was given and has not acknowledged.
    pub(super) async fn read_own(&mut self, after: &str) -> RedisResult<Vec<Entry>> {
        self.read(after, None).await
    }

    async fn read(&mut self, from: &str, block: Option<Duration>) -> RedisResult<Vec<Entry>> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(self.group).arg(&self.consumer);
        command.arg("COUNT").arg(COUNT);
        if let Some(block) = block {
            // BLOCK 0 would mean for ever.
            command.arg("BLOCK").arg(block.as_millis().max(1) as usize);
        }
        command.arg("STREAMS").arg(&self.stream).arg(from);
        let answer: Value = command.query_async(&mut self.connection).await?;
        Ok(Entry::of_read(answer))
    }

    /// Takes over entries whose consumer has held them longer than [`LEASE`].
    pub(super) async fn claim_abandoned(&mut self) -> RedisResult<Vec<Entry>> {
        let (_cursor, entries, _deleted): (String, Value, Vec<String>) = redis::cmd("XAUTOCLAIM")
            .arg(&self.stream)
            .arg(self.group)
            .arg(&self.consumer)
            .arg(LEASE.as_millis() as usize)
            .arg("0")
            .arg("COUNT")
            .arg(COUNT)
            .query_async(&mut self.connection)
            .await?;
        Ok(Entry::of_range(entries))
    }

    /// Acknowledges entries whose effects are committed.
    pub(super) async fn acknowledge(&mut self, entry_ids: &[&str]) -> RedisResult<()> {
        redis::cmd("XACK")
            .arg(&self.stream)
            .arg(self.group)
            .arg(entry_ids)
            .exec_async(&mut self.connection)
            .await
    }

    /// Moves an entry to the dead letters, unless another consumer has taken it over: then it is
    /// that one's to judge.
    pub(super) async fn bury(&mut self, letter: &DeadLetter<'_>) -> RedisResult<()> {
        // One script, so that the letter is written exactly when the entry is acknowledged.
        let script = Script::new(
            "local held = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2])
             if #held == 0 then return 0 end
             redis.call('XADD', KEYS[2], '*', unpack(ARGV, 4))
             return redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])",
        );
        let mut call = script.prepare_invoke();
        call.key(&self.stream).key(self.redis.key(DEAD_LETTERS));
        call.arg(self.group)
            .arg(&self.consumer)
            .arg(letter.entry_id());
        for (name, value) in letter.fields(&self.stream, self.group, &self.consumer) {
            call.arg(name).arg(value);
        }
        call.invoke_async(&mut self.connection).await
    }

    /// Leaves the group for good, unless entries are pending: those must stay claimable.
    pub(super) async fn leave(&mut self) -> RedisResult<()> {
        let script = Script::new(
            "local held = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
             if #held > 0 then return 0 end
             return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])",
        );
        script
            .key(&self.stream)
            .arg(self.group)
            .arg(&self.consumer)
            .invoke_async(&mut self.connection)
            .await
    }
}

/// Whether an error means that the group is gone, as after FLUSHALL, rather than Redis.
pub(super) fn is_group_gone(error: &RedisError) -> bool {
    error.code() == Some("NOGROUP")
}
