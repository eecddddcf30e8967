//! `sessions_stream`: what auth-service tells everybody who checks tokens.

use std::time::Duration;

use uuid::Uuid;

use crate::stream::{DecodeError, Fields, Message};

/// Everything that `sessions_stream` carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionsMessage {
    /// A token is void before its time.
    TokenRevoked(TokenRevoked),
}

/// `token.revoked.v1`: the bearer logged out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRevoked {
    /// The token's `jti`.
    pub token_id: Uuid,
    /// When it would have expired (seconds since 1970); afterwards it may be forgotten.
    pub expires_at: u64,
}

const TOKEN_REVOKED: &str = "token.revoked.v1";

impl Message for SessionsMessage {
    const STREAM: &'static str = "sessions_stream";
    const GROUPS: &'static [&'static str] = &[];
    /// A token lives for a day; until then every process that starts has to hear of it.
    const RETENTION: Duration = Duration::from_hours(25);

    fn kind(&self) -> &'static str {
        match self {
            Self::TokenRevoked(_) => TOKEN_REVOKED,
        }
    }

    fn fields(&self) -> Fields {
        let Self::TokenRevoked(revoked) = self;
        Fields::default()
            .with("token_id", revoked.token_id)
            .with("expires_at", revoked.expires_at)
    }

    fn decode(kind: &str, fields: &Fields) -> Result<Self, DecodeError> {
        if kind != TOKEN_REVOKED {
            return Err(DecodeError::UnknownKind(kind.to_owned()));
        }
        Ok(Self::TokenRevoked(TokenRevoked {
            token_id: fields.parse("token_id")?,
            expires_at: fields.parse("expires_at")?,
        }))
    }
}
