//! What can be called, under `/api/auth`.

use axum::{
    Router,
    routing::{get, post},
};
use tower_cookies::CookieManagerLayer;

use crate::AppState;

mod accounts;
mod sessions;

/// Every route of the service.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/signup", post(accounts::register))
        .route("/login", post(sessions::log_in))
        .route("/demo-login", post(sessions::log_in_as_demo))
        .route("/demo", get(sessions::log_in_as_demo_seller))
        .route("/checkIsAuth", get(sessions::check))
        .route("/logout", post(sessions::log_out))
        .layer(CookieManagerLayer::new())
}
