//! Sessions as they are kept in Redis: one hash each, which disappears a day after its last use.
//!
//! Of a refresh token only its SHA-256 is kept: it has 256 random bits, so there is nothing to
//! guess, and who reads Redis cannot use what is read.

use std::{collections::HashMap, sync::LazyLock};

use redis::{AsyncCommands, RedisResult, Script};
use sha2::{Digest, Sha256};
use shared::{auth::SESSION_LIFETIME, hex, id::UserId, redis::Redis};
use uuid::Uuid;

use super::refresh_token::RefreshToken;

/// Sessions of one user that are listed, the latest first.
const LISTED: isize = 100;

/// Keeps the new token's hash if the presented one is the session's last; says what it found.
static ROTATE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local kept = redis.call('HGET', KEYS[1], 'refresh')
         if not kept then return 'gone' end
         if kept ~= ARGV[1] then return 'reused' end
         redis.call('HSET', KEYS[1], 'refresh', ARGV[2], 'last_used_at', ARGV[3])
         redis.call('EXPIRE', KEYS[1], ARGV[4])
         return 'rotated'",
    )
});

/// The sessions of everybody.
#[derive(Clone)]
pub(crate) struct SessionStore {
    redis: Redis,
}

/// A session as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) user_id: UserId,
    /// The user's `session_version` when it began.
    pub(crate) version: i32,
    /// What the browser said of itself.
    pub(crate) user_agent: String,
    /// Seconds since 1970.
    pub(crate) created_at: i64,
    /// Seconds since 1970.
    pub(crate) last_used_at: i64,
}

/// What became of a refresh token that was presented.
pub(crate) enum Rotation {
    /// It was the session's last one; this is its successor.
    Rotated(RefreshToken),
    /// It was used before: somebody has a copy.
    Reused,
    /// There is no such session any more.
    Gone,
}

impl SessionStore {
    pub(crate) fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// Keeps a new session and returns its first refresh token.
    pub(crate) async fn begin(&self, session: &Session) -> RedisResult<RefreshToken> {
        let token = RefreshToken::generate(session.id);
        let fields = [
            ("user", session.user_id.to_string()),
            ("version", session.version.to_string()),
            ("user_agent", session.user_agent.clone()),
            ("created_at", session.created_at.to_string()),
            ("last_used_at", session.last_used_at.to_string()),
            ("refresh", hash(&token)),
        ];
        let (key, index) = (self.key(session.id), self.index(session.user_id));
        let forgotten = session.last_used_at - lifetime();
        redis::pipe()
            .atomic()
            .hset_multiple(&key, &fields)
            .expire(&key, lifetime())
            .zadd(&index, session.id.to_string(), session.last_used_at)
            .zrembyscore(&index, "-inf", forgotten)
            .expire(&index, lifetime())
            .exec_async(&mut self.redis.commands())
            .await?;
        Ok(token)
    }

    /// The session with this id.
    pub(crate) async fn find(&self, id: Uuid) -> RedisResult<Option<Session>> {
        let fields: HashMap<String, String> = self.redis.commands().hgetall(self.key(id)).await?;
        Ok(Session::read(id, &fields))
    }

    /// Whether this is the session's current refresh token.
    pub(crate) async fn is_current(&self, token: &RefreshToken) -> RedisResult<bool> {
        let key = self.key(token.session_id());
        let kept: Option<String> = self.redis.commands().hget(key, "refresh").await?;
        Ok(kept.is_some_and(|kept| kept == hash(token)))
    }

    /// Replaces a refresh token by its successor, once.
    pub(crate) async fn rotate(
        &self,
        user: UserId,
        presented: &RefreshToken,
        now: i64,
    ) -> RedisResult<Rotation> {
        let id = presented.session_id();
        let next = RefreshToken::generate(id);
        let outcome: String = ROTATE
            .key(self.key(id))
            .arg(hash(presented))
            .arg(hash(&next))
            .arg(now)
            .arg(lifetime())
            .invoke_async(&mut self.redis.commands())
            .await?;
        match outcome.as_str() {
            "rotated" => self.note_use(user, id, now).await?,
            "reused" => return Ok(Rotation::Reused),
            _ => return Ok(Rotation::Gone),
        }
        Ok(Rotation::Rotated(next))
    }

    /// The sessions of a user, the one last used first.
    pub(crate) async fn list(&self, user: UserId) -> RedisResult<Vec<Session>> {
        let ids: Vec<String> = self
            .redis
            .commands()
            .zrevrange(self.index(user), 0, LISTED - 1)
            .await?;
        let ids: Vec<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = redis::pipe();
        for id in &ids {
            all.hgetall(self.key(*id));
        }
        let found: Vec<HashMap<String, String>> =
            all.query_async(&mut self.redis.commands()).await?;
        let sessions = ids.iter().zip(&found);
        Ok(sessions
            .filter_map(|(id, fields)| Session::read(*id, fields))
            .collect())
    }

    /// Says that the session belongs to this version of its user now.
    pub(crate) async fn keep_in(&self, id: Uuid, version: i32) -> RedisResult<()> {
        // Only if it is there: a new key would have no end.
        static KEEP: LazyLock<Script> = LazyLock::new(|| {
            Script::new(
                "if redis.call('EXISTS', KEYS[1]) == 1 then
                     redis.call('HSET', KEYS[1], 'version', ARGV[1])
                 end",
            )
        });
        KEEP.key(self.key(id))
            .arg(version)
            .invoke_async(&mut self.redis.commands())
            .await
    }

    /// Forgets a session.
    pub(crate) async fn end(&self, user: UserId, id: Uuid) -> RedisResult<()> {
        redis::pipe()
            .del(self.key(id))
            .zrem(self.index(user), id.to_string())
            .exec_async(&mut self.redis.commands())
            .await
    }

    async fn note_use(&self, user: UserId, id: Uuid, now: i64) -> RedisResult<()> {
        let index = self.index(user);
        redis::pipe()
            .zadd(&index, id.to_string(), now)
            .expire(&index, lifetime())
            .exec_async(&mut self.redis.commands())
            .await
    }

    fn key(&self, id: Uuid) -> String {
        self.redis.key(&format!("session:{id}"))
    }

    /// The key of a user's session ids, by the time of their last use.
    fn index(&self, user: UserId) -> String {
        self.redis.key(&format!("sessions:{user}"))
    }
}

impl Session {
    fn read(id: Uuid, fields: &HashMap<String, String>) -> Option<Self> {
        let number = |name: &str| fields.get(name)?.parse().ok();
        Some(Self {
            id,
            user_id: UserId(fields.get("user")?.parse().ok()?),
            version: fields.get("version")?.parse().ok()?,
            user_agent: fields.get("user_agent")?.clone(),
            created_at: number("created_at")?,
            last_used_at: number("last_used_at")?,
        })
    }
}

/// [`SESSION_LIFETIME`] in seconds, as Redis counts.
fn lifetime() -> i64 {
    i64::try_from(SESSION_LIFETIME.as_secs()).unwrap_or(i64::MAX)
}

fn hash(token: &RefreshToken) -> String {
    hex(&Sha256::digest(token.secret()))
}
