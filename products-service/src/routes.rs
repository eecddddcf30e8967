//! What can be called, under `/api/products`, with or without a slash at the end.

use axum::extract::DefaultBodyLimit;
use shared::api::Api;
use utoipa_axum::{router::UtoipaMethodRouterExt, routes};

use crate::{AppState, pictures::MAX_FILE};

mod live;
mod pictures;
mod products;
mod showcase;

pub use showcase::{Showcase, ShowcaseQueue, serve_showcase};

/// Every route of the service.
pub(crate) fn api() -> Api<AppState> {
    let picture = routes!(
        pictures::show_picture,
        pictures::put_picture,
        pictures::remove_picture
    );
    Api::new("products")
        .routes(routes!(products::list_own, products::create))
        .routes(routes!(products::list))
        .routes(routes!(products::list_for_buyer))
        .routes(routes!(products::list_categories))
        .routes(routes!(live::listen))
        .routes(routes!(
            products::show,
            products::change,
            products::withdraw
        ))
        .routes(picture.layer(DefaultBodyLimit::max(MAX_FILE)))
        .routes(routes!(products::restock))
}
