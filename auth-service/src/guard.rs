//! Slows down whoever guesses passwords, without locking anybody else out.
//!
//! Tries are counted for an account *and* an address of the network: the owner of a guessed
//! account logs in from elsewhere as if nothing happened. A try is counted before its password is
//! checked, so that many at once count as many. While Redis is away nothing is counted; then the
//! limits of the proxy and the bounded pool for passwords are left.

use std::{net::IpAddr, sync::LazyLock, time::Duration};

use redis::{RedisResult, Script};
use sha2::{Digest, Sha256};
use shared::{hex, http::client_network, redis::Redis};
use tokio::time::timeout;
use tracing::warn;

use crate::{credentials::Email, error::Error};

/// Wrong passwords in a row before the first wait.
const FREE_TRIES: u32 = 5;

/// The first wait; each further wrong password doubles it (seconds).
const FIRST_WAIT: u32 = 30;

/// The longest wait (seconds).
const LONGEST_WAIT: u32 = 15 * 60;

/// Wrong passwords are forgotten after this long without another (seconds).
const MEMORY: u32 = 60 * 60;

/// A Redis that does not answer in this time is not waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// Returns how long to wait (ms), or 0 and counts one more try.
static TRY: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local left = redis.call('PTTL', KEYS[2])
         if left > 0 then return left end
         local tries = redis.call('INCR', KEYS[1])
         redis.call('EXPIRE', KEYS[1], ARGV[4])
         local over = tries - tonumber(ARGV[1])
         if over >= 0 then
             local wait = math.min(tonumber(ARGV[2]) * 2 ^ over, tonumber(ARGV[3]))
             redis.call('SET', KEYS[2], 1, 'EX', wait)
         end
         return 0",
    )
});

/// Counts wrong passwords.
#[derive(Clone)]
pub struct Guard {
    redis: Redis,
}

/// Whose password is tried, and from where.
pub(crate) struct Attempt {
    keys: [String; 2],
}

impl Guard {
    /// A guard that counts in `redis`.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// Goes on when this client may try a password of this account now.
    pub(crate) async fn admit(&self, email: &Email, client: IpAddr) -> Result<Attempt, Error> {
        let name = name_of(email, client);
        let keys = ["tries", "wait"].map(|it| self.redis.key(&format!("login:{name}:{it}")));
        let attempt = Attempt { keys };
        let mut commands = self.redis.commands();
        let mut script = TRY.prepare_invoke();
        for key in &attempt.keys {
            script.key(key);
        }
        for number in [FREE_TRIES, FIRST_WAIT, LONGEST_WAIT, MEMORY] {
            script.arg(number);
        }
        let counted = script.invoke_async::<u64>(&mut commands);
        match in_time("count tries of passwords", counted).await {
            None | Some(0) => Ok(attempt),
            Some(millis) => Err(Error::TooManyTries(
                u32::try_from(millis.div_ceil(1000)).unwrap_or(LONGEST_WAIT),
            )),
        }
    }

    /// The password was right: earlier tries no longer count.
    pub(crate) async fn forget(&self, attempt: Attempt) {
        let mut commands = self.redis.commands();
        let mut forget = redis::cmd("DEL");
        let done = forget.arg(&attempt.keys).exec_async(&mut commands);
        // Otherwise the count expires by itself.
        in_time("forget tries of passwords", done).await;
    }
}

/// What Redis answers, or nothing if it does not in time.
async fn in_time<T>(what: &str, answer: impl Future<Output = RedisResult<T>>) -> Option<T> {
    match timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            warn!(%error, "cannot {what}");
            None
        }
        Err(_) => {
            warn!("cannot {what}: Redis does not answer");
            None
        }
    }
}

/// The name under which tries are counted; it tells nobody whose they are.
fn name_of(email: &Email, client: IpAddr) -> String {
    hex(&Sha256::digest(format!(
        "{} {}",
        email.as_str(),
        client_network(client)
    )))
}
