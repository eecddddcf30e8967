//! What everybody who checks tokens is told.

use std::time::Duration;

use shared::{
    auth::{SESSION_LIFETIME, TOKEN_LIFETIME},
    id::UserId,
    messages::sessions::{SessionRevoked, SessionsMessage, UserChanged},
};
use uuid::Uuid;

use super::now;

/// The session is over.
pub(super) fn session_ended(id: Uuid) -> SessionsMessage {
    SessionsMessage::SessionRevoked(SessionRevoked {
        session_id: id,
        expires_at: in_seconds(SESSION_LIFETIME),
    })
}

/// Tokens about versions of this user before `version` are void.
pub(crate) fn user_changed(id: UserId, version: i32) -> SessionsMessage {
    SessionsMessage::UserChanged(UserChanged {
        user_id: id,
        version,
        expires_at: in_seconds(TOKEN_LIFETIME),
    })
}

/// Seconds since 1970, `span` from now.
fn in_seconds(span: Duration) -> u64 {
    u64::try_from(now()).unwrap_or_default() + span.as_secs()
}
