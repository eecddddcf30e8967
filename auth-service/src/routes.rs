//! What can be called, under `/api/auth`.

use axum::{
    Router,
    routing::{delete, get, patch, post},
};
use tower_cookies::CookieManagerLayer;

use crate::AppState;

mod accounts;
mod addresses;
mod client;
mod logins;
mod profile;
mod sessions;
mod users;

/// Every route of the service.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/signup", post(accounts::register))
        .route("/login", post(logins::log_in))
        .route("/demo-login", post(logins::log_in_as_demo))
        .route("/demo", get(logins::log_in_as_demo_seller))
        .route("/logout", post(logins::log_out))
        .route("/refresh", post(logins::refresh))
        .route("/checkIsAuth", get(profile::check))
        .route("/permissions", get(profile::list_permissions))
        .route("/me", get(profile::show).patch(profile::change))
        .route(
            "/sessions",
            get(sessions::list).delete(sessions::end_others),
        )
        .route("/sessions/{id}", delete(sessions::end))
        .route("/addresses", get(addresses::list).post(addresses::add))
        .route(
            "/addresses/{id}",
            patch(addresses::change).delete(addresses::remove),
        )
        .route("/users", get(users::list))
        .route("/users/{id}", patch(users::change))
        .layer(CookieManagerLayer::new())
}
