//! Storing: a batch of orders becomes rows and announcements, all in one statement.

mod insert;

use std::collections::HashMap;

use metrics::counter;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, raw_sql};
use shared::id::{OrderId, ProductId};
use tracing::info;

use self::insert::{Numbered, insert};
use crate::{
    catalog::{self, Known},
    error::{Error, PriceChange},
    placing::NewOrder,
};

/// What became of one order of a batch.
pub(crate) enum Stored {
    /// It waits for its verdict.
    Placed(OrderId),
    /// It was refused before it was stored.
    Refused(Error),
    /// An order with its idempotency key is already there.
    KeyTaken,
}

/// Stores what can be stored; one outcome for each order, in their order.
pub(crate) async fn store(
    db: &DatabaseConnection,
    orders: &[NewOrder],
) -> Result<Vec<Stored>, DbErr> {
    let lines = orders.iter().flat_map(|order| &order.cart.lines);
    let catalog = catalog::look_up(db, lines.map(|line| line.product_id.0).collect()).await?;
    let refusals: Vec<_> = orders
        .iter()
        .map(|order| refusal_of(order, &catalog))
        .collect();
    let accepted: Vec<_> = orders
        .iter()
        .zip(&refusals)
        .filter_map(|(order, refusal)| refusal.is_none().then_some(order))
        .collect();
    let mut placed = place(db, &accepted, &catalog).await?.into_iter();
    let outcome = |refusal| match refusal {
        Some(error) => Stored::Refused(error),
        None => placed
            .next()
            .flatten()
            .map_or(Stored::KeyTaken, Stored::Placed),
    };
    Ok(refusals.into_iter().map(outcome).collect())
}

/// What can be told before products-service decides: prices that changed, and own products.
fn refusal_of(order: &NewOrder, catalog: &HashMap<ProductId, Known>) -> Option<Error> {
    let known = || {
        let lines = order.cart.lines.iter();
        lines.filter_map(|line| Some((line, catalog.get(&line.product_id)?)))
    };
    if known().any(|(_, product)| product.seller_id == order.buyer.0) {
        return Some(Error::OwnProduct);
    }
    let changed: Vec<PriceChange> = known()
        .filter(|(line, product)| line.price != product.price)
        .map(|(line, product)| PriceChange {
            product_id: line.product_id,
            old_price: line.price,
            new_price: product.price,
        })
        .collect();
    (!changed.is_empty()).then_some(Error::PriceChanged(changed))
}

/// The id of each order, or `None` when its idempotency key is taken.
async fn place(
    db: &DatabaseConnection,
    orders: &[&NewOrder],
    catalog: &HashMap<ProductId, Known>,
) -> Result<Vec<Option<OrderId>>, DbErr> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let ids = next_ids(db, orders.len()).await?;
    let numbered: Vec<Numbered> = ids.into_iter().zip(orders.iter().copied()).collect();
    let placed = insert(db, &numbered, catalog).await?;
    let outcome = |(id, order): &Numbered| {
        let id = placed.contains(id).then_some(*id)?;
        counter!("orders_total", "status" => "PENDING").increment(1);
        info!(
            event = "ORDER_CREATED",
            status = "PENDING",
            order.id = %id,
            user.id = %order.buyer,
            item_count = order.cart.lines.len(),
            request_id = order.cause.request_id,
            trace_id = order.cause.trace_id(),
            "order {id} placed"
        );
        Some(id)
    };
    Ok(numbered.iter().map(outcome).collect())
}

/// Ids for new orders: known before the orders are stored, since their announcements name them.
async fn next_ids(db: &DatabaseConnection, count: usize) -> Result<Vec<OrderId>, DbErr> {
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    let rows = db
        .query_all_raw(raw_sql!(
            Postgres,
            "SELECT nextval('orders_id_seq')::integer FROM generate_series(1, {count})"
        ))
        .await?;
    rows.iter()
        .map(|row| row.try_get_by_index(0).map(OrderId))
        .collect()
}
