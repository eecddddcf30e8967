//! Accounts over HTTP.

use axum::{Json, extract::State};
use http::StatusCode;
use sea_orm::{DatabaseConnection, prelude::TimeDateTimeWithTimeZone};
use serde::Serialize;
use shared::http::{ApiError, Body};
use utoipa::ToSchema;

use crate::{accounts, credentials::SignUpBody, entity::user, password::Passwords, users::Role};

/// An account as its owner sees it. The hash is not part of it, and never leaves the service.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    #[schema(minimum = 1)]
    id: i32,
    username: String,
    #[schema(format = Email)]
    email: String,
    #[schema(value_type = Role)]
    role: String,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: TimeDateTimeWithTimeZone,
}

/// A new account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    message: &'static str,
    user: UserView,
}

/// Opens an account.
#[utoipa::path(
    post, path = "/api/auth/signup", operation_id = "sign_up", request_body = SignUpBody,
    responses(
        (status = 201, body = Registered),
        (status = 409, description = "`ACCOUNT_EXISTS`: the username or the address is taken"),
    ),
)]
pub(crate) async fn register(
    State(db): State<DatabaseConnection>,
    State(passwords): State<Passwords>,
    Body(body): Body<SignUpBody>,
) -> Result<(StatusCode, Json<Registered>), ApiError> {
    let user = accounts::register(&db, &passwords, body.parse()?).await?;
    let registered = Registered {
        message: "User registered successfully",
        user: user.into(),
    };
    Ok((StatusCode::CREATED, Json(registered)))
}

impl From<user::Model> for UserView {
    fn from(user: user::Model) -> Self {
        Self {
            id: user.id,
            username: user.username,
            email: user.email,
            role: user.role,
            created_at: user.created_at,
        }
    }
}
