//! Settling: an order gets its final status from the verdict on it.

use std::collections::{BTreeMap, HashMap};

use metrics::{counter, histogram};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, raw_sql};
use shared::{cause::Cause, messages::inventory::VerdictReached};
use tracing::{info, warn};

/// A verdict and the request that placed its order.
pub(crate) type CausedVerdict<'a> = (&'a VerdictReached, &'a Cause);

/// Ends each order that still waits. A verdict on an order that is final, or that is not there,
/// changes nothing and is logged.
pub(crate) async fn settle(
    txn: &DatabaseTransaction,
    verdicts: &[CausedVerdict<'_>],
) -> Result<(), DbErr> {
    // The first verdict on an order counts, also when a second one comes in the same batch. Should
    // two instances settle the same orders and wait for each other in a circle, PostgreSQL ends one
    // transaction, and its messages come again one at a time.
    let mut first = BTreeMap::new();
    for (verdict, _) in verdicts {
        first.entry(verdict.order_id.0).or_insert(*verdict);
    }
    let statuses: Vec<String> = first
        .values()
        .map(|it| it.status.name().to_owned())
        .collect();
    let failures: Vec<String> = first.values().map(|it| failure_of(it)).collect();
    let ids: Vec<i32> = first.into_keys().collect();
    // A product may have been heard of while an order of it was being stored; whose it is, is known
    // by now.
    let rows = txn
        .query_all_raw(raw_sql!(
            Postgres,
            "WITH settled AS (
                 UPDATE orders
                 SET status = t.status, failure = NULLIF(t.failure, '')::jsonb,
                     settled_at = clock_timestamp()
                 FROM unnest({ids}, {statuses}, {failures}) AS t (id, status, failure)
                 WHERE orders.id = t.id AND orders.status = 'PENDING'
                 RETURNING orders.id, extract(epoch FROM settled_at - created_at)::float8 AS waited
             ), sold AS (
                 UPDATE order_items
                 SET seller_id = catalog.seller_id, name = COALESCE(order_items.name, catalog.name)
                 FROM catalog
                 WHERE order_items.order_id IN (SELECT id FROM settled)
                   AND order_items.seller_id IS NULL
                   AND catalog.product_id = order_items.product_id
             )
             SELECT id, waited FROM settled"
        ))
        .await?;
    let mut settled: HashMap<i32, f64> = rows
        .iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect::<Result<_, DbErr>>()?;
    for (verdict, cause) in verdicts {
        let (id, status) = (verdict.order_id, verdict.status);
        let (request_id, trace_id) = (&*cause.request_id, cause.trace_id());
        if let Some(waited) = settled.remove(&id.0) {
            counter!("orders_total", "status" => status.name()).increment(1);
            histogram!("saga_duration_seconds", "status" => status.name()).record(waited);
            info!(order.id = %id, request_id, trace_id, "order {id} is {status}");
        } else {
            warn!(
                order.id = %id,
                request_id,
                trace_id,
                "verdict on order {id}, which does not wait for one"
            );
        }
    }
    Ok(())
}

/// The shortages as JSON, or nothing.
fn failure_of(verdict: &VerdictReached) -> String {
    if verdict.shortages.is_empty() {
        return String::new();
    }
    serde_json::to_string(&verdict.shortages).unwrap_or_default()
}
