//! Sessions: a login begins one, refreshing keeps it, and its end is known everywhere at once.
//!
//! Whoever checks a token needs nobody for it: tokens are signed and last an hour. Redis has what
//! outlives them. Without it people stay signed in until their token expires, may log in for an
//! hour, and cannot refresh.

mod cookies;
mod refresh_token;
mod store;

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, TransactionTrait};
use shared::{
    auth::{Bearer, Revocations, SESSION_LIFETIME, TOKEN_LIFETIME, TokenSigner},
    id::UserId,
    messages::sessions::{SessionRevoked, SessionsMessage, UserChanged},
    redis::Redis,
    stream::{Outbox, Outgoing, outbox},
};
use time::OffsetDateTime;
use tracing::{info, warn};
use uuid::Uuid;

pub use self::cookies::CookiePolicy;
use self::store::Rotation;
pub(crate) use self::{
    cookies::Presented,
    refresh_token::RefreshToken,
    store::{Session, SessionStore},
};
use crate::{entity::user, error::Error, permissions};

/// Longest `User-Agent` that is kept (characters).
const MAX_USER_AGENT: usize = 200;

/// What a browser gets when it signs in or refreshes.
pub(crate) struct Tokens {
    pub(crate) access: String,
    /// None while Redis is away.
    pub(crate) refresh: Option<RefreshToken>,
}

/// Everything that begins, renews and ends sessions.
#[derive(Clone)]
pub struct Sessions {
    db: DatabaseConnection,
    store: SessionStore,
    signer: Arc<TokenSigner>,
    revocations: Revocations,
    outbox: Outbox,
}

impl Sessions {
    /// Sessions kept in `redis`, of the users in `db`; `outbox` is woken when one ends.
    pub fn new(
        (db, redis, outbox): (DatabaseConnection, Redis, Outbox),
        signer: TokenSigner,
        revocations: Revocations,
    ) -> Self {
        Self {
            db,
            store: SessionStore::new(redis),
            signer: Arc::new(signer),
            revocations,
            outbox,
        }
    }

    /// Begins a session of this user, who has proved to be that.
    pub(crate) async fn begin(
        &self,
        user: &user::Model,
        user_agent: &str,
    ) -> Result<Tokens, Error> {
        if user.is_disabled {
            return Err(Error::Disabled);
        }
        let now = now();
        let session = Session {
            id: Uuid::now_v7(),
            user_id: UserId(user.id),
            version: user.session_version,
            user_agent: user_agent.chars().take(MAX_USER_AGENT).collect(),
            created_at: now,
            last_used_at: now,
        };
        let access = self.sign(user, session.id).await?;
        let refresh = self.store.begin(&session).await;
        if let Err(error) = &refresh {
            warn!(%error, user.id = user.id, "a session cannot be kept, it ends in an hour");
        }
        Ok(Tokens {
            access,
            refresh: refresh.ok(),
        })
    }

    /// New tokens for the presented one, which is good for this one time. Presented again, it ends
    /// the session: two have it, and nobody can tell who is who.
    pub(crate) async fn refresh(&self, presented: &RefreshToken) -> Result<Tokens, Error> {
        let id = presented.session_id();
        let session = self.store.find(id).await?.ok_or(Error::SessionOver)?;
        let user = self.user_of(&session).await?;
        match self.store.rotate(session.user_id, presented, now()).await? {
            Rotation::Rotated(refresh) => Ok(Tokens {
                access: self.sign(&user, id).await?,
                refresh: Some(refresh),
            }),
            Rotation::Gone => Err(Error::SessionOver),
            Rotation::Reused => {
                warn!(user.id = user.id, session.id = %id, "a refresh token was used twice");
                self.end(session.user_id, id).await?;
                Err(Error::SessionOver)
            }
        }
    }

    /// The session whose current refresh token this is.
    pub(crate) async fn of_token(&self, token: &RefreshToken) -> Result<Option<Session>, Error> {
        if !self.store.is_current(token).await? {
            return Ok(None);
        }
        Ok(self.store.find(token.session_id()).await?)
    }

