//! All accounts, for those who manage them.

use clap::ValueEnum;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, TransactionTrait, raw_sql,
    sea_query::{Expr, ExprTrait, Func, LikeExpr},
};
use serde::Deserialize;
use shared::{auth::Claims, id::UserId};
use tracing::info;
use utoipa::ToSchema;

use crate::{accounts, entity::user, error::Error, sessions::Sessions};

/// A role that an account can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema, ValueEnum)]
#[serde(rename_all = "UPPERCASE")]
#[value(rename_all = "UPPER")]
pub(crate) enum Role {
    /// Buys and sells.
    User,
    /// Runs the shop.
    Admin,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Admin => "ADMIN",
        }
    }
}

/// What an administrator changes about an account: what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    role: Option<Role>,
    is_disabled: Option<bool>,
}

/// One page of the accounts whose name or address holds `search`, the oldest first, and how many
/// there are in all.
pub(crate) async fn list(
    db: &DatabaseConnection,
    search: &str,
    (page, limit): (u32, u32),
) -> Result<(Vec<user::Model>, u64), Error> {
    let found = || user::Entity::find().filter(holds(search));
    let total = found().count(db).await?;
    let users = found()
        .order_by_asc(user::Column::Id)
        .offset(u64::from(page - 1) * u64::from(limit))
        .limit(u64::from(limit))
        .all(db)
        .await?;
    Ok((users, total))
}

/// Changes role or being disabled; the account's tokens are void at once, and with them, when it
/// is disabled, its sessions.
pub(crate) async fn change(
    db: &DatabaseConnection,
    sessions: &Sessions,
    (id, by): (UserId, &Claims),
    change: &UserChange,
) -> Result<user::Model, Error> {
    let txn = db.begin().await?;
    let admins = lock_admins(&txn).await?;
    accounts::of_caller(&txn, by).await?;
    let before = accounts::lock(&txn, id).await?;
    let is_disabled = change.is_disabled.unwrap_or(before.is_disabled);
    let is_same_role = change.role.is_none_or(|role| role.as_str() == before.role);
    if is_same_role && is_disabled == before.is_disabled {
        return Ok(before);
    }
    let role = match change.role {
        Some(role) => role.as_str(),
        None => before.role.as_str(),
    };
    if admins == [id.0] && (role != Role::Admin.as_str() || is_disabled) {
        return Err(Error::LastAdmin);
    }
    let ends_sessions = i32::from(is_disabled && !before.is_disabled);
    let after = user::ActiveModel {
        id: Set(id.0),
        role: Set(role.to_owned()),
        is_disabled: Set(is_disabled),
        token_version: Set(before.token_version + 1),
        session_version: Set(before.session_version + ends_sessions),
        ..Default::default()
    };
    let after = after.update(&txn).await?;
    let announced = Sessions::announce(&txn, &after).await?;
    txn.commit().await?;
    sessions.tell(&announced);
    info!(
        user.id = id.0,
        by = %by.user_id,
        role,
        is_disabled,
        "account changed by an administrator"
    );
    Ok(after)
}

/// The administrators who can do something, locked: two of them cannot remove each other.
async fn lock_admins(txn: &impl ConnectionTrait) -> Result<Vec<i32>, Error> {
    let rows = txn
        .query_all_raw(raw_sql!(
            Postgres,
            "SELECT id FROM users WHERE role = 'ADMIN' AND NOT is_disabled
             ORDER BY id FOR UPDATE"
        ))
        .await?;
    let ids = rows.iter().map(|row| row.try_get_by_index(0));
    Ok(ids.collect::<Result<_, _>>()?)
}

fn holds(search: &str) -> Condition {
    let escaped: String = search
        .to_lowercase()
        .chars()
        .flat_map(|c| {
            matches!(c, '%' | '_' | '\\')
                .then_some('\\')
                .into_iter()
                .chain([c])
        })
        .collect();
    let pattern = || LikeExpr::new(format!("%{escaped}%")).escape('\\');
    let name = Expr::expr(Func::lower(Expr::col(user::Column::Username)));
    Condition::any()
        .add(name.like(pattern()))
        .add(user::Column::Email.like(pattern()))
}
