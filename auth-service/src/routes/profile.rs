//! One's own account over HTTP.

use axum::{Json, extract::State};
use sea_orm::DatabaseConnection;
use serde::Serialize;
use shared::{
    auth::{Caller, Claims, Permission},
    http::{ApiError, Body},
    id::UserId,
};
use tower_cookies::Cookies;
use utoipa::ToSchema;

use super::{accounts::UserView, client::Client};
use crate::{
    CookiePolicy, Logins, Sessions, accounts, credentials::ProfileBody, profile, users::Role,
};

/// Whether someone is signed in, and who.
#[derive(Serialize, ToSchema)]
pub(crate) struct Check {
    #[serde(rename = "isAuth")]
    is_auth: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user: Option<Known>,
}

/// What the token says about its bearer.
#[derive(Serialize, ToSchema)]
struct Known {
    id: UserId,
    username: String,
    email: String,
    #[schema(value_type = Role)]
    role: String,
    permissions: Vec<String>,
}

/// What the caller may do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Permissions {
    #[schema(value_type = Role)]
    role: String,
    permissions: Vec<String>,
}

/// The caller's account, and what they may do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Profile {
    #[serde(flatten)]
    user: UserView,
    permissions: Vec<String>,
}

/// A changed account.
#[derive(Serialize, ToSchema)]
#[schema(as = ChangedAccount)]
pub(crate) struct Changed {
    message: &'static str,
    user: UserView,
}

/// Says whether someone is signed in, and who; never an error.
#[utoipa::path(get, path = "/api/auth/checkIsAuth", responses((status = 200, body = Check)))]
pub(crate) async fn check(caller: Option<Caller>) -> Json<Check> {
    Json(Check {
        is_auth: caller.is_some(),
        user: caller.map(|caller| Known::new(&caller.claims)),
    })
}

/// What the caller may do.
#[utoipa::path(
    get, path = "/api/auth/permissions", security(("session" = [])),
    responses((status = 200, body = Permissions)),
)]
pub(crate) async fn list_permissions(caller: Caller) -> Json<Permissions> {
    Json(Permissions {
        role: caller.claims.role.clone(),
        permissions: names(&caller.claims),
    })
}

/// The caller's account.
#[utoipa::path(
    get, path = "/api/auth/me", operation_id = "show_account", security(("session" = [])),
    responses((status = 200, body = Profile)),
)]
pub(crate) async fn show(
    State(db): State<DatabaseConnection>,
    caller: Caller,
) -> Result<Json<Profile>, ApiError> {
    let user = accounts::of(&db, caller.id()).await?;
    Ok(Json(Profile {
        user: user.into(),
        permissions: names(&caller.claims),
    }))
}

/// Changes the caller's account, and renews its token; a new password ends all other sessions.
#[utoipa::path(
    patch, path = "/api/auth/me", operation_id = "change_account", request_body = ProfileBody,
    security(("session" = [])),
    responses(
        (status = 200, body = Changed),
        (status = 403, description = "`WRONG_PASSWORD`: of the `old_password`; `DEMO_ACCOUNT`: it \
                                      is everybody's; `ACCOUNT_DISABLED`: an administrator \
                                      disabled it; `FORBIDDEN`: your role may not"),
        (status = 409, description = "`ACCOUNT_EXISTS`: the username or the address is taken"),
    ),
)]
pub(crate) async fn change(
    State(logins): State<Logins>,
    State(sessions): State<Sessions>,
    (State(policy), cookies): (State<CookiePolicy>, Cookies),
    (caller, client): (Caller, Client),
    Body(body): Body<ProfileBody>,
) -> Result<Json<Changed>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let change = body.parse()?;
    let caller = &caller.claims;
    let changed = profile::change(&logins, &sessions, caller, change, client.address).await;
    let (user, tokens) = changed?;
    if let Some(tokens) = tokens {
        policy.hand_out(tokens, &cookies);
    }
    Ok(Json(Changed {
        message: "Account changed",
        user: user.into(),
    }))
}

impl Known {
    fn new(claims: &Claims) -> Self {
        Self {
            id: claims.user_id,
            username: claims.username.clone(),
            email: claims.email.clone(),
            role: claims.role.clone(),
            permissions: names(claims),
        }
    }
}

fn names(claims: &Claims) -> Vec<String> {
    claims.permissions().map(str::to_owned).collect()
}
