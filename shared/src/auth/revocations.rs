//! Tokens of people who logged out: every process that checks tokens knows them all.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use jsonwebtoken::get_current_timestamp;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::SESSION_LIFETIME;
use crate::{
    messages::sessions::SessionsMessage,
    redis::Redis,
    stream::{Since, follow},
};

/// The revoked tokens that have not expired by themselves.
#[derive(Clone, Default)]
pub struct Revocations {
    /// Token id → when the token expires (seconds since 1970).
    tokens: Arc<RwLock<HashMap<Uuid, u64>>>,
}

impl Revocations {
    /// Whether the token was revoked.
    pub fn contains(&self, token_id: Uuid) -> bool {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        tokens.contains_key(&token_id)
    }

    /// Revokes a token until it expires, and forgets those that have.
    pub fn add(&self, token_id: Uuid, expires_at: u64) {
        let now = get_current_timestamp();
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        tokens.retain(|_, expiry| *expiry >= now);
        tokens.insert(token_id, expires_at);
    }
}

/// Learns of every logout until `shutdown`: those of the last [`SESSION_LIFETIME`] first, then
/// each as it happens. While Redis is away, what was learnt stays in force.
pub async fn follow_revocations(
    redis: Redis,
    revocations: Revocations,
    shutdown: CancellationToken,
) {
    let since = Since::Ago(SESSION_LIFETIME);
    follow(
        redis,
        since,
        shutdown,
        |message: SessionsMessage| match message {
            SessionsMessage::TokenRevoked(revoked) => {
                revocations.add(revoked.token_id, revoked.expires_at);
            }
        },
    )
    .await;
}
