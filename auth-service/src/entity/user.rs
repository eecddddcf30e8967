//! Table `users`.

use std::fmt;

use sea_orm::entity::prelude::*;

/// bcrypt; the only form in which a password is kept. It does not show in logs.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub(crate) struct PasswordHash(pub(crate) String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// An account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) username: String,
    /// In lower case.
    pub(crate) email: String,
    pub(crate) password_hash: PasswordHash,
    /// `USER` or `ADMIN`.
    pub(crate) role: String,
    /// Whether the account may not be used.
    pub(crate) is_disabled: bool,
    /// Counts changes of what tokens say; tokens of an earlier one are void.
    pub(crate) token_version: i32,
    /// Counts what ends sessions; those of an earlier one are over.
    pub(crate) session_version: i32,
    pub(crate) created_at: TimeDateTimeWithTimeZone,
}

impl ActiveModelBehavior for ActiveModel {}
