//! Accounts and sessions: who people are, what they may do, and where they are signed in.
//!
//! Read `routes` for what can be called; `logins` and `sessions` for how people get in and out.

use axum::{Router, extract::FromRef};
use sea_orm::DatabaseConnection;
use serde_json::Value;
use shared::{
    auth::{Revocations, TokenSigner, TokenVerifier},
    redis::Redis,
    stream::Outbox,
};
use tower_cookies::CookieManagerLayer;

pub mod demo;

mod accounts;
mod addresses;
mod admin;
mod config;
mod credentials;
mod entity;
mod error;
mod guard;
mod keys;
mod logins;
mod migration;
mod password;
mod permissions;
mod profile;
mod routes;
mod sessions;
mod users;

pub use admin::create_admin;
pub use config::{Command, Config, FirstAdmin, KeyFiles, RolePermissions};
pub use error::Error;
pub use guard::Guard;
pub use keys::generate_key;
pub use logins::Logins;
pub use migration::Migrator;
pub use password::Passwords;
pub use permissions::change_permissions;
pub use sessions::{CookiePolicy, Sessions};

/// What a handler may ask for.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The accounts.
    pub db: DatabaseConnection,
    /// The pool that hashes passwords.
    pub passwords: Passwords,
    /// Who is let in.
    pub logins: Logins,
    /// Who is in.
    pub sessions: Sessions,
    /// The public keys.
    pub tokens: TokenVerifier,
    /// How the cookies of a session are sent.
    pub cookies: CookiePolicy,
}

impl AppState {
    /// Puts the parts together; `outbox` is woken when a session ends.
    pub fn new(
        (db, redis, outbox): (DatabaseConnection, Redis, Outbox),
        passwords: Passwords,
        (signer, tokens, revocations): (TokenSigner, TokenVerifier, Revocations),
        (cookies, open): (CookiePolicy, demo::Open),
    ) -> Self {
        Self {
            logins: Logins {
                db: db.clone(),
                passwords: passwords.clone(),
                guard: Guard::new(redis.clone()),
                open,
            },
            sessions: Sessions::new((db.clone(), redis, outbox), signer, revocations),
            db,
            passwords,
            tokens,
            cookies,
        }
    }

    /// Reads the key files and starts the password pool.
    ///
    /// # Errors
    /// When a key file cannot be read or holds no key of its kind.
    pub fn from_config(
        config: &Config,
        servers: (DatabaseConnection, Redis, Outbox),
        revocations: Revocations,
    ) -> anyhow::Result<Self> {
        let signer = TokenSigner::from_file(&config.token_signing_key_file)?;
        let tokens = TokenVerifier::from_config(&config.tokens, revocations.clone())?;
        let is_secure = config.cookie_secure.is_on();
        let open = demo::Open {
            demo: config.demo.is_on(),
            dev_admin: config.dev_admin.is_on(),
        };
        Ok(Self::new(
            servers,
            Passwords::new(config.accounts.bcrypt_cost)?,
            (signer, tokens, revocations),
            (CookiePolicy { is_secure }, open),
        ))
    }
}

/// The whole HTTP surface of the service.
pub fn router(state: AppState) -> Router {
    let routes = routes::api().into_router();
    routes.layer(CookieManagerLayer::new()).with_state(state)
}

/// What the service can be asked, as OpenAPI.
pub fn document() -> Value {
    routes::api().document()
}
