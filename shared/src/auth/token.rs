//! Session tokens: what they claim, how they are signed and checked.

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{DecodePrivateKey, DecodePublicKey},
};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
    get_current_timestamp,
};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::{
    KeyError, Permission, Revocations, eddsa,
    keys::{key_id, read},
};
use crate::{config::TokenConfig, id::UserId};

/// How long a token is valid (1 h): whoever steals one has it for no longer.
pub const TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// How long a session lasts after its last use without a new login (24 h).
pub const SESSION_LIFETIME: Duration = Duration::from_hours(24);

/// The only audience: every part of one mesh trusts the same tokens.
const AUDIENCE: &str = "mesh";

/// Clocks of two machines may differ by this much (seconds).
const LEEWAY: u64 = 5;

/// Tokens remembered as verified. An entry is about 1 KiB, so the bound is about 10 MiB.
const REMEMBERED: usize = 10_000;

/// What a token says about its bearer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    #[serde(rename = "userId")]
    pub user_id: UserId,
    /// The user's name, shown to others.
    pub username: String,
    /// The user's address, shown to nobody else.
    pub email: String,
    /// `USER` or `ADMIN`, for people to read; what counts is `scope`.
    pub role: String,
    /// The names of what the user may do, with blanks between them (RFC 8693 §4.2).
    pub scope: String,
    /// The session that it belongs to.
    #[serde(rename = "sid")]
    pub session_id: Uuid,
    /// Of which version of the account it speaks.
    #[serde(rename = "ver")]
    pub version: i32,
    /// Id of the token.
    pub jti: Uuid,
    /// When it was issued (seconds since 1970).
    pub iat: u64,
    /// When it ends (seconds since 1970).
    pub exp: u64,
    /// Who shall accept it.
    aud: String,
}

/// Whom a token is for.
#[derive(Clone, Copy, Debug)]
pub struct Bearer<'a> {
    /// The user.
    pub user_id: UserId,
    /// The user's name.
    pub username: &'a str,
    /// The user's address.
    pub email: &'a str,
    /// `USER` or `ADMIN`.
    pub role: &'a str,
    /// What the user may do.
    pub permissions: &'a [Permission],
    /// The session.
    pub session_id: Uuid,
    /// The version of the account.
    pub version: i32,
}

/// Why a token is not accepted. The caller learns only that it is not.
#[derive(Debug, Error)]
pub enum TokenError {
    /// Malformed, forged, or signed with an unknown key or another algorithm.
    #[error("the token is not valid")]
    Invalid(#[from] jsonwebtoken::errors::Error),
    /// Signed with a key that is not in the file.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its session ended, or its bearer's account changed.
    #[error("the token was revoked")]
    Revoked,
}

/// Signs tokens; only auth-service has the key for it.
pub struct TokenSigner {
    key: EncodingKey,
    header: Header,
}

impl Claims {
    /// Whether the bearer may do this.
    pub fn permit(&self, permission: Permission) -> bool {
        self.permissions().any(|name| name == permission.as_str())
    }

    /// The names of what the bearer may do.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.scope.split_ascii_whitespace()
    }
}

