//! Sales over HTTP.

use axum::Json;
use shared::{
    auth::{Caller, Permission},
    http::{ApiError, Page, PageQuery, QueryParams, Reader},
};

use crate::sales::{self, Sale};

/// Lines that the caller has sold, those of the newest orders first.
#[utoipa::path(
    get, path = "/api/orders/sales", operation_id = "list_sales", params(PageQuery),
    security(("session" = [])), responses((status = 200, body = Page<Sale>)),
)]
pub(crate) async fn list(
    Reader(db): Reader,
    caller: Caller,
    QueryParams(query): QueryParams<PageQuery>,
) -> Result<Json<Page<Sale>>, ApiError> {
    caller.may(Permission::ReadOwnOrders)?;
    let (page, limit) = query.page_and_limit()?;
    let (items, total) = sales::list(&db, caller.id(), (page, limit)).await?;
    Ok(Json(Page {
        items,
        total,
        page,
        limit,
    }))
}
