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

use super::{accounts::UserView, client::Client};
use crate::{CookiePolicy, Logins, Sessions, accounts, credentials::ProfileBody, profile};

/// Whether someone is signed in, and who.
#[derive(Serialize)]
pub(crate) struct Check {
    #[serde(rename = "isAuth")]
    is_auth: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Known>,
}

/// What the token says about its bearer.
#[derive(Serialize)]
struct Known {
    id: UserId,
    username: String,
    email: String,
    role: String,
    permissions: Vec<String>,
}

/// What the caller may do.
#[derive(Serialize)]
pub(crate) struct Permissions {
    role: String,
    permissions: Vec<String>,
}

/// The caller's account, and what they may do.
#[derive(Serialize)]
pub(crate) struct Profile {
    #[serde(flatten)]
    user: UserView,
    permissions: Vec<String>,
}

/// A changed account.
#[derive(Serialize)]
pub(crate) struct Changed {
    message: &'static str,
    user: UserView,
}

/// `GET /api/auth/checkIsAuth`: always 200; says whether someone is signed in, and who.
pub(crate) async fn check(caller: Option<Caller>) -> Json<Check> {
    Json(Check {
        is_auth: caller.is_some(),
        user: caller.map(|caller| Known::new(&caller.claims)),
    })
}

/// `GET /api/auth/permissions`: 200 with what the caller may do, 401.
pub(crate) async fn list_permissions(caller: Caller) -> Json<Permissions> {
    Json(Permissions {
        role: caller.claims.role.clone(),
        permissions: names(&caller.claims),
    })
}

/// `GET /api/auth/me`: 200 with the caller's account, 401.
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

/// `PATCH /api/auth/me`: 200 with the changed account and a new token; 400 `VALIDATION_ERROR`, 401,
/// 403 `WRONG_PASSWORD` or `DEMO_ACCOUNT`, 409 `ACCOUNT_EXISTS`, 429 `RATE_LIMITED`, 503. A new
/// password ends all other sessions.
pub(crate) async fn change(
    State(logins): State<Logins>,
    State(sessions): State<Sessions>,
    (State(policy), cookies): (State<CookiePolicy>, Cookies),
    (caller, client): (Caller, Client),
    Body(body): Body<ProfileBody>,
) -> Result<Json<Changed>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let session = (caller.id(), caller.claims.session_id);
    let change = body.parse()?;
    let changed = profile::change(&logins, &sessions, session, change, client.address).await;
    let (user, tokens) = changed?;
    policy.hand_out(tokens, &cookies);
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
