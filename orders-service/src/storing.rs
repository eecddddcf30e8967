//! Storing: a batch of orders becomes rows and announcements, all in one transaction.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait, raw_sql,
};
use shared::{
    id::{OrderId, ProductId},
    messages::orders::{OrderCreated, OrderLine, OrdersMessage},
    stream::{Outgoing, outbox},
};
use tracing::info;

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
    let mut placed = insert(db, &accepted, &catalog).await?.into_iter();
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
async fn insert(
    db: &DatabaseConnection,
    orders: &[&NewOrder],
    catalog: &HashMap<ProductId, Known>,
) -> Result<Vec<Option<OrderId>>, DbErr> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let txn = db.begin().await?;
    let ids = next_ids(&txn, orders.len()).await?;
    let placed = insert_orders(&txn, ids.clone(), orders).await?;
    let numbered: Vec<_> = ids
        .iter()
        .zip(orders)
        .filter_map(|(id, order)| placed.contains(id).then_some((OrderId(*id), *order)))
        .collect();
    insert_items(&txn, &numbered, catalog).await?;
    announce(&txn, &numbered).await?;
    txn.commit().await?;
    for (id, order) in &numbered {
        info!(
            order.id = %id,
            user.id = %order.buyer,
            request_id = order.correlation,
            "order {id} placed"
        );
    }
    let outcome = |id: i32| placed.contains(&id).then_some(OrderId(id));
    Ok(ids.into_iter().map(outcome).collect())
}

async fn next_ids(txn: &DatabaseTransaction, count: usize) -> Result<Vec<i32>, DbErr> {
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    let rows = txn
        .query_all_raw(raw_sql!(
            Postgres,
            "SELECT nextval('orders_id_seq')::integer FROM generate_series(1, {count})"
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Inserts the orders whose key is free, and returns their ids.
async fn insert_orders(
    txn: &DatabaseTransaction,
    ids: Vec<i32>,
    orders: &[&NewOrder],
) -> Result<HashSet<i32>, DbErr> {
    let buyers: Vec<i32> = orders.iter().map(|order| order.buyer.0).collect();
    let totals: Vec<Decimal> = orders.iter().map(|order| order.cart.total.into()).collect();
    let key = |order: &&NewOrder| order.key.clone().unwrap_or_default();
    let keys: Vec<String> = orders.iter().map(key).collect();
    // In the order of keys, so that two instances that get the same keys never wait for each
    // other in a circle.
    let rows = txn
        .query_all_raw(raw_sql!(
            Postgres,
            "INSERT INTO orders (id, user_id, total_price, idempotency_key)
             SELECT id, buyer, total, NULLIF(key, '')
             FROM unnest({ids}, {buyers}, {totals}, {keys}) AS t (id, buyer, total, key)
             ORDER BY buyer, key
             ON CONFLICT (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL
             DO NOTHING RETURNING id"
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

async fn insert_items(
    txn: &DatabaseTransaction,
    orders: &[(OrderId, &NewOrder)],
    catalog: &HashMap<ProductId, Known>,
) -> Result<(), DbErr> {
    let items: Vec<(i32, &OrderLine)> = orders
        .iter()
        .flat_map(|(id, order)| order.cart.lines.iter().map(|line| (id.0, line)))
        .collect();
    let ids: Vec<i32> = items.iter().map(|(id, _)| *id).collect();
    let lines = || items.iter().map(|(_, line)| line);
    let products: Vec<i32> = lines().map(|line| line.product_id.0).collect();
    let names: Vec<String> = lines()
        .map(|line| catalog.get(&line.product_id))
        .map(|known| known.map(|it| it.name.clone()).unwrap_or_default())
        .collect();
    let quantities: Vec<i32> = lines()
        .map(|line| i32::try_from(line.quantity).unwrap_or(i32::MAX))
        .collect();
    let prices: Vec<Decimal> = lines().map(|line| line.price.into()).collect();
    txn.execute_raw(raw_sql!(
        Postgres,
        "INSERT INTO order_items (order_id, product_id, name, quantity, price)
         SELECT id, product, NULLIF(name, ''), quantity, price
         FROM unnest({ids}, {products}, {names}, {quantities}, {prices})
              AS t (id, product, name, quantity, price)"
    ))
    .await?;
    Ok(())
}

async fn announce(txn: &DatabaseTransaction, orders: &[(OrderId, &NewOrder)]) -> Result<(), DbErr> {
    let announcements: Vec<_> = orders
        .iter()
        .map(|(id, order)| Outgoing {
            message: OrdersMessage::OrderCreated(OrderCreated {
                order_id: *id,
                buyer_id: order.buyer,
                lines: order.cart.lines.clone(),
            }),
            correlation: order.correlation.clone(),
        })
        .collect();
    outbox::enqueue(txn, &announcements).await
}
