//! What can be called, under `/api/orders`, with or without a slash at the end.

use shared::api::Api;
use utoipa_axum::routes;

use crate::AppState;

mod live;
mod orders;
mod sales;

/// Every route of the service.
pub(crate) fn api() -> Api<AppState> {
    Api::new("orders")
        .routes(routes!(orders::list, orders::place))
        .routes(routes!(sales::list))
        .routes(routes!(live::listen))
        .routes(routes!(orders::show))
}
