//! All accounts over HTTP, for those who manage them.

use axum::{Json, extract::State};
use http::StatusCode;
use sea_orm::DatabaseConnection;
use serde::{Deserialize, Serialize};
use shared::{
    auth::{Caller, Permission},
    http::{ApiError, Body, Page, PageQuery, PathId, QueryParams},
    id::UserId,
};
use utoipa::{IntoParams, ToSchema};

use super::accounts::UserView;
use crate::{
    Sessions,
    users::{self, UserChange},
};

/// The query string.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsersQuery {
    /// What name or address must hold.
    #[serde(default)]
    #[param(required = false, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    search: String,
    /// Number of the page.
    #[param(nullable = false, minimum = 1, maximum = 10_000, default = 1)]
    page: Option<u32>,
    /// Most accounts of a page.
    #[param(nullable = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
}

/// An account as administrators see it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ManagedUser {
    #[serde(flatten)]
    account: UserView,
    is_disabled: bool,
}

/// One account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Managed {
    user: ManagedUser,
}

/// All accounts, for administrators.
#[utoipa::path(
    get, path = "/api/auth/users", operation_id = "list_users", params(UsersQuery),
    security(("session" = [])), responses((status = 200, body = Page<ManagedUser>)),
)]
pub(crate) async fn list(
    State(db): State<DatabaseConnection>,
    caller: Caller,
    QueryParams(query): QueryParams<UsersQuery>,
) -> Result<Json<Page<ManagedUser>>, ApiError> {
    caller.may(Permission::ManageUsers)?;
    let (page, limit) = PageQuery::new(query.page, query.limit).page_and_limit()?;
    // PostgreSQL cannot read a zero byte, and no other control character is part of a name.
    if query.search.chars().any(char::is_control) {
        let message = "search must be plain text";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "BAD_QUERY", message));
    }
    let (all, total) = users::list(&db, query.search.trim(), (page, limit)).await?;
    Ok(Json(Page {
        items: all.into_iter().map(ManagedUser::from).collect(),
        total,
        page,
        limit,
    }))
}

/// Changes a role, or disables an account; tokens of that user are void at once.
#[utoipa::path(
    patch, path = "/api/auth/users/{id}", operation_id = "change_user",
    params(("id" = i32, Path, minimum = 1)), request_body = UserChange,
    security(("session" = [])),
    responses(
        (status = 200, body = Managed),
        (status = 409, description = "`LAST_ADMIN`: nobody would be left to manage accounts"),
    ),
)]
pub(crate) async fn change(
    State(db): State<DatabaseConnection>,
    State(sessions): State<Sessions>,
    caller: Caller,
    PathId(id): PathId<UserId>,
    Body(change): Body<UserChange>,
) -> Result<Json<Managed>, ApiError> {
    caller.may(Permission::ManageUsers)?;
    let user = users::change(&db, &sessions, (id, &caller.claims), &change).await?;
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
