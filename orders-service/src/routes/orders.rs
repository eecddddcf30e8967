//! Orders over HTTP.

use axum::{Json, extract::State};
use http::{HeaderName, StatusCode, header};
use sea_orm::{DatabaseConnection, prelude::TimeDateTimeWithTimeZone};
use serde::Serialize;
use serde_json::Value;
use shared::{
    auth::{Caller, Permission},
    cause::Cause,
    http::{ApiError, Body, Page, PageQuery, PathId, QueryParams, Reader},
    id::OrderId,
    money::Money,
};

use crate::{
    cart::CartBody,
    entity::order_item,
    idempotency::IdempotencyKey,
    orders::{self, OrderWithItems},
    placing::{NewOrder, Placements},
};

/// The answer to a placed order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Placed {
    message: &'static str,
    order_id: OrderId,
    item_count: usize,
    status: &'static str,
}

/// An order as its buyer sees it.
#[derive(Serialize)]
pub(crate) struct OrderView {
    id: i32,
    user_id: i32,
    total_price: Money,
    status: String,
    /// For a failed order: the lines that made it fail, each with its reason.
    failure: Option<Value>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: TimeDateTimeWithTimeZone,
    #[serde(with = "time::serde::rfc3339::option")]
    settled_at: Option<TimeDateTimeWithTimeZone>,
    timeline: Vec<Step>,
    /// Where it goes, as the buyer said when ordering.
    address: Option<Value>,
    items: Vec<ItemView>,
}

/// A status that an order reached, and when.
#[derive(Serialize)]
struct Step {
    status: String,
    #[serde(with = "time::serde::rfc3339")]
    at: TimeDateTimeWithTimeZone,
}

/// A line of an order, with name and price at purchase.
#[derive(Serialize)]
struct ItemView {
    product_id: i32,
    name: Option<String>,
    price: Money,
    quantity: i32,
}

/// `POST /api/orders`: 201 with the id of the pending order, 400 `VALIDATION_ERROR`,
/// `OWN_PRODUCT` or `BAD_IDEMPOTENCY_KEY`, 401, 403 `FORBIDDEN`, 409 `PRICE_CHANGED` with the new prices, 422
/// `KEY_REUSED`, 503 `UNAVAILABLE`.
pub(crate) async fn place(
    State(placements): State<Placements>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    cause: Cause,
    Body(body): Body<CartBody>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Placed>), ApiError> {
    caller.may(Permission::PlaceOrders)?;
    let cart = body.parse()?;
    let item_count = cart.lines.len();
    let order = NewOrder {
        buyer: caller.id(),
        cart,
        key,
        cause,
    };
    let order_id = placements.place(order).await?;
    let location = [(header::LOCATION, format!("/api/orders/{order_id}"))];
    let placed = Placed {
        message: "orders created successfully!",
        order_id,
        item_count,
        status: "PENDING",
    };
    Ok((StatusCode::CREATED, location, Json(placed)))
}

/// `GET /api/orders`: 200 with a page of the caller's orders, newest first, as `{items, total,
/// page, limit}`; 400 when `page` or `limit` is out of range, 401.
pub(crate) async fn list(
    Reader(db): Reader,
    caller: Caller,
    QueryParams(query): QueryParams<PageQuery>,
) -> Result<Json<Page<OrderView>>, ApiError> {
    caller.may(Permission::ReadOwnOrders)?;
    let (page, limit) = query.page_and_limit()?;
    let (orders, total) = orders::list(&db, caller.id(), (page, limit)).await?;
    Ok(Json(Page {
        items: orders.into_iter().map(OrderView::from).collect(),
        total,
        page,
        limit,
    }))
}

/// `GET /api/orders/{id}`: 200 with an order of the caller, or for an administrator of anybody;
/// 400 `BAD_ID`, 401, 403 `FORBIDDEN`, 404 `NOT_FOUND`, also when the order is somebody else's.
pub(crate) async fn show(
    State(db): State<DatabaseConnection>,
    caller: Caller,
    PathId(id): PathId<OrderId>,
) -> Result<Json<OrderView>, ApiError> {
    let buyer = if caller.claims.permit(Permission::ReadAnyOrder) {
        None
    } else {
        caller.may(Permission::ReadOwnOrders)?;
        Some(caller.id())
    };
    Ok(Json(orders::show(&db, buyer, id).await?.into()))
}

impl From<OrderWithItems> for OrderView {
    fn from((order, items): OrderWithItems) -> Self {
        let mut timeline = vec![Step {
            status: "PENDING".to_owned(),
            at: order.created_at,
        }];
        timeline.extend(order.settled_at.map(|at| Step {
            status: order.status.clone(),
            at,
        }));
        Self {
            id: order.id,
            user_id: order.user_id,
            total_price: order.total_price,
            status: order.status,
            failure: order.failure,
            created_at: order.created_at,
            settled_at: order.settled_at,
            timeline,
            address: order.address,
            items: items.into_iter().map(ItemView::from).collect(),
        }
    }
}

impl From<order_item::Model> for ItemView {
    fn from(item: order_item::Model) -> Self {
        Self {
            product_id: item.product_id,
            name: item.name,
            price: item.price,
            quantity: item.quantity,
        }
    }
}
