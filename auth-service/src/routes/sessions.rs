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
use uuid::Uuid;

use super::logins::Done;
use crate::{Sessions, sessions::Session};

/// A session as its owner sees it.
#[derive(Serialize)]
pub(crate) struct SessionView {
    id: Uuid,
    /// Whether it is the one that asks.
    current: bool,
    user_agent: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    last_used_at: OffsetDateTime,
}

/// All sessions of somebody.
#[derive(Serialize)]
pub(crate) struct SessionList {
    items: Vec<SessionView>,
}

/// `GET /api/auth/sessions`: 200 with where the caller is signed in, 401, 503 while Redis is away.
pub(crate) async fn list(
    State(sessions): State<Sessions>,
    caller: Caller,
) -> Result<Json<SessionList>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let all = sessions.list(caller.id()).await?;
    let view = |session| SessionView::new(session, caller.claims.session_id);
    Ok(Json(SessionList {
        items: all.into_iter().map(view).collect(),
    }))
}

/// `DELETE /api/auth/sessions/{id}`: 200, the session is over everywhere; 401, 404 also when it is
/// somebody else's, 503 while Redis is away.
pub(crate) async fn end(
    State(sessions): State<Sessions>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Done>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let all = sessions.list(caller.id()).await?;
    let found = all.iter().find(|session| Ok(session.id) == id.parse());
    let session = found.ok_or_else(|| ApiError::not_found("session"))?;
    sessions.end(caller.id(), session.id).await?;
    Ok(Json(Done {
        message: "Session ended",
    }))
}

/// `DELETE /api/auth/sessions`: 200, all sessions but the one that asks are over; 401, 503 while
/// Redis is away.
pub(crate) async fn end_others(
    State(sessions): State<Sessions>,
    caller: Caller,
) -> Result<Json<Done>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let all = sessions.list(caller.id()).await?;
    let ids = all.iter().map(|session| session.id);
    let others: Vec<_> = ids.filter(|id| *id != caller.claims.session_id).collect();
    sessions.end_all(caller.id(), &others).await?;
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