    /// The sessions of a user that can still be refreshed.
    pub(crate) async fn list(&self, user: UserId) -> Result<Vec<Session>, Error> {
        let account = find_user(&self.db, user).await?;
        let mut sessions = self.store.list(user).await?;
        sessions.retain(|it| {
            it.version == account.session_version && !self.revocations.has_ended(it.id)
        });
        Ok(sessions)
    }

    /// Ends a session: its tokens are void in every process, now.
    pub(crate) async fn end(&self, user: UserId, id: Uuid) -> Result<(), Error> {
        self.end_all(user, &[id]).await
    }

    /// Ends several sessions of one user.
    pub(crate) async fn end_all(&self, user: UserId, ids: &[Uuid]) -> Result<(), Error> {
        let expires_at = in_seconds(SESSION_LIFETIME);
        let ended = |id: &Uuid| {
            Outgoing::new(SessionsMessage::SessionRevoked(SessionRevoked {
                session_id: *id,
                expires_at,
            }))
        };
        let messages: Vec<_> = ids.iter().map(ended).collect();
        let txn = self.db.begin().await?;
        outbox::enqueue(&txn, &messages).await?;
        txn.commit().await?;
        self.outbox.wake();
        for (id, outgoing) in ids.iter().zip(&messages) {
            self.revocations.apply(&outgoing.message);
            // What stays in Redis is refused all the same: the message says so until it expires.
            if let Err(error) = self.store.end(user, *id).await {
                warn!(%error, session.id = %id, "an ended session stays in Redis until it expires");
            }
            info!(user.id = %user, session.id = %id, "session ended");
        }
        Ok(())
    }

    /// Says inside `txn` that tokens about earlier versions of this user are void.
    pub(crate) async fn announce(
        txn: &impl ConnectionTrait,
        user: &user::Model,
    ) -> Result<SessionsMessage, Error> {
        let changed = SessionsMessage::UserChanged(UserChanged {
            user_id: UserId(user.id),
            version: user.token_version,
            expires_at: in_seconds(TOKEN_LIFETIME),
        });
        outbox::enqueue(txn, &[Outgoing::new(changed.clone())]).await?;
        Ok(changed)
    }

    /// Applies here what was announced and is committed, and sends it to everybody else.
    pub(crate) fn tell(&self, announced: &SessionsMessage) {
        self.revocations.apply(announced);
        self.outbox.wake();
    }

    /// Goes on with a session after its user changed their own account: other sessions of a
    /// former version are over, this one is not.
    pub(crate) async fn carry_over(&self, user: &user::Model, id: Uuid) -> Result<Tokens, Error> {
        if let Err(error) = self.store.keep_in(id, user.session_version).await {
            warn!(%error, session.id = %id, "a session ends when its token expires");
        }
        Ok(Tokens {
            access: self.sign(user, id).await?,
            refresh: None,
        })
    }

    /// The user of a session that may go on.
    async fn user_of(&self, session: &Session) -> Result<user::Model, Error> {
        let user = find_user(&self.db, session.user_id).await?;
        let is_over = user.is_disabled
            || user.session_version != session.version
            || self.revocations.has_ended(session.id);
        if is_over {
            Err(Error::SessionOver)
        } else {
            Ok(user)
        }
    }

    async fn sign(&self, user: &user::Model, session_id: Uuid) -> Result<String, Error> {
        let permissions = permissions::of_role(&self.db, &user.role).await?;
        Ok(self.signer.sign(&Bearer {
            user_id: UserId(user.id),
            username: &user.username,
            email: &user.email,
            role: &user.role,
            permissions: &permissions,
            session_id,
            version: user.token_version,
        })?)
    }
}

async fn find_user(db: &impl ConnectionTrait, id: UserId) -> Result<user::Model, Error> {
    let user = user::Entity::find_by_id(id.0).one(db).await?;
    user.ok_or(Error::SessionOver)
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// Seconds since 1970, `span` from now.
fn in_seconds(span: std::time::Duration) -> u64 {
    u64::try_from(now()).unwrap_or_default() + span.as_secs()
}
