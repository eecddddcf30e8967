//! Sales: the lines of completed orders, as their seller sees them.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, FromQueryResult, prelude::TimeDateTimeWithTimeZone,
    raw_sql,
};
use serde::Serialize;
use shared::{id::UserId, money::Money};
use utoipa::ToSchema;

use crate::error::Error;

/// How far sold lines are counted: nobody reads so many pages, and counting is what costs.
const MOST_COUNTED: i64 = 10_000;

/// A sold line. It says nothing about the buyer, nor about what else is in the order.
#[derive(FromQueryResult, Serialize, ToSchema)]
pub(crate) struct Sale {
    #[schema(minimum = 1)]
    pub(crate) order_id: i32,
    #[schema(minimum = 1)]
    pub(crate) product_id: i32,
    /// As it was when the order was placed.
    #[schema(required)]
    pub(crate) name: Option<String>,
    pub(crate) price: Money,
    #[schema(minimum = 1)]
    pub(crate) quantity: i32,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub(crate) sold_at: TimeDateTimeWithTimeZone,
}

/// One page of a seller's sold lines, those of the newest orders first, and how many there are in
/// all (counted up to 10,000).
pub(crate) async fn list(
    db: &DatabaseConnection,
    seller: UserId,
    (page, limit): (u32, u32),
) -> Result<(Vec<Sale>, u64), Error> {
    let seller = seller.0;
    let offset = i64::from(page - 1) * i64::from(limit);
    let limit = i64::from(limit);
    let sales = Sale::find_by_statement(raw_sql!(
        Postgres,
        "SELECT i.order_id, i.product_id, i.name, i.price, i.quantity, o.settled_at AS sold_at
         FROM order_items i JOIN orders o ON o.id = i.order_id
         WHERE i.seller_id = {seller} AND o.status = 'COMPLETED'
         ORDER BY i.order_id DESC, i.product_id LIMIT {limit} OFFSET {offset}"
    ))
    .all(db)
    .await?;
    Ok((sales, count(db, seller).await?))
}

async fn count(db: &DatabaseConnection, seller: i32) -> Result<u64, Error> {
    let row = db
        .query_one_raw(raw_sql!(
            Postgres,
            "SELECT count(*) FROM (
                 SELECT FROM order_items i JOIN orders o ON o.id = i.order_id
                 WHERE i.seller_id = {seller} AND o.status = 'COMPLETED' LIMIT {MOST_COUNTED}
             ) AS sold"
        ))
        .await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(count.unsigned_abs())
}
