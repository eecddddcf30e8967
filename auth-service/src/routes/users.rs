//! All accounts over HTTP, for those who manage them.

use axum::{Json, extract::State};
use sea_orm::DatabaseConnection;
use serde::{Deserialize, Serialize};
use shared::{
    auth::{Caller, Permission},
    http::{ApiError, Body, Page, PageQuery, PathId, QueryParams},
    id::UserId,
};

use super::accounts::UserView;
use crate::{
    Sessions,
    users::{self, UserChange},
};

/// The query string.
#[derive(Deserialize)]
pub(crate) struct UsersQuery {
    #[serde(default)]
    search: String,
    page: Option<u32>,
    limit: Option<u32>,
}

/// An account as administrators see it.
#[derive(Serialize)]
pub(crate) struct ManagedUser {
    #[serde(flatten)]
    account: UserView,
    is_disabled: bool,
}

/// One account.
#[derive(Serialize)]
pub(crate) struct Managed {
    user: ManagedUser,
}

/// `GET /api/auth/users`: 200 with a page of the accounts whose name or address holds `search`, as
/// `{items, total, page, limit}`; 400, 401, 403 `FORBIDDEN`.
pub(crate) async fn list(
    State(db): State<DatabaseConnection>,
    caller: Caller,
    QueryParams(query): QueryParams<UsersQuery>,
) -> Result<Json<Page<ManagedUser>>, ApiError> {
    caller.may(Permission::ManageUsers)?;
    let (page, limit) = PageQuery::new(query.page, query.limit).page_and_limit()?;
    let (all, total) = users::list(&db, query.search.trim(), (page, limit)).await?;
    Ok(Json(Page {
        items: all.into_iter().map(ManagedUser::from).collect(),
        total,
        page,
        limit,
    }))
}

/// `PATCH /api/auth/users/{id}` `{role?, is_disabled?}`: 200 with the account; 400, 401, 403
/// `FORBIDDEN`, 404, 409 `LAST_ADMIN`.
pub(crate) async fn change(
    State(db): State<DatabaseConnection>,
    State(sessions): State<Sessions>,
    caller: Caller,
    PathId(id): PathId<UserId>,
    Body(change): Body<UserChange>,
) -> Result<Json<Managed>, ApiError> {
    caller.may(Permission::ManageUsers)?;
    let user = users::change(&db, &sessions, (id, caller.id()), &change).await?;
    Ok(Json(Managed { user: user.into() }))
}

impl From<crate::entity::user::Model> for ManagedUser {
    fn from(user: crate::entity::user::Model) -> Self {
        Self {
            is_disabled: user.is_disabled,
            account: user.into(),
        }
    }
}
