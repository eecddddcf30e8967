//! Sessions: a login begins one, refreshing keeps it, and its end is known everywhere at once.
//!
//! Whoever checks a token needs nobody for it: tokens are signed and last an hour. Redis has what
//! outlives them. Without it people stay signed in until their token expires, may log in for an
//! hour, and cannot refresh.

mod announcements;
mod cookies;
mod elsewhere;
mod refresh_token;
mod store;

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, TransactionTrait};
use shared::{
    auth::{Bearer, Claims, Revocations, TokenSigner},
    id::UserId,
    messages::sessions::SessionsMessage,
    redis::Redis,
    stream::{Outbox, Outgoing, outbox},
};
use time::OffsetDateTime;
use tracing::{info, warn};
use uuid::Uuid;

pub use self::cookies::CookiePolicy;
use self::store::Rotation;
pub(crate) use self::{
    announcements::user_changed,
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
    pub(crate) refresh: Refresh,
}

/// What becomes of the refresh token that the browser may have.
pub(crate) enum Refresh {
    /// This one takes its place.
    New(RefreshToken),
    /// It is good for one more time.
    Kept,
    /// It is another session's, and this one has none: Redis is away.
    None,
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
        let access = self.sign(user, session.id, u64::MAX).await?;
        let refresh = match self.store.begin(&session).await {
            Ok(refresh) => Refresh::New(refresh),
            Err(error) => {
                warn!(%error, user.id = user.id, "a session cannot be kept, it ends in an hour");
                Refresh::None
            }
        };
        Ok(Tokens { access, refresh })
    }

    /// New tokens for the presented one, which is good for this one time. Presented again, it ends
    /// the session: two have it, and nobody can tell who is who.
    pub(crate) async fn refresh(&self, presented: &RefreshToken) -> Result<Tokens, Error> {
        let id = presented.session_id();
        let session = self.store.find(id).await?.ok_or(Error::SessionOver)?;
        let user = self.user_of(&session).await?;
        match self.store.rotate(session.user_id, presented, now()).await? {
            Rotation::Rotated(refresh) => Ok(Tokens {
                access: self.sign(&user, id, u64::MAX).await?,
                refresh: Refresh::New(refresh),
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

    /// Ends a session: its tokens are void in every process, now.
    pub(crate) async fn end(&self, user: UserId, id: Uuid) -> Result<(), Error> {
        let ended = announcements::session_ended(id);
        let txn = self.db.begin().await?;
        outbox::enqueue(&txn, &[Outgoing::new(ended.clone())]).await?;
        txn.commit().await?;
        self.tell(&ended);
        // What stays in Redis is refused all the same: the message says so until it expires.
        if let Err(error) = self.store.end(user, id).await {
            warn!(%error, session.id = %id, "an ended session stays in Redis until it expires");
        }
        info!(user.id = %user, session.id = %id, "session ended");
        Ok(())
    }

    /// Says inside `txn` that tokens about earlier versions of this user are void.
    pub(crate) async fn announce(
        txn: &impl ConnectionTrait,
        user: &user::Model,
    ) -> Result<SessionsMessage, Error> {
        let changed = user_changed(UserId(user.id), user.token_version);
        outbox::enqueue(txn, &[Outgoing::new(changed.clone())]).await?;
        Ok(changed)
    }

    /// Applies here what was announced and is committed, and sends it to everybody else.
    pub(crate) fn tell(&self, announced: &SessionsMessage) {
        self.revocations.apply(announced);
        self.outbox.wake();
    }

    /// Goes on with a session after its user changed their own account: other sessions of a
    /// former version are over, this one is not. Its token is no younger than the one before: only
    /// a refresh token makes a session last.
    pub(crate) async fn carry_over(
        &self,
        user: &user::Model,
        caller: &Claims,
    ) -> Result<Tokens, Error> {
        let id = caller.session_id;
        if let Err(error) = self.store.keep_in(id, user.session_version).await {
            warn!(%error, session.id = %id, "a session ends when its token expires");
        }
        Ok(Tokens {
            access: self.sign(user, id, caller.exp).await?,
            refresh: Refresh::Kept,
        })
    }

    /// The user of a session that may go on.
    async fn user_of(&self, session: &Session) -> Result<user::Model, Error> {
        let user = find_user(&self.db, session.user_id).await?;
        if self.goes_on(session, &user) {
            Ok(user)
        } else {
            Err(Error::SessionOver)
        }
    }

    fn goes_on(&self, session: &Session, user: &user::Model) -> bool {
        !user.is_disabled
            && user.session_version == session.version
            && !self.revocations.has_ended(session.id)
    }

    /// A token of this session that ends as usual, or at `end` if that is earlier.
    async fn sign(&self, user: &user::Model, session_id: Uuid, end: u64) -> Result<String, Error> {
        let permissions = permissions::of_role(&self.db, &user.role).await?;
        let bearer = Bearer {
            user_id: UserId(user.id),
            username: &user.username,
            email: &user.email,
            role: &user.role,
            permissions: &permissions,
            session_id,
            version: user.token_version,
        };
        Ok(self.signer.sign_until(&bearer, end)?)
    }
}

async fn find_user(db: &impl ConnectionTrait, id: UserId) -> Result<user::Model, Error> {
    let user = user::Entity::find_by_id(id.0).one(db).await?;
    user.ok_or(Error::SessionOver)
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
