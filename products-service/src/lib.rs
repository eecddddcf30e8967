//! The catalog and the stock.
//!
//! Read `routes` for what can be called and `consumers` for what comes in as a message;
//! `products`, `stock` and `verdicts` hold what either of them does, and `live` tells of it.

use axum::{Router, extract::FromRef, middleware::from_fn_with_state};
use sea_orm::DatabaseConnection;
use serde_json::Value;
use shared::{auth::TokenVerifier, db::Reads, http::remember_writes, stream::Outbox};

pub mod consumers;
pub mod demo;

mod browsing;
mod catalog;
mod config;
mod entity;
mod error;
mod listing;
mod live;
mod migration;
mod pictures;
mod products;
mod routes;
mod stock;
mod verdicts;

pub use config::Config;
pub use error::Error;
pub use live::{Live, tell_news};
pub use migration::Migrator;
pub use pictures::Studio;
pub use routes::{Showcase, ShowcaseQueue, serve_showcase};

/// What a handler may ask for.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The products.
    pub db: DatabaseConnection,
    /// Where lists are read.
    pub reads: Reads,
    /// Wakes the relay when a change was committed.
    pub outbox: Outbox,
    /// Who listens.
    pub live: Live,
    /// The public keys.
    pub tokens: TokenVerifier,
    /// Where pictures are drawn.
    pub studio: Studio,
    /// Where the list of all products comes from.
    pub showcase: Showcase,
}

/// The whole HTTP surface of the service.
pub fn router(state: AppState) -> Router {
    let remembering = from_fn_with_state(state.reads.clone(), remember_writes);
    let routes = routes::api().into_router();
    routes.layer(remembering).with_state(state)
}

/// What the service can be asked, as OpenAPI.
pub fn document() -> Value {
    routes::api().document()
}
