//! Where else somebody is signed in, and signing out there.

use sea_orm::TransactionTrait;
use shared::auth::Claims;
use tracing::info;
use uuid::Uuid;

use super::{Session, Sessions, Tokens, find_user};
use crate::{accounts, demo, error::Error};

impl Sessions {
    /// The caller's sessions that can still be refreshed: where everybody uses the account, only
    /// the one that asks.
    pub(crate) async fn list(&self, caller: &Claims) -> Result<Vec<Session>, Error> {
        let account = find_user(&self.db, caller.user_id).await?;
        let mut sessions = if demo::is_shared(&account) {
            Vec::from_iter(self.store.find(caller.session_id).await?)
        } else {
            self.store.list(caller.user_id).await?
        };
        sessions.retain(|it| self.goes_on(it, &account));
        Ok(sessions)
    }

    /// Whether this is a session of the caller that can still be refreshed.
    ///
    /// # Errors
    /// When everybody uses the account, so that it may be somebody else's.
    pub(crate) async fn is_of(&self, caller: &Claims, id: Uuid) -> Result<bool, Error> {
        let account = find_user(&self.db, caller.user_id).await?;
        if demo::is_shared(&account) && id != caller.session_id {
            return Err(Error::SharedAccount);
        }
        let session = self.store.find(id).await?;
        let session = session.filter(|it| it.user_id == caller.user_id);
        Ok(session.is_some_and(|it| self.goes_on(&it, &account)))
    }

    /// Ends every session of the caller but the one that asks, which gets a new token.
    pub(crate) async fn end_others(&self, caller: &Claims) -> Result<Tokens, Error> {
        let txn = self.db.begin().await?;
        let user = accounts::lock_of_caller(&txn, caller).await?;
        if demo::is_shared(&user) {
            return Err(Error::SharedAccount);
        }
        let user = accounts::end_sessions(&txn, user).await?;
        let announced = Self::announce(&txn, &user).await?;
        txn.commit().await?;
        self.tell(&announced);
        info!(user.id = user.id, "all other sessions ended");
        self.carry_over(&user, caller).await
    }
}
