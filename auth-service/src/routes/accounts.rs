//! Accounts over HTTP.

use axum::{Json, extract::State};
use http::StatusCode;
use sea_orm::{DatabaseConnection, prelude::TimeDateTimeWithTimeZone};
use serde::Serialize;
use shared::http::{ApiError, Body};

use crate::{accounts, credentials::SignUpBody, entity::user, password::Passwords};

/// An account as its owner sees it. The hash is not part of it, and never leaves the service.
#[derive(Serialize)]
pub(crate) struct UserView {
    id: i32,
    username: String,
    email: String,
    role: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: TimeDateTimeWithTimeZone,
}

#[derive(Serialize)]
pub(crate) struct Registered {
    message: &'static str,
    user: UserView,
}

/// `POST /api/auth/signup`: 201 with the account, 400 `VALIDATION_ERROR`, 409 `ACCOUNT_EXISTS`.
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
