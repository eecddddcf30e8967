//! One's own account.

use std::net::IpAddr;

use sea_orm::TransactionTrait;
use shared::auth::Claims;
use tracing::info;

use crate::{
    accounts,
    credentials::{Email, ProfileChange},
    demo,
    entity::user,
    error::Error,
    logins::Logins,
    sessions::{Sessions, Tokens},
};

/// Changes the account and returns it, with new tokens for the session that asked if anything
/// changed.
pub(crate) async fn change(
    logins: &Logins,
    sessions: &Sessions,
    caller: &Claims,
    change: ProfileChange,
    client: IpAddr,
) -> Result<(user::Model, Option<Tokens>), Error> {
    let user = accounts::of_caller(&logins.db, caller).await?;
    if demo::is_shared(&user) {
        return Err(Error::SharedAccount);
    }
    if let Some(password) = change.old_password.clone() {
        let email = Email::stored(&user.email);
        match logins.check((email, password), client).await {
            Ok(_) => {}
            Err(Error::WrongCredentials) => return Err(Error::WrongOldPassword),
            Err(error) => return Err(error),
        }
    }
    if change.is_empty() {
        return Ok((user, None));
    }
    let hash = match change.password.clone() {
        Some(password) => Some(logins.passwords.hash(password).await?),
        None => None,
    };
    let txn = logins.db.begin().await?;
    let user = accounts::lock_of_caller(&txn, caller).await?;
    let user = accounts::change(&txn, user, &change, hash).await?;
    let announced = Sessions::announce(&txn, &user).await?;
    txn.commit().await?;
    sessions.tell(&announced);
    info!(user.id = user.id, "account changed by its owner");
    let tokens = sessions.carry_over(&user, caller).await?;
    Ok((user, Some(tokens)))
}
