//! Accounts: who there is.

use sea_orm::{
    ActiveValue::Set, DatabaseConnection, EntityTrait, QueryFilter, SqlErr, sea_query::Expr,
};
use tracing::info;

use crate::{
    credentials::{Email, NewAccount},
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
        Err(error) => match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Err(Error::AccountExists),
            _ => Err(error.into()),
        },
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

/// Stores a new hash of the same password.
pub(crate) async fn replace_hash(
    db: &DatabaseConnection,
    user_id: i32,
    password_hash: String,
) -> Result<(), Error> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(password_hash))
        .filter(user::COLUMN.id.eq(user_id))
        .exec(db)
        .await?;
    Ok(())
}
