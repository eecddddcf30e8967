//! What can be called, under `/api/orders`, with or without a slash at the end.

use axum::{Router, routing::get};

use crate::AppState;

mod live;
mod orders;
mod sales;

/// Every route of the service.
pub(crate) fn router() -> Router<AppState> {
    let all = get(orders::list).post(orders::place);
    let one = get(orders::show);
    Router::new()
        .route("/api/orders", all.clone())
        .route("/api/orders/", all)
        .route("/api/orders/sales", get(sales::list))
        .route("/api/orders/sales/", get(sales::list))
        .route("/api/orders/ws", get(live::listen))
        .route("/api/orders/ws/", get(live::listen))
        .route("/api/orders/{id}", one.clone())
        .route("/api/orders/{id}/", one)
}
