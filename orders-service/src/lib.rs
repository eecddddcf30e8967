//! Orders, from the cart to their final status.
//!
//! Read `routes` for what can be called and `consumers` for what comes in as a message. An order
//! is parsed by `cart`, queued by `placing`, stored by `storing`, ended by `settling` and read by
//! `orders`; one that waits too long is brought to mind by `reminding`. Sellers see it in `sales`, and
//! whoever listens hears of it from `live`. `catalog` is what this service knows of products.

use axum::{Router, extract::FromRef, middleware::from_fn_with_state};
use sea_orm::DatabaseConnection;
use serde_json::Value;
use shared::{auth::TokenVerifier, db::Reads, http::remember_writes};

pub mod consumers;

mod cart;
mod catalog;
mod config;
mod entity;
mod error;
mod idempotency;
mod live;
mod migration;
mod orders;
mod placing;
mod reminding;
mod routes;
mod sales;
mod settling;
mod storing;

pub use config::Config;
pub use error::Error;
pub use live::{Live, tell_news};
pub use migration::Migrator;
pub use placing::{Placements, write_placements};
pub use reminding::remind;

/// What a handler may ask for.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The orders.
    pub db: DatabaseConnection,
    /// Where lists are read.
    pub reads: Reads,
    /// Where new orders go.
    pub placements: Placements,
    /// Who listens.
    pub live: Live,
    /// The public keys.
    pub tokens: TokenVerifier,
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
