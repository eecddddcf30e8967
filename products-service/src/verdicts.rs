//! Verdicts that are asked for again.
//!
//! Only this service decides about an order, so an order that waits too long does not decide for
//! itself but asks. The answer is the verdict that was reached or, when the order was never
//! decided, that it never will be: FAILED, with nothing taken.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, raw_sql};
use shared::{
    messages::{
        inventory::{Shortage, ShortageReason, Verdict, VerdictReached},
        orders::{OrderCreated, VerdictWanted},
    },
    stream::replay::withdraw,
};
use tracing::warn;

/// The verdict of an order that is given up now. `None` when it was decided before: that verdict
/// is published once more.
pub(crate) async fn answer(
    txn: &DatabaseTransaction,
    wanted: &VerdictWanted,
    group: &str,
) -> Result<Option<VerdictReached>, DbErr> {
    let order = &wanted.order;
    if withdraw(txn, group, wanted.announcement, "timeout").await? {
        warn!(order.id = %order.order_id, "order {} was never decided, giving it up", order.order_id);
        return Ok(Some(timed_out(order)));
    }
    let id = order.order_id.to_string();
    txn.execute_raw(raw_sql!(
        Postgres,
        "UPDATE outbox SET published_at = NULL
         WHERE kind = 'verdict.reached.v1' AND fields->>'order_id' = {id}"
    ))
    .await?;
    Ok(None)
}

fn timed_out(order: &OrderCreated) -> VerdictReached {
    let shortages = order.lines.iter().map(|line| Shortage {
        product_id: line.product_id,
        reason: ShortageReason::Timeout,
        available: None,
        price: None,
    });
    VerdictReached {
        order_id: order.order_id,
        status: Verdict::Failed,
        shortages: shortages.collect(),
        taken: Vec::new(),
    }
}
