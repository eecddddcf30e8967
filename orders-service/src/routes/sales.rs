//! Sales over HTTP.

use axum::Json;
use shared::{
    auth::{Caller, Permission},
    http::{ApiError, Page, PageQuery, QueryParams, Reader},
};

use crate::sales::{self, Sale};

/// `GET /api/orders/sales`: 200 with a page of the lines that the caller has sold, those of the
/// newest orders first, as `{items, total, page, limit}`; 400 when `page` or `limit` is out of
/// range, 401.
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
