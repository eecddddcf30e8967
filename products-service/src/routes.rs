//! What can be called, under `/api/products`, with or without a slash at the end.

use axum::{
    Router,
    routing::{get, post},
};

use crate::AppState;

mod live;
mod pictures;
mod products;
mod showcase;

pub use showcase::{Showcase, ShowcaseQueue, serve_showcase};

/// Every route of the service.
pub(crate) fn router() -> Router<AppState> {
    let all = get(products::list_own).post(products::create);
    let one = get(products::show)
        .patch(products::change)
        .delete(products::withdraw);
    Router::new()
        .route("/api/products", all.clone())
        .route("/api/products/", all)
        .route("/api/products/public", get(products::list))
        .route("/api/products/public/", get(products::list))
        .route("/api/products/my-home", get(products::list_for_buyer))
        .route("/api/products/my-home/", get(products::list_for_buyer))
        .route("/api/products/categories", get(products::list_categories))
        .route("/api/products/categories/", get(products::list_categories))
        .route("/api/products/ws", get(live::listen))
        .route("/api/products/ws/", get(live::listen))
        .route("/api/products/{id}", one.clone())
        .route("/api/products/{id}/", one)
        .route("/api/products/{id}/picture", pictures::router())
        .route("/api/products/{id}/picture/", pictures::router())
        .route("/api/products/{id}/restock", post(products::restock))
        .route("/api/products/{id}/restock/", post(products::restock))
}
