//! Logins: who is let in.

use std::net::IpAddr;

use sea_orm::DatabaseConnection;

use crate::{
    accounts,
    credentials::{Email, Password},
    demo,
    entity::user,
    error::Error,
    guard::Guard,
    password::{Match, Passwords},
};

/// What a password is checked with.
#[derive(Clone)]
pub struct Logins {
    /// The accounts.
    pub db: DatabaseConnection,
    /// The pool that checks passwords.
    pub passwords: Passwords,
    /// What slows guessing down.
    pub guard: Guard,
    /// Which accounts with the well-known password may be used.
    pub open: demo::Open,
}

impl Logins {
    /// The account with this address and password. An unknown address and a wrong password take
    /// the same time and get the same answer.
    pub(crate) async fn check(
        &self,
        (email, password): (Email, Password),
        client: IpAddr,
    ) -> Result<user::Model, Error> {
        let place = self.passwords.place()?;
        let user = accounts::find(&self.db, &email).await?;
        let hash = user.as_ref().map(|user| user.password_hash.0.clone());
        let again = password.clone();
        let thread = self.passwords.thread(place).await?;
        // What is counted is checked at once: who is put off, or goes away while they wait, has
        // tried nothing.
        let attempt = self.guard.admit(&email, client).await?;
        let outcome = self.passwords.verify(thread, password, hash).await?;
        let is_let_in = outcome != Match::No && self.open.admits(&email, &again);
        let Some(user) = user.filter(|_| is_let_in) else {
            return Err(Error::WrongCredentials);
        };
        self.guard.forget(attempt).await;
        if outcome == Match::Outdated {
            match self.passwords.hash(again).await {
                Ok(hash) => accounts::replace_hash(&self.db, &user, hash).await?,
                // Another login may do it as well.
                Err(Error::Busy) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(user)
    }

    /// A demo account, without a password.
    pub(crate) async fn demo(&self, which: demo::Part) -> Result<user::Model, Error> {
        if !self.open.demo {
            return Err(Error::NoDemo);
        }
        demo::find(&self.db, which).await?.ok_or(Error::NoDemo)
    }
}
