//! One statement that inserts orders, their lines and their announcements.
//!
//! It is its own transaction: all of it commits, or nothing. Lines and announcements are joined
//! to the orders that were really inserted, so none is ever without its order.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, raw_sql};
use shared::{
    id::{OrderId, ProductId},
    messages::orders::{OrderCreated, OrderLine, OrdersMessage},
    stream::{Message, OutboxRows, Outgoing},
};

use crate::{catalog::Known, placing::NewOrder};

/// An order and the id it is about to get.
pub(super) type Numbered<'a> = (OrderId, &'a NewOrder);

/// Inserts the orders whose idempotency key is free, and returns their ids.
pub(super) async fn insert(
    db: &DatabaseConnection,
    orders: &[Numbered<'_>],
    catalog: &HashMap<ProductId, Known>,
) -> Result<HashSet<OrderId>, DbErr> {
    let heads = Heads::of(orders);
    let lines = Lines::of(orders, catalog);
    let news = announcements(orders);
    let stream = OrdersMessage::STREAM;
    // Orders are sorted by key, so that two instances that get the same keys never wait for each
    // other in a circle.
    let rows = db
        .query_all_raw(raw_sql!(
            Postgres,
            "WITH placed AS (
                 INSERT INTO orders (id, user_id, total_price, idempotency_key, address)
                 SELECT id, buyer, total, NULLIF(key, ''), NULLIF(address, '')::jsonb
                 FROM unnest({heads.ids}, {heads.buyers}, {heads.totals}, {heads.keys},
                             {heads.addresses})
                      AS t (id, buyer, total, key, address)
                 ORDER BY buyer, key
                 ON CONFLICT (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL
                 DO NOTHING RETURNING id
             ), items AS (
                 INSERT INTO order_items
                     (order_id, product_id, name, quantity, price, seller_id)
                 SELECT id, product, NULLIF(name, ''), quantity, price, NULLIF(seller, 0)
                 FROM placed JOIN unnest({lines.orders}, {lines.products}, {lines.names},
                                         {lines.quantities}, {lines.prices}, {lines.sellers})
                      AS t (id, product, name, quantity, price, seller) USING (id)
             ), announced AS (
                 INSERT INTO outbox (id, stream, kind, correlation, fields)
                 SELECT message, {stream}, kind, correlation, fields::json
                 FROM placed JOIN unnest({heads.ids}, {news.ids}, {news.kinds},
                                         {news.correlations}, {news.fields})
                      AS t (id, message, kind, correlation, fields) USING (id)
             )
             SELECT id FROM placed"
        ))
        .await?;
    rows.iter()
        .map(|row| row.try_get_by_index(0).map(OrderId))
        .collect()
}

/// Columns of `orders`.
struct Heads {
    ids: Vec<i32>,
    buyers: Vec<i32>,
    totals: Vec<Decimal>,
    keys: Vec<String>,
    addresses: Vec<String>,
}

impl Heads {
    fn of(orders: &[Numbered<'_>]) -> Self {
        let key = |order: &NewOrder| order.key.clone().unwrap_or_default();
        let address = |order: &NewOrder| {
            let json = order.cart.address_json();
            json.map(|it| it.to_string()).unwrap_or_default()
        };
        Self {
            ids: orders.iter().map(|(id, _)| id.0).collect(),
            buyers: orders.iter().map(|(_, order)| order.buyer.0).collect(),
            totals: orders
                .iter()
                .map(|(_, order)| order.cart.total.into())
                .collect(),
            keys: orders.iter().map(|(_, order)| key(order)).collect(),
            addresses: orders.iter().map(|(_, order)| address(order)).collect(),
        }
    }
}

/// Columns of `order_items`.
struct Lines {
    orders: Vec<i32>,
    products: Vec<i32>,
    names: Vec<String>,
    quantities: Vec<i32>,
    prices: Vec<Decimal>,
    sellers: Vec<i32>,
}

impl Lines {
    fn of(orders: &[Numbered<'_>], catalog: &HashMap<ProductId, Known>) -> Self {
        let of_order = |(id, order): &Numbered| vec![id.0; order.cart.lines.len()];
        let lines = || orders.iter().flat_map(|(_, order)| &order.cart.lines);
        let name = |line: &OrderLine| {
            let known = catalog.get(&line.product_id);
            known.map(|it| it.name.clone()).unwrap_or_default()
        };
        let seller = |line: &OrderLine| {
            let known = catalog.get(&line.product_id);
            known.map(|it| it.seller_id).unwrap_or_default()
        };
        let quantity = |line: &OrderLine| i32::try_from(line.quantity).unwrap_or(i32::MAX);
        Self {
            orders: orders.iter().flat_map(of_order).collect(),
            products: lines().map(|line| line.product_id.0).collect(),
            names: lines().map(name).collect(),
            quantities: lines().map(quantity).collect(),
            prices: lines().map(|line| line.price.into()).collect(),
            sellers: lines().map(seller).collect(),
        }
    }
}

/// Columns of `outbox`, one row for each order.
fn announcements(orders: &[Numbered<'_>]) -> OutboxRows {
    let mut rows = OutboxRows::default();
    for (id, order) in orders {
        rows.push(&Outgoing {
            message: OrdersMessage::OrderCreated(OrderCreated {
                order_id: *id,
                buyer_id: order.buyer,
                lines: order.cart.lines.clone(),
            }),
            cause: order.cause.clone(),
        });
    }
    rows
}
