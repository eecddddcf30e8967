//! Accounts: who there is.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr,
    EntityTrait, QueryFilter, QuerySelect, SqlErr, sea_query::Expr,
};
use shared::{auth::Claims, id::UserId};
use tracing::info;

use crate::{
    credentials::{Email, NewAccount, ProfileChange},
    entity::user::{self, PasswordHash},
    error::Error,
    password::Passwords,
};

/// Creates an account.
pub(crate) async fn register(
    db: &DatabaseConnection,
    passwords: &Passwords,
    account: NewAccount,
) -> Result<user::Model, Error> {
    let password_hash = passwords.hash(account.password).await?;
    let new = user::ActiveModel {
        username: Set(account.username.as_str().to_owned()),
        email: Set(account.email.as_str().to_owned()),
        password_hash: Set(PasswordHash(password_hash)),
        ..Default::default()
    };
    // No look-up first: the unique indexes decide, also between two simultaneous sign-ups.
    let inserted = user::Entity::insert(new).exec_with_returning(db).await;
    match inserted {
        Ok(user) => {
            info!(user.id = user.id, "account created");
            Ok(user)
        }
        Err(error) => Err(taken_or(error)),
    }
}

/// Somebody has the name or the address already, or something else went wrong.
fn taken_or(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::AccountExists,
        _ => error.into(),
    }
}

/// The account with this address.
pub(crate) async fn find(
    db: &DatabaseConnection,
    email: &Email,
) -> Result<Option<user::Model>, Error> {
    let user = user::Entity::find()
        .filter(user::COLUMN.email.eq(email.as_str()))
        .one(db)
        .await?;
    Ok(user)
}

/// The account with this id, which a token names.
pub(crate) async fn of(db: &impl ConnectionTrait, id: UserId) -> Result<user::Model, Error> {
    let user = user::Entity::find_by_id(id.0).one(db).await?;
    user.ok_or(Error::NoUser)
}

/// The account of a caller, unless it changed since their token was signed: the message that says so
/// may be on its way, and the rest of a request may come long after its token was checked.
pub(crate) async fn of_caller(
    db: &impl ConnectionTrait,
    caller: &Claims,
) -> Result<user::Model, Error> {
    unchanged(of(db, caller.user_id).await?, caller)
}

/// The same, locked until `txn` ends.
pub(crate) async fn lock_of_caller(
    txn: &impl ConnectionTrait,
    caller: &Claims,
) -> Result<user::Model, Error> {
    unchanged(lock(txn, caller.user_id).await?, caller)
}

fn unchanged(user: user::Model, caller: &Claims) -> Result<user::Model, Error> {
    if user.is_disabled || user.token_version != caller.version {
        return Err(Error::SessionOver);
    }
    Ok(user)
}

/// Ends all sessions but those that are carried over.
pub(crate) async fn end_sessions(
    txn: &impl ConnectionTrait,
    user: user::Model,
) -> Result<user::Model, Error> {
    let (token, session) = (user.token_version, user.session_version);
    let mut user: user::ActiveModel = user.into();
    user.session_version = Set(session + 1);
    user.token_version = Set(token + 1);
    Ok(user.update(txn).await?)
}

/// Changes one's own account. A new password ends all sessions but those that are carried over.
pub(crate) async fn change(
    txn: &impl ConnectionTrait,
    user: user::Model,
    change: &ProfileChange,
    password_hash: Option<String>,
) -> Result<user::Model, Error> {
    let (token, session) = (user.token_version, user.session_version);
    let mut user: user::ActiveModel = user.into();
    if let Some(username) = &change.username {
        user.username = Set(username.as_str().to_owned());
    }
    if let Some(email) = &change.email {
        user.email = Set(email.as_str().to_owned());
    }
    if let Some(hash) = password_hash {
        user.password_hash = Set(PasswordHash(hash));
        user.session_version = Set(session + 1);
    }
    user.token_version = Set(token + 1);
    user.update(txn).await.map_err(taken_or)
}

/// Locks the account with this id until `txn` ends.
pub(crate) async fn lock(txn: &impl ConnectionTrait, id: UserId) -> Result<user::Model, Error> {
    let user = user::Entity::find_by_id(id.0)
        .lock_exclusive()
        .one(txn)
        .await?;
    user.ok_or(Error::NoUser)
}

/// Stores a new hash of the same password, unless the user has another one by now.
pub(crate) async fn replace_hash(
    db: &DatabaseConnection,
    user: &user::Model,
    password_hash: String,
) -> Result<(), Error> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(password_hash))
        .filter(user::COLUMN.id.eq(user.id))
        .filter(user::Column::PasswordHash.eq(user.password_hash.clone()))
        .exec(db)
        .await?;
    Ok(())
}
