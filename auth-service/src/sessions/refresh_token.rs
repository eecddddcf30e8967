//! Refresh tokens: the id of a session and a secret that is good for one use.

use std::{fmt, str::FromStr};

use rand::{Rng, rng};
use shared::hex;
use uuid::Uuid;

/// Random bytes of a secret.
const BYTES: usize = 32;

/// What a browser shows to get a new access token. It has no `Debug`: it is a secret.
pub(crate) struct RefreshToken {
    session_id: Uuid,
    secret: String,
}

/// Text that is no refresh token.
pub(crate) struct Malformed;

impl RefreshToken {
    /// A new one for this session.
    pub(crate) fn generate(session_id: Uuid) -> Self {
        let mut bytes = [0; BYTES];
        rng().fill_bytes(&mut bytes);
        Self {
            session_id,
            secret: hex(&bytes),
        }
    }

    pub(crate) fn session_id(&self) -> Uuid {
        self.session_id
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
}

/// As it stands in the cookie.
impl fmt::Display for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.session_id.simple(), self.secret)
    }
}

impl FromStr for RefreshToken {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (id, secret) = text.split_once('.').ok_or(Malformed)?;
        let session_id = id.parse().map_err(|_| Malformed)?;
        if secret.len() != BYTES * 2 || !secret.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Malformed);
        }
        Ok(Self {
            session_id,
            secret: secret.to_owned(),
        })
    }
}
