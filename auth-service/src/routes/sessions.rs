//! Where somebody is signed in, over HTTP.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use shared::{
    auth::{Caller, Permission},
    http::ApiError,
};
use time::OffsetDateTime;
use tower_cookies::Cookies;
use utoipa::ToSchema;
use uuid::Uuid;

use super::logins::Done;
use crate::{CookiePolicy, Sessions, sessions::Session};

const NOT_YOURS: &str = "`DEMO_ACCOUNT`: the account is everybody's, its other sessions are not yours; \
                         `FORBIDDEN`: your role may not";

/// A session as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    id: Uuid,
    /// Whether it is the one that asks.
    current: bool,
    user_agent: String,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    last_used_at: OffsetDateTime,
}

/// All sessions of somebody.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionList {
    items: Vec<SessionView>,
}

/// Where the caller is signed in.
#[utoipa::path(
    get, path = "/api/auth/sessions", operation_id = "list_sessions", security(("session" = [])),
    responses((status = 200, body = SessionList)),
)]
pub(crate) async fn list(
    State(sessions): State<Sessions>,
    caller: Caller,
) -> Result<Json<SessionList>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let all = sessions.list(&caller.claims).await?;
    let view = |session| SessionView::new(session, caller.claims.session_id);
    Ok(Json(SessionList {
        items: all.into_iter().map(view).collect(),
    }))
}

/// Ends a session of the caller, everywhere.
#[utoipa::path(
    delete, path = "/api/auth/sessions/{id}", operation_id = "end_session",
    params(("id" = Uuid, Path)), security(("session" = [])),
    responses(
        (status = 200, body = Done),
        (status = 403, description = NOT_YOURS),
    ),
)]
pub(crate) async fn end(
    State(sessions): State<Sessions>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Done>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let id = id.parse().map_err(|_| ApiError::not_found("session"))?;
    if !sessions.is_of(&caller.claims, id).await? {
        return Err(ApiError::not_found("session"));
    }
    sessions.end(caller.id(), id).await?;
    Ok(Json(Done {
        message: "Session ended",
    }))
}

/// Ends all sessions of the caller but the one that asks, and renews its token.
#[utoipa::path(
    delete, path = "/api/auth/sessions", operation_id = "end_other_sessions",
    security(("session" = [])),
    responses(
        (status = 200, body = Done),
        (status = 403, description = NOT_YOURS),
    ),
)]
pub(crate) async fn end_others(
    State(sessions): State<Sessions>,
    (State(policy), cookies): (State<CookiePolicy>, Cookies),
    caller: Caller,
) -> Result<Json<Done>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let tokens = sessions.end_others(&caller.claims).await?;
    policy.hand_out(tokens, &cookies);
    Ok(Json(Done {
        message: "All other sessions ended",
    }))
}

impl SessionView {
    fn new(session: Session, current: Uuid) -> Self {
        let time = |seconds| {
            let time = OffsetDateTime::from_unix_timestamp(seconds);
            time.unwrap_or(OffsetDateTime::UNIX_EPOCH)
        };
        Self {
            id: session.id,
            current: session.id == current,
            user_agent: session.user_agent,
            created_at: time(session.created_at),
            last_used_at: time(session.last_used_at),
        }
    }
}
