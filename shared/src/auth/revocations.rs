//! Sessions that ended and accounts that changed: every process that checks tokens knows of them.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use jsonwebtoken::get_current_timestamp;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Claims, SESSION_LIFETIME};
use crate::{
    id::UserId,
    messages::sessions::SessionsMessage,
    redis::Redis,
    stream::{Since, follow},
};

/// What makes tokens void before they expire.
#[derive(Clone, Default)]
pub struct Revocations {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    /// Session → when it may be forgotten (seconds since 1970).
    sessions: HashMap<Uuid, u64>,
    /// User → the oldest version of the account whose tokens hold, and when to forget it.
    users: HashMap<UserId, (i32, u64)>,
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
        known.sessions.retain(|_, forget_at| *forget_at >= now);
        known.users.retain(|_, (_, forget_at)| *forget_at >= now);
        match message {
            SessionsMessage::SessionRevoked(ended) => {
                known.sessions.insert(ended.session_id, ended.expires_at);
            }
            SessionsMessage::UserChanged(changed) => {
                let entry = known.users.entry(changed.user_id).or_default();
                // Two changes may come in either order.
                *entry = (*entry).max((changed.version, changed.expires_at));
            }
        }
    }
}

/// Learns of every end of a session until `shutdown`: those of the last [`SESSION_LIFETIME`]
/// first, then each as it happens. While Redis is away, what was learnt stays in force.
pub async fn follow_revocations(
    redis: Redis,
    revocations: Revocations,
    shutdown: CancellationToken,
) {
    let since = Since::Ago(SESSION_LIFETIME);
    follow(redis, since, shutdown, |message: SessionsMessage| {
        revocations.apply(&message);
    })
    .await;
}
