//! Orders over HTTP.

use axum::{Json, extract::State};
use http::{HeaderName, StatusCode, header};
use sea_orm::{DatabaseConnection, prelude::TimeDateTimeWithTimeZone};
use serde::Serialize;
use serde_json::Value;
use shared::{
    address::Address,
    api::fields,
    auth::{Caller, Permission},
    cause::Cause,
    http::{ApiError, Body, Page, PageQuery, PathId, QueryParams, Reader},
    id::OrderId,
    messages::inventory::Shortage,
    money::Money,
};
use utoipa::{ToSchema, openapi::Object};

use crate::{
    cart::CartBody,
    entity::order_item,
    error::PricesChanged,
    idempotency::IdempotencyKey,
    orders::{self, OrderWithItems},
    placing::{NewOrder, Placements},
};

/// The answer to a placed order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlacedOrder)]
pub(crate) struct Placed {
    message: &'static str,
    order_id: OrderId,
    /// Different products.
    #[schema(minimum = 1, maximum = 100)]
    item_count: usize,
    #[schema(schema_with = pending)]
    status: &'static str,
}

/// An order as its buyer sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
pub(crate) struct OrderView {
    #[schema(minimum = 1)]
    id: i32,
    /// Its buyer.
    #[schema(minimum = 1)]
    user_id: i32,
    total_price: Money,
    #[schema(schema_with = status)]
    status: String,
    /// For a failed order: the lines that made it fail, each with its reason.
    #[schema(value_type = Option<Vec<Shortage>>, required)]
    failure: Option<Value>,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: TimeDateTimeWithTimeZone,
    /// When it got its final status.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    settled_at: Option<TimeDateTimeWithTimeZone>,
    timeline: Vec<Step>,
    /// Where it goes, as the buyer said when ordering.
    #[schema(value_type = Option<Address>, required)]
    address: Option<Value>,
    items: Vec<ItemView>,
}

/// A status that an order reached, and when.
#[derive(Serialize, ToSchema)]
struct Step {
    #[schema(schema_with = status)]
    status: String,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: TimeDateTimeWithTimeZone,
}

/// A line of an order, with name and price at purchase.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderItem)]
struct ItemView {
    #[schema(minimum = 1)]
    product_id: i32,
    #[schema(required)]
    name: Option<String>,
    price: Money,
    #[schema(minimum = 1)]
    quantity: i32,
}

/// Places an order, which is `PENDING` until products-service has decided on it.
///
/// The same `Idempotency-Key` with the same items gives the same answer and no second order.
#[utoipa::path(
    post, path = "/api/orders", request_body = CartBody, security(("session" = [])),
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, pattern = "^[!-~]{1,255}$")),
    responses(
        (status = 201, body = Placed, headers(("Location" = String, description = "The order."))),
        (status = 400, description = "`OWN_PRODUCT`: sellers cannot order their own products; \
                                      `BAD_IDEMPOTENCY_KEY`: the header is not of its form"),
        (status = 409, body = PricesChanged,
         description = "`PRICE_CHANGED`: `lines` has the new prices; order again"),
        (status = 422, description = "`KEY_REUSED`: the key belongs to an order of other items"),
    ),
)]
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

/// The caller's orders, newest first.
#[utoipa::path(
    get, path = "/api/orders", params(PageQuery), security(("session" = [])),
    responses((status = 200, body = Page<OrderView>)),
)]
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

/// One order of the caller, or for an administrator of anybody.
#[utoipa::path(
    get, path = "/api/orders/{id}", params(("id" = i32, Path, minimum = 1)),
    security(("session" = [])), responses((status = 200, body = OrderView)),
)]
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

fn status() -> Object {
    fields::word(&["PENDING", "COMPLETED", "FAILED"])
}

fn pending() -> Object {
    fields::word(&["PENDING"])
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
