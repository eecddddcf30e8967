//! The buckets that all proxies share, in Redis; a Redis that does not answer is left alone for a
//! while.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use redis::{RedisResult, Script};
use shared::redis::Redis;
use tokio::{runtime::Handle, time::timeout};
use tracing::warn;

use super::{
    bucket::{Limit, Standing},
    micros,
    table::Key,
};

/// How long a Redis that did not answer is not asked; then one request tries again.
const AWAY_FOR: Duration = Duration::from_secs(1);

/// [`Bucket::take`](super::bucket::Bucket::take), with the clock of Redis. Takes `ARGV[3]`
/// tokens, or none when there are not so many, unless `ARGV[4]` says that they are gone already.
const TAKE: &str = r"
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, window, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local after = full_at + count * interval
if ARGV[4] == '0' and after - now > window then
  return {0, full_at - now}
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return {1, after - now}
";

/// The way to the shared buckets.
pub(super) struct Remote {
    link: Arc<Link>,
    /// Longer than this a request does not wait.
    deadline: Duration,
    /// Where the connection lives: one for all workers, whose runtimes come and go.
    runtime: Handle,
}

struct Link {
    redis: Redis,
    script: Script,
    started: Instant,
    /// Redis is not asked before (microseconds after `started`); 0 when it answers.
    away_until: AtomicU64,
}

impl Remote {
    /// The way to this Redis; call inside the runtime that its connection shall live in.
    pub(super) fn new(redis: Redis, deadline: Duration) -> Self {
        Self {
            link: Arc::new(Link {
                redis,
                script: Script::new(TAKE),
                started: Instant::now(),
                away_until: AtomicU64::new(0),
            }),
            deadline,
            runtime: Handle::current(),
        }
    }

    /// Takes a token; `None` when Redis does not say in time whether there is one.
    pub(super) async fn take(&self, key: &Key, limit: &Limit) -> Option<Standing> {
        if !self.link.may_ask() {
            return None;
        }
        let (link, key, limit) = (Arc::clone(&self.link), key.to_string(), *limit);
        let asked = self
            .runtime
            .spawn(async move { link.ask(&key, &limit, 1, false).await });
        let answer = timeout(self.deadline, asked).await;
        let Ok(Ok(Ok((taken, ahead)))) = answer else {
            self.link.avoid();
            return None;
        };
        self.link.away_until.store(0, Ordering::Relaxed);
        Some(Standing::new(&limit, taken == 1, ahead))
    }

    /// Reports tokens that were taken already; `learn` hears how long the bucket needs to be full.
    /// Nobody waits for it.
    pub(super) fn report(
        &self,
        key: &Key,
        limit: &Limit,
        count: u32,
        learn: impl FnOnce(u64) + Send + 'static,
    ) {
        if !self.link.may_ask() {
            return;
        }
        let (link, key, limit) = (Arc::clone(&self.link), key.to_string(), *limit);
        let deadline = self.deadline;
        self.runtime.spawn(async move {
            match timeout(deadline, link.ask(&key, &limit, count, true)).await {
                Ok(Ok((_, ahead))) => {
                    link.away_until.store(0, Ordering::Relaxed);
                    learn(ahead);
                }
                _ => link.avoid(),
            }
        });
    }
}

impl Link {
    /// Whether Redis answers as far as one knows, or it is this request's turn to find out.
    fn may_ask(&self) -> bool {
        let until = self.away_until.load(Ordering::Relaxed);
        if until == 0 {
            return true;
        }
        let now = micros(self.started);
        let next = now + micros_of(AWAY_FOR);
        let (order, won) = (Ordering::Relaxed, |it: Result<u64, u64>| it.is_ok());
        now >= until && won(self.away_until.compare_exchange(until, next, order, order))
    }

    fn avoid(&self) {
        let until = micros(self.started) + micros_of(AWAY_FOR);
        if self.away_until.swap(until, Ordering::Relaxed) == 0 {
            warn!("Redis does not answer in time: this proxy counts requests alone");
        }
    }

    async fn ask(
        &self,
        key: &str,
        limit: &Limit,
        count: u32,
        taken: bool,
    ) -> RedisResult<(u8, u64)> {
        let key = self.redis.key(key);
        let mut call = self.script.key(key);
        call.arg(limit.interval).arg(limit.window());
        call.arg(count).arg(u8::from(taken));
        call.invoke_async(&mut self.redis.commands()).await
    }
}

fn micros_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
