//! Orders as their buyers see them.

use std::collections::HashMap;

use sea_orm::{
    DatabaseConnection, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use shared::{
    id::{OrderId, ProductId, UserId},
    messages::orders::OrderLine,
};

use crate::{
    entity::{order, order_item},
    error::Error,
    placing::NewOrder,
};

/// An order and its lines.
pub(crate) type OrderWithItems = (order::Model, Vec<order_item::Model>);

/// One page of a buyer's orders, newest first, and how many there are in all.
pub(crate) async fn list(
    db: &DatabaseConnection,
    buyer: UserId,
    (page, limit): (u32, u32),
) -> Result<(Vec<OrderWithItems>, u64), Error> {
    let total = order::Entity::of(buyer).count(db).await?;
    let orders = order::Entity::of(buyer)
        .order_by_desc(order::Column::Id)
        .offset(u64::from(page - 1) * u64::from(limit))
        .limit(u64::from(limit))
        .all(db)
        .await?;
    let mut items = items_of(db, orders.iter().map(|order| order.id).collect()).await?;
    let orders = orders.into_iter().map(|order| {
        let items = items.remove(&order.id).unwrap_or_default();
        (order, items)
    });
    Ok((orders.collect(), total))
}

/// One order of this buyer, or of anybody.
pub(crate) async fn show(
    db: &DatabaseConnection,
    buyer: Option<UserId>,
    id: OrderId,
) -> Result<OrderWithItems, Error> {
    let order = buyer
        .map_or_else(order::Entity::find, order::Entity::of)
        .filter(order::COLUMN.id.eq(id.0))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let mut items = items_of(db, vec![order.id]).await?;
    let items = items.remove(&order.id).unwrap_or_default();
    Ok((order, items))
}

/// The order that has this one's idempotency key, if it is of the same cart.
pub(crate) async fn find_by_key(
    db: &DatabaseConnection,
    wanted: &NewOrder,
) -> Result<OrderId, Error> {
    let order = order::Entity::of(wanted.buyer)
        .filter(order::COLUMN.idempotency_key.eq(wanted.key.clone()))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let mut items = items_of(db, vec![order.id]).await?;
    let lines: Vec<OrderLine> = items
        .remove(&order.id)
        .unwrap_or_default()
        .into_iter()
        .map(|item| OrderLine {
            product_id: ProductId(item.product_id),
            price: item.price,
            quantity: item.quantity.unsigned_abs(),
        })
        .collect();
    if lines != wanted.cart.lines || order.address != wanted.cart.address_json() {
        return Err(Error::KeyReused);
    }
    Ok(OrderId(order.id))
}

/// The lines of several orders, each list in the order of product ids.
async fn items_of(
    db: &DatabaseConnection,
    orders: Vec<i32>,
) -> Result<HashMap<i32, Vec<order_item::Model>>, DbErr> {
    let items = order_item::Entity::find()
        .filter(order_item::COLUMN.order_id.is_in(orders))
        .order_by_asc(order_item::Column::ProductId)
        .all(db)
        .await?;
    let mut by_order: HashMap<_, Vec<_>> = HashMap::new();
    for item in items {
        by_order.entry(item.order_id).or_default().push(item);
    }
    Ok(by_order)
}
