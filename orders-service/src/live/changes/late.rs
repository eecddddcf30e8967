//! What changed since somebody last listened: searched for among the latest.

use std::time::Duration;

use sea_orm::{
    DatabaseConnection, DbErr, FromQueryResult, prelude::TimeDateTimeWithTimeZone, raw_sql,
};
use shared::{id::UserId, money::Money};
use time::OffsetDateTime;

use super::OrderChange;
use crate::sales::Sale;

/// One more than are told.
const ASKED: i64 = 201;

/// The latest orders, and sold lines, that are searched for changes. No index has the time of
/// settling, because then settling would have to write it.
const LOOK: i64 = 1000;

/// An order that waited for longer than this and has [`LOOK`] newer ones may be passed over.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// The changed ones among the latest orders, and how far these reach back.
#[derive(FromQueryResult)]
pub(super) struct LateOrder {
    pub(super) at: TimeDateTimeWithTimeZone,
    pub(super) is_far: bool,
    id: Option<i32>,
    status: Option<String>,
    settled_at: Option<TimeDateTimeWithTimeZone>,
}

/// The changed ones among the latest sold lines, and how far these reach back.
#[derive(FromQueryResult)]
pub(super) struct LateSale {
    pub(super) is_far: bool,
    order_id: Option<i32>,
    product_id: Option<i32>,
    name: Option<String>,
    price: Option<Money>,
    quantity: Option<i32>,
    sold_at: Option<TimeDateTimeWithTimeZone>,
}

impl LateOrder {
    /// One more than are told, to see that there are more.
    pub(super) async fn read(
        db: &DatabaseConnection,
        user: UserId,
        from: OffsetDateTime,
    ) -> Result<Vec<Self>, DbErr> {
        let (user, far) = (user.0, far_before(from));
        Self::find_by_statement(raw_sql!(
            Postgres,
            "WITH latest AS (
                 SELECT id, status, created_at, settled_at FROM orders
                 WHERE user_id = {user} ORDER BY id DESC LIMIT {LOOK}
             ), reach AS (
                 SELECT count(*) < {LOOK} OR min(created_at) < {far} AS is_far FROM latest
             )
             SELECT statement_timestamp() AS at, is_far, id, status, settled_at
             FROM reach LEFT JOIN latest ON created_at >= {from} OR settled_at >= {from}
             ORDER BY id DESC LIMIT {ASKED}"
        ))
        .all(db)
        .await
    }

    pub(super) fn into_change(self) -> Option<OrderChange> {
        Some(OrderChange {
            id: self.id?,
            status: self.status?,
            settled_at: self.settled_at,
        })
    }
}

impl LateSale {
    /// One more than are told, to see that there are more.
    pub(super) async fn read(
        db: &DatabaseConnection,
        user: UserId,
        from: OffsetDateTime,
    ) -> Result<Vec<Self>, DbErr> {
        let (user, far) = (user.0, far_before(from));
        Self::find_by_statement(raw_sql!(
            Postgres,
            "WITH latest AS (
                 SELECT order_id, product_id, name, price, quantity FROM order_items
                 WHERE seller_id = {user} ORDER BY order_id DESC LIMIT {LOOK}
             ), sold AS (
                 SELECT latest.*, o.status, o.created_at, o.settled_at AS sold_at
                 FROM latest JOIN orders o ON o.id = latest.order_id
             ), reach AS (
                 SELECT count(*) < {LOOK} OR min(created_at) < {far} AS is_far FROM sold
             )
             SELECT is_far, order_id, product_id, name, price, quantity, sold_at
             FROM reach LEFT JOIN sold ON status = 'COMPLETED' AND sold_at >= {from}
             ORDER BY order_id DESC, product_id LIMIT {ASKED}"
        ))
        .all(db)
        .await
    }

    pub(super) fn into_sale(self) -> Option<Sale> {
        Some(Sale {
            order_id: self.order_id?,
            product_id: self.product_id?,
            name: self.name,
            price: self.price?,
            quantity: self.quantity?,
            sold_at: self.sold_at?,
        })
    }
}

fn far_before(from: OffsetDateTime) -> OffsetDateTime {
    from.saturating_sub(time::Duration::try_from(LONGEST_WAIT).unwrap_or_default())
}
