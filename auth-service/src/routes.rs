//! What can be called, under `/api/auth`, with or without a slash at the end.

use shared::api::Api;
use utoipa_axum::routes;

use crate::AppState;

mod accounts;
mod addresses;
mod client;
mod logins;
mod profile;
mod sessions;
mod users;

/// Every route of the service.
#[expect(
    deprecated,
    reason = "old names are served, and described as what they are"
)]
pub(crate) fn api() -> Api<AppState> {
    Api::new("auth")
        .routes(routes!(accounts::register))
        .routes(routes!(logins::log_in))
        .routes(routes!(logins::log_in_as_demo))
        .routes(routes!(logins::log_in_as_demo_seller))
        .routes(routes!(logins::log_out))
        .routes(routes!(logins::refresh))
        .routes(routes!(profile::check))
        .routes(routes!(profile::list_permissions))
        .routes(routes!(profile::show, profile::change))
        .routes(routes!(sessions::list, sessions::end_others))
        .routes(routes!(sessions::end))
        .routes(routes!(addresses::list, addresses::add))
        .routes(routes!(addresses::change, addresses::remove))
        .routes(routes!(users::list))
        .routes(routes!(users::change))
}
