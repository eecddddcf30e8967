//! The socket of stock and catalog.

use axum::{extract::State, response::Response};
use sea_orm::DatabaseConnection;
use serde::Deserialize;
use shared::{
    auth::Caller,
    id::UserId,
    live::{Close, Handshake, Heard, Refused, Seat, Socket},
};
use tracing::warn;

use crate::live::{Live, Watched, levels_of, stock_is};

/// Products that one socket may watch: more than any page shows.
const MOST_WATCHED: usize = 200;

/// What a client says: the products that it watches from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Watch {
    watch: Vec<i32>,
}

/// A WebSocket: the stock of the products that the client watches, as it changes.
#[utoipa::path(
    get, path = "/api/products/ws", operation_id = "live",
    responses(
        (status = 101, description = "docs/API.md says what is spoken from here on"),
        (status = 403, description = "`FORBIDDEN`: a page of another host"),
    ),
)]
pub(crate) async fn listen(
    State(live): State<Live>,
    State(db): State<DatabaseConnection>,
    caller: Option<Caller>,
    handshake: Handshake,
) -> Response {
    let user = caller.map(|caller| caller.id());
    handshake.accept(live.shutdown.clone(), move |mut socket| async move {
        if let Some(close) = talk(&mut socket, &live, &db, user).await {
            socket.close(close).await;
        }
    })
}

/// Talks until the client is gone, or returns why the server ends it.
async fn talk(
    socket: &mut Socket,
    live: &Live,
    db: &DatabaseConnection,
    user: Option<UserId>,
) -> Option<Close> {
    let (seat, mut news) = match live.audience.join(user, Watched::new()) {
        Ok(joined) => joined,
        Err(Refused(close)) => return Some(close),
    };
    loop {
        let text = tokio::select! {
            heard = socket.next() => match heard? {
                Heard::Check => continue,
                Heard::Text(text) => match watch(&text, &seat, db).await {
                    Ok(text) => text,
                    Err(close) => return Some(close),
                },
            },
            told = news.recv() => match told {
                Some(text) => text,
                None => return Some(Close::TooSlow),
            },
        };
        if !socket.send(text).await {
            return None;
        }
    }
}

/// Takes down what the client wishes to watch, and answers how much there is of it now.
async fn watch(
    text: &str,
    seat: &Seat<Watched, String>,
    db: &DatabaseConnection,
) -> Result<String, Close> {
    let Watch { watch } = serde_json::from_str(text).map_err(|_| Close::Misspoken)?;
    if watch.len() > MOST_WATCHED {
        return Err(Close::Misspoken);
    }
    // First the wish, then the question: what changes in between is told twice, not never.
    seat.wish(watch.iter().copied().collect());
    let levels = levels_of(db, watch).await.map_err(|error| {
        warn!(%error, "cannot read the stock that a listener asks for");
        Close::Later
    })?;
    Ok(stock_is(&levels))
}
