//! The socket of a user's own orders and sales.

use std::time::Duration;

use axum::{extract::State, response::Response};
use http::StatusCode;
use sea_orm::DatabaseConnection;
use serde::{Deserialize, Serialize};
use shared::{
    auth::{Caller, Permission},
    http::{ApiError, QueryParams},
    live::{Close, Handshake, Heard, News, Refused, Socket},
};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tracing::warn;
use utoipa::IntoParams;

use crate::{
    AppState,
    live::{Changes, Cursor, Live, Told, catch_up, start},
};

/// How often a socket asks the database for what it may not have been told: after a loss of
/// entries in Redis that nobody noticed.
const CATCH_UP: Duration = Duration::from_mins(1);

/// The query string.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// The latest cursor that the client has heard.
    #[param(nullable = false, pattern = "^[0-9]{1,18}$")]
    since: Option<String>,
}

/// A message of the server.
#[derive(Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    cursor: String,
    #[serde(flatten)]
    changes: &'a Changes,
    complete: bool,
}

/// A socket on its way, and what it needs.
struct Conversation {
    socket: Socket,
    db: DatabaseConnection,
    caller: Caller,
    /// Up to here the caller has heard everything. Only reading everything since moves it: news
    /// may have overtaken older ones on their way through the outbox.
    cursor: Cursor,
}

/// A WebSocket: the caller's orders and sales as they change.
#[utoipa::path(
    get, path = "/api/orders/ws", operation_id = "live", params(Since),
    security(("session" = [])),
    responses(
        (status = 101, description = "docs/API.md says what is spoken from here on"),
        (status = 403, description = "`FORBIDDEN`: a page of another host"),
    ),
)]
pub(crate) async fn listen(
    State(state): State<AppState>,
    caller: Caller,
    QueryParams(query): QueryParams<Since>,
    handshake: Handshake,
) -> Result<Response, ApiError> {
    caller.may(Permission::ReadOwnOrders)?;
    let since: Option<Cursor> =
        query
            .since
            .map(|text| text.parse())
            .transpose()
            .map_err(|refusal| {
                ApiError::new(
                    StatusCode::BAD_REQUEST,
                    "BAD_QUERY",
                    format!("since {refusal}"),
                )
            })?;
    let cursor = match since {
        Some(cursor) => cursor,
        None => start(&state.db).await?,
    };
    let shutdown = state.live.shutdown.clone();
    Ok(handshake.accept(shutdown, move |socket| async move {
        let mut conversation = Conversation {
            socket,
            db: state.db,
            caller,
            cursor,
        };
        if let Some(close) = conversation.run(&state.live, since.is_some()).await {
            conversation.socket.close(close).await;
        }
    }))
}

impl Conversation {
    /// Talks until the client is gone, or returns why the server ends it.
    async fn run(&mut self, live: &Live, resumes: bool) -> Option<Close> {
        // First the seat, then the question: what happens in between is told twice, not never.
        let joined = live.audience.join(Some(self.caller.id()), self.caller.id());
        let (_seat, mut news) = match joined {
            Ok(joined) => joined,
            Err(Refused(close)) => return Some(close),
        };
        let ended = if resumes {
            self.catch_up(true).await
        } else {
            self.send(&Changes::default(), true).await
        };
        match ended {
            Ok(()) => self.pass_on(&mut news).await.err().flatten(),
            Err(close) => close,
        }
    }

    async fn pass_on(&mut self, news: &mut News<Told>) -> Result<(), Option<Close>> {
        let mut catch_ups = every(CATCH_UP);
        loop {
            tokio::select! {
                heard = self.socket.next() => match heard {
                    None => return Ok(()),
                    Some(Heard::Text(_)) => {}
                    Some(Heard::Check) if self.caller.is_still_known() => {}
                    Some(Heard::Check) => return Err(Some(Close::SessionOver)),
                },
                told = news.recv() => match told.ok_or(Some(Close::TooSlow))? {
                    Told::Changed(changes) => self.send(&changes, true).await?,
                    Told::Missed => self.catch_up(false).await?,
                },
                _ = catch_ups.tick() => self.catch_up(false).await?,
            }
        }
    }

    /// Reads all that changed since the cursor and says it, or that it is too much.
    async fn catch_up(&mut self, is_first: bool) -> Result<(), Option<Close>> {
        let caught_up = catch_up(&self.db, self.caller.id(), self.cursor).await;
        let caught_up = caught_up.map_err(|error| {
            warn!(%error, user.id = %self.caller.id(), "cannot read what a listener missed");
            Some(Close::Later)
        })?;
        self.cursor = caught_up.cursor;
        if !is_first && caught_up.is_complete && caught_up.changes.is_empty() {
            return Ok(());
        }
        self.send(&caught_up.changes, caught_up.is_complete).await
    }

    async fn send(&mut self, changes: &Changes, complete: bool) -> Result<(), Option<Close>> {
        let message = Message {
            kind: "orders",
            cursor: self.cursor.to_string(),
            changes,
            complete,
        };
        let text = serde_json::to_string(&message).map_err(|_| Some(Close::Later))?;
        if self.socket.send(text).await {
            return Ok(());
        }
        Err(None)
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
