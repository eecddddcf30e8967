//! Reminding: an order that waits too long for its verdict asks for it.
//!
//! It happens when a message was given up on the way, or lost in a manner that nobody noticed.
//! The order does not end by itself: products-service may have taken stock for it, and only
//! products-service knows.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, FromQueryResult,
    TransactionTrait, prelude::Uuid, raw_sql,
};
use shared::{
    cause::Cause,
    id::{MessageId, OrderId, UserId},
    messages::orders::{OrderCreated, OrdersMessage, VerdictWanted},
    stream::{Outbox, Outgoing, outbox},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How often to look for orders that wait.
const PERIOD: Duration = Duration::from_secs(30);

/// Orders of one look.
const MOST: i64 = 500;

/// An order that waits, as it was announced.
#[derive(FromQueryResult)]
struct Waiting {
    order_id: i32,
    user_id: i32,
    announcement: Uuid,
    request_id: String,
    traceparent: Option<String>,
    products: String,
}

/// Asks for verdicts until `shutdown`.
pub async fn remind(db: DatabaseConnection, outbox: Outbox, shutdown: CancellationToken) {
    let mut settled_below = 0;
    while !shutdown.is_cancelled() {
        match look(&db, settled_below).await {
            Ok(next) => {
                settled_below = next;
                outbox.wake();
            }
            Err(error) => warn!(%error, "cannot look for orders that wait"),
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = sleep(PERIOD) => {}
        }
    }
}

/// Asks for the verdicts of orders that have waited for two minutes, four, eight and so on: while
/// products-service is down for long, it is not buried in questions. Returns the id below which
/// every order is final, so that the next look begins there.
async fn look(db: &DatabaseConnection, settled_below: i32) -> Result<i32, DbErr> {
    let txn = db.begin().await?;
    let rows = txn
        .query_all_raw(raw_sql!(
            Postgres,
            "UPDATE orders SET reminders = reminders + 1
             WHERE id IN (SELECT id FROM orders
                          WHERE id >= {settled_below} AND status = 'PENDING'
                            AND now() - created_at > interval '2 minutes' * power(2, reminders)
                          ORDER BY id LIMIT {MOST} FOR NO KEY UPDATE SKIP LOCKED)
             RETURNING id"
        ))
        .await?;
    let ids = rows.iter().map(|row| row.try_get_by_index(0));
    let ids: Vec<i32> = ids.collect::<Result<_, _>>()?;
    if !ids.is_empty() {
        warn!(
            orders = ids.len(),
            "orders have waited too long, asking for their verdicts"
        );
        ask(&txn, ids).await?;
    }
    // Ids become visible in another order than they are drawn: what is younger than a minute
    // may not be there yet.
    let next = txn
        .query_one_raw(raw_sql!(
            Postgres,
            "SELECT coalesce(
                 min(id) FILTER (WHERE status = 'PENDING'), max(id), {settled_below})
             FROM orders
             WHERE id >= {settled_below} AND created_at < now() - interval '1 minute'"
        ))
        .await?;
    txn.commit().await?;
    next.map_or(Ok(settled_below), |row| row.try_get_by_index(0))
}

async fn ask(txn: &DatabaseTransaction, ids: Vec<i32>) -> Result<(), DbErr> {
    let waiting = Waiting::find_by_statement(raw_sql!(
        Postgres,
        "SELECT (fields->>'order_id')::integer AS order_id,
                (fields->>'user_id')::integer AS user_id,
                id AS announcement, correlation AS request_id,
                fields->>'traceparent' AS traceparent, fields->>'products' AS products
         FROM outbox
         WHERE kind = 'order.created.v1' AND (fields->>'order_id')::integer = ANY({ids})"
    ))
    .all(txn)
    .await?;
    let questions: Vec<_> = waiting.into_iter().filter_map(question).collect();
    outbox::enqueue(txn, &questions).await
}

fn question(waiting: Waiting) -> Option<Outgoing<OrdersMessage>> {
    let order = OrderCreated {
        order_id: OrderId(waiting.order_id),
        buyer_id: UserId(waiting.user_id),
        lines: serde_json::from_str(&waiting.products).ok()?,
    };
    Some(Outgoing {
        message: OrdersMessage::VerdictWanted(VerdictWanted {
            order,
            announcement: MessageId(waiting.announcement),
        }),
        cause: Cause {
            request_id: waiting.request_id,
            traceparent: waiting.traceparent.unwrap_or_default(),
        },
    })
}