impl TokenSigner {
    /// A signer with the private key of this file.
    ///
    /// # Errors
    /// When the file cannot be read or holds no Ed25519 private key.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        Self::from_pem(&read(path)?)
    }

    /// A signer with the PKCS#8 private key of a PEM file.
    ///
    /// # Errors
    /// When the file holds no Ed25519 private key.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        eddsa::install();
        let parsed = pem::parse(pem)?;
        let key = SigningKey::from_pkcs8_der(parsed.contents()).map_err(|_| KeyError::Kind)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key_id(&key.verifying_key()));
        Ok(Self {
            key: EncodingKey::from_ed_der(parsed.contents()),
            header,
        })
    }

    /// A token for a user, valid for [`TOKEN_LIFETIME`] from now.
    ///
    /// # Errors
    /// When signing fails, which a checked key does not.
    pub fn sign(&self, bearer: &Bearer) -> Result<String, TokenError> {
        self.sign_until(bearer, u64::MAX)
    }

    /// The same, but not longer than until `end` (seconds since 1970).
    ///
    /// # Errors
    /// As [`TokenSigner::sign`].
    pub fn sign_until(&self, bearer: &Bearer, end: u64) -> Result<String, TokenError> {
        let now = get_current_timestamp();
        let scope: Vec<_> = bearer.permissions.iter().map(|it| it.as_str()).collect();
        let claims = Claims {
            user_id: bearer.user_id,
            username: bearer.username.to_owned(),
            email: bearer.email.to_owned(),
            role: bearer.role.to_owned(),
            scope: scope.join(" "),
            session_id: bearer.session_id,
            version: bearer.version,
            jti: Uuid::now_v7(),
            iat: now,
            exp: end.min(now + TOKEN_LIFETIME.as_secs()),
            aud: AUDIENCE.to_owned(),
        };
        Ok(encode(&self.header, &claims, &self.key)?)
    }
}

/// Checks tokens, and remembers those it has checked: an Ed25519 check costs as much as the
/// rest of a request, and a session sends the same token every time.
#[derive(Clone)]
pub struct TokenVerifier {
    keys: Arc<HashMap<String, DecodingKey>>,
    verified: Arc<Cache<String, Arc<Claims>>>,
    revocations: Revocations,
}

impl TokenVerifier {
    /// A verifier with the public keys of the configured file.
    ///
    /// # Errors
    /// When the file cannot be read or holds no Ed25519 public key.
    pub fn from_config(config: &TokenConfig, revocations: Revocations) -> Result<Self, KeyError> {
        Self::from_pem(&read(&config.token_public_keys_file)?, revocations)
    }

    /// A verifier with the public keys of a PEM file.
    ///
    /// # Errors
    /// When the file holds no Ed25519 public key.
    pub fn from_pem(pem: &[u8], revocations: Revocations) -> Result<Self, KeyError> {
        eddsa::install();
        let mut keys = HashMap::new();
        for block in pem::parse_many(pem)? {
            let key = VerifyingKey::from_public_key_der(block.contents());
            let key = key.map_err(|_| KeyError::Kind)?;
            keys.insert(key_id(&key), DecodingKey::from_ed_der(key.as_bytes()));
        }
        if keys.is_empty() {
            return Err(KeyError::Kind);
        }
        Ok(Self {
            keys: Arc::new(keys),
            verified: Arc::new(Cache::new(REMEMBERED)),
            revocations,
        })
    }

    /// The claims of a token that is genuine, current and not revoked.
    ///
    /// # Errors
    /// When it is not; the reason is for logs and tests.
    pub fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        let claims = match self.verified.get(token) {
            Some(claims) => claims,
            None => self.check(token)?,
        };
        self.check_again(&claims)?;
        Ok(claims)
    }

    /// Whether claims that were accepted before still hold: a connection may outlive its token.
    ///
    /// # Errors
    /// When they do not any more.
    pub fn check_again(&self, claims: &Claims) -> Result<(), TokenError> {
        if claims.exp + LEEWAY < get_current_timestamp() {
            return Err(TokenError::Expired);
        }
        if self.revocations.void(claims) {
            return Err(TokenError::Revoked);
        }
        Ok(())
    }

    /// Checks signature and claims, and remembers the whole token when they hold.
    fn check(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        let key = decode_header(token)?
            .kid
            .and_then(|id| self.keys.get(&id))
            .ok_or(TokenError::UnknownKey)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = LEEWAY;
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud"]);
        let claims = Arc::new(decode::<Claims>(token, key, &validation)?.claims);
        self.verified.insert(token.to_owned(), Arc::clone(&claims));
        Ok(claims)
    }
}
