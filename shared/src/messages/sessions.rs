//! `sessions_stream`: what auth-service tells everybody who checks tokens.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    id::UserId,
    stream::{DecodeError, Fields, Message},
};

/// Everything that `sessions_stream` carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionsMessage {
    /// A session is over before its time.
    SessionRevoked(SessionRevoked),
    /// What tokens say about somebody is no longer true.
    UserChanged(UserChanged),
}

/// `session.revoked.v1`: its bearer logged out, or was logged out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRevoked {
    /// The tokens' `sid`.
    pub session_id: Uuid,
    /// When the session would have ended at the latest (seconds since 1970); afterwards it may be
    /// forgotten.
    pub expires_at: u64,
}

/// `user.changed.v1`: name, address, password, role, what the role may do, or being enabled changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserChanged {
    /// The user.
    pub user_id: UserId,
    /// Tokens with a lower `ver` are void.
    pub version: i32,
    /// When the last of those expires by itself (seconds since 1970).
    pub expires_at: u64,
}

const SESSION_REVOKED: &str = "session.revoked.v1";
const USER_CHANGED: &str = "user.changed.v1";

impl Message for SessionsMessage {
    const STREAM: &'static str = "sessions_stream";
    const GROUPS: &'static [&'static str] = &[];
    /// A session lives for a day after its last use; until then every process that starts has to
    /// hear of its end.
    const RETENTION: Duration = Duration::from_hours(25);

    fn kind(&self) -> &'static str {
        match self {
            Self::SessionRevoked(_) => SESSION_REVOKED,
            Self::UserChanged(_) => USER_CHANGED,
        }
    }

    fn fields(&self) -> Fields {
        match self {
            Self::SessionRevoked(ended) => Fields::default()
                .with("session_id", ended.session_id)
                .with("expires_at", ended.expires_at),
            Self::UserChanged(changed) => Fields::default()
                .with("user_id", changed.user_id)
                .with("version", changed.version)
                .with("expires_at", changed.expires_at),
        }
    }

    fn decode(kind: &str, fields: &Fields) -> Result<Self, DecodeError> {
        match kind {
            SESSION_REVOKED => Ok(Self::SessionRevoked(SessionRevoked {
                session_id: fields.parse("session_id")?,
                expires_at: fields.parse("expires_at")?,
            })),
            USER_CHANGED => Ok(Self::UserChanged(UserChanged {
                user_id: fields.parse("user_id")?,
                version: fields.parse("version")?,
                expires_at: fields.parse("expires_at")?,
            })),
            _ => Err(DecodeError::UnknownKind(kind.to_owned())),
        }
    }
}
