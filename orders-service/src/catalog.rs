//! What this service knows of products: names, prices and sellers, learnt from
//! `product.changed.v1`, so that placing an order calls nobody.
//!
//! It may lag behind or lack a product. That is harmless: the verdict of products-service on
//! price and stock is final.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, raw_sql};
use shared::{id::ProductId, messages::inventory::ProductChanged, money::Money};

/// A product as this service knows it.
#[derive(FromQueryResult)]
pub(crate) struct Known {
    product_id: i32,
    pub(crate) name: String,
    pub(crate) price: Money,
    pub(crate) seller_id: i32,
}

/// The products among `ids` that this service has heard of and that are on sale.
pub(crate) async fn look_up(
    db: &impl ConnectionTrait,
    ids: Vec<i32>,
) -> Result<HashMap<ProductId, Known>, DbErr> {
    let known = Known::find_by_statement(raw_sql!(
        Postgres,
        "SELECT product_id, name, price, seller_id FROM catalog
         WHERE product_id = ANY({ids}) AND is_listed"
    ))
    .all(db)
    .await?;
    Ok(known
        .into_iter()
        .map(|product| (ProductId(product.product_id), product))
        .collect())
}

/// Learns of changes. One that is older than what is known changes nothing, so their order does
/// not matter.
pub(crate) async fn learn(
    txn: &DatabaseTransaction,
    changes: &[&ProductChanged],
) -> Result<(), DbErr> {
    // One statement cannot write a row twice: only the newest change of each product counts. In
    // the order of ids, so that two instances never wait for each other in a circle.
    let mut newest = BTreeMap::new();
    for change in changes {
        let known = newest.entry(change.product_id).or_insert(change);
        if known.version < change.version {
            *known = change;
        }
    }
    let products = || newest.values();
    let ids: Vec<i32> = products().map(|it| it.product_id.0).collect();
    let versions: Vec<i32> = products().map(|it| it.version).collect();
    let sellers: Vec<i32> = products().map(|it| it.seller_id.0).collect();
    let names: Vec<String> = products().map(|it| it.name.clone()).collect();
    let prices: Vec<Decimal> = products().map(|it| it.price.into()).collect();
    let listed: Vec<bool> = products().map(|it| it.is_listed).collect();
    txn.execute_raw(raw_sql!(
        Postgres,
        "INSERT INTO catalog (product_id, version, seller_id, name, price, is_listed)
         SELECT * FROM unnest({ids}, {versions}, {sellers}, {names}, {prices}, {listed})
         ON CONFLICT (product_id) DO UPDATE
         SET version = excluded.version, seller_id = excluded.seller_id, name = excluded.name,
             price = excluded.price, is_listed = excluded.is_listed
         WHERE catalog.version < excluded.version"
    ))
    .await?;
    // Lines that were ordered before this service had heard of the product.
    txn.execute_raw(raw_sql!(
        Postgres,
        "UPDATE order_items SET seller_id = t.seller, name = COALESCE(order_items.name, t.name)
         FROM unnest({ids}, {sellers}, {names}) AS t (id, seller, name)
         WHERE order_items.product_id = t.id AND order_items.seller_id IS NULL"
    ))
    .await?;
    Ok(())
}
