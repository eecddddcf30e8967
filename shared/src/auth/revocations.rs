//! Sessions that ended and accounts that changed: every process that checks tokens knows of them.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use jsonwebtoken::get_current_timestamp;
use tokio::{sync::oneshot, time::timeout};
use tracing::warn;
use uuid::Uuid;

use super::{Claims, SESSION_LIFETIME};
use crate::{
    id::UserId, messages::sessions::SessionsMessage, redis::Redis, shutdown::Shutdown,
    stream::follow,
};

/// What makes tokens void before they expire.
#[derive(Clone, Default)]
pub struct Revocations {
    known: Arc<RwLock<Known>>,
}

/// How long what is over is still remembered (seconds): tokens are accepted a little longer than they
/// say, and many messages at once, as at a start, are not worth a look at everything each.
const FORGET_AFTER: u64 = 60;

/// How long a process that starts waits for Redis: the same as one command of it may take.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Default)]
struct Known {
    /// Session → when it may be forgotten (seconds since 1970).
    sessions: HashMap<Uuid, u64>,
    /// User → the oldest version of the account whose tokens hold, and when to forget it.
    users: HashMap<UserId, (i32, u64)>,
    /// When what is over was last forgotten (seconds since 1970).
    tidied_at: u64,
}

impl Revocations {
    /// Whether a token with these claims is void.
    pub fn void(&self, claims: &Claims) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.sessions.contains_key(&claims.session_id)
            || known
                .users
                .get(&claims.user_id)
                .is_some_and(|(version, _)| claims.version < *version)
    }

    /// Whether the session was ended.
    pub fn has_ended(&self, session_id: Uuid) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.sessions.contains_key(&session_id)
    }

    /// Applies what a message says, and forgets what can no longer matter.
    pub fn apply(&self, message: &SessionsMessage) {
        let now = get_current_timestamp();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.forget_what_is_over(now);
        match message {
            SessionsMessage::SessionRevoked(ended) if counts(ended.expires_at, now) => {
                known.sessions.insert(ended.session_id, ended.expires_at);
            }
            SessionsMessage::UserChanged(changed) if counts(changed.expires_at, now) => {
                let entry = known.users.entry(changed.user_id).or_default();
                // Two changes may come in either order.
                *entry = (*entry).max((changed.version, changed.expires_at));
            }
            SessionsMessage::SessionRevoked(_) | SessionsMessage::UserChanged(_) => {}
        }
    }
}

impl Known {
    fn forget_what_is_over(&mut self, now: u64) {
        if now < self.tidied_at + FORGET_AFTER {
            return;
        }
        self.tidied_at = now;
        self.sessions.retain(|_, until| counts(*until, now));
        self.users.retain(|_, (_, until)| counts(*until, now));
    }
}

fn counts(until: u64, now: u64) -> bool {
    until.saturating_add(FORGET_AFTER) >= now
}

/// Learns of every end of a session: those of the last [`SESSION_LIFETIME`] before it returns, then
/// each as it happens, until `shutdown`. While Redis is away, what was learnt stays in force; a
/// process that starts without it waits for two seconds.
pub async fn follow_revocations(redis: Redis, revocations: Revocations, shutdown: &Shutdown) {
    let apply = move |message: SessionsMessage| revocations.apply(&message);
    let (caught_up, is_caught_up) = oneshot::channel();
    let token = shutdown.token();
    shutdown.spawn(follow(redis, SESSION_LIFETIME, token, apply, caught_up));
    if timeout(PATIENCE, is_caught_up).await.is_err() {
        warn!("Redis is away: sessions that have ended are accepted until it is back");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_forgotten_a_minute_later() {
        let mut known = Known::default();
        let session = Uuid::now_v7();
        known.sessions.insert(session, 1000);
        known.users.insert(UserId(1), (1, 1000));

        known.forget_what_is_over(1060);
        assert!(known.sessions.contains_key(&session));
        assert!(known.users.contains_key(&UserId(1)));

        known.forget_what_is_over(1061);
        assert!(known.sessions.contains_key(&session), "looked at just now");
        known.forget_what_is_over(1120);
        assert!(known.sessions.is_empty() && known.users.is_empty());
    }
}
