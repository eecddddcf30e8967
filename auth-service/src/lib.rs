//! Accounts and sessions: sign-up, login, logout, and who is signed in.
//!
//! Read `routes` for what can be called, `accounts` and `sessions` for what it does.

use std::sync::Arc;

use axum::{Router, extract::FromRef};
use sea_orm::DatabaseConnection;
use shared::{
    auth::{Revocations, TokenSigner, TokenVerifier},
    stream::Outbox,
};

pub mod demo;

mod accounts;
mod config;
mod credentials;
mod entity;
mod error;
mod keys;
mod migration;
mod password;
mod routes;
mod sessions;

pub use config::{Command, Config, KeyFiles};
pub use error::Error;
pub use keys::generate_key;
pub use migration::Migrator;
pub use password::Passwords;
pub use sessions::CookiePolicy;

/// What a handler may ask for.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The accounts.
    pub db: DatabaseConnection,
    /// The pool that hashes passwords.
    pub passwords: Passwords,
    /// The private key.
    pub signer: Arc<TokenSigner>,
    /// The public keys.
    pub tokens: TokenVerifier,
    /// Wakes the relay when a logout was committed.
    pub outbox: Outbox,
    /// How the session cookie is sent, and whether demo logins are.
    pub cookies: CookiePolicy,
}

impl AppState {
    /// Reads the key files and starts the password pool.
    ///
    /// # Errors
    /// When a key file cannot be read or holds no key of its kind.
    pub fn new(
        config: &Config,
        db: &DatabaseConnection,
        outbox: &Outbox,
        revocations: Revocations,
    ) -> anyhow::Result<Self> {
        let signer = TokenSigner::from_file(&config.token_signing_key_file)?;
        let tokens = TokenVerifier::from_config(&config.tokens, revocations)?;
        Ok(Self {
            db: db.clone(),
            passwords: Passwords::new(config.bcrypt_cost)?,
            signer: Arc::new(signer),
            tokens,
            outbox: outbox.clone(),
            cookies: CookiePolicy {
                is_secure: config.cookie_secure.is_on(),
                allows_demo: config.demo.is_on(),
            },
        })
    }
}

/// The whole HTTP surface of the service.
pub fn router(state: AppState) -> Router {
    Router::new()
        .nest("/api/auth", routes::router())
        .with_state(state)
}
