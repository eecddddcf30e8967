//! `orders_stream`: every order gets its verdict, and gets it again when it is asked for.

use sea_orm::DatabaseTransaction;
use shared::{
    cause::Cause,
    messages::{
        inventory::{InventoryMessage, VerdictReached},
        orders::OrdersMessage,
    },
    stream::{HandleError, Handler, Outgoing, Received, outbox},
};
use tracing::info;

use crate::{stock, verdicts};

/// Applies both kinds; orders first, since the verdict on one may be asked for in its own batch.
pub struct OrdersHandler;

impl Handler for OrdersHandler {
    type Message = OrdersMessage;
    const GROUP: &'static str = "products-service";

    async fn handle(
        &self,
        txn: &DatabaseTransaction,
        batch: &[&Received<OrdersMessage>],
    ) -> Result<(), HandleError> {
        let mut created = Vec::with_capacity(batch.len());
        let mut causes = Vec::with_capacity(batch.len());
        let mut wanted = Vec::new();
        for received in batch {
            match &received.message {
                OrdersMessage::OrderCreated(order) => {
                    created.push(order);
                    causes.push(received.cause.clone());
                }
                OrdersMessage::VerdictWanted(it) => wanted.push((it, &received.cause)),
            }
        }
        if !created.is_empty() {
            let reached = stock::reserve(txn, &created).await?;
            announce(txn, reached.into_iter().zip(causes)).await?;
        }
        for (wanted, cause) in wanted {
            let late = verdicts::answer(txn, wanted, Self::GROUP).await?;
            announce(txn, late.into_iter().map(|late| (late, cause.clone()))).await?;
        }
        Ok(())
    }
}

async fn announce(
    txn: &DatabaseTransaction,
    verdicts: impl Iterator<Item = (VerdictReached, Cause)>,
) -> Result<(), HandleError> {
    let outgoing = |(verdict, cause): (VerdictReached, Cause)| {
        info!(
            order.id = %verdict.order_id,
            request_id = cause.request_id,
            trace_id = cause.trace_id(),
            "order {} gets the verdict {}", verdict.order_id, verdict.status
        );
        Outgoing {
            message: InventoryMessage::VerdictReached(verdict),
            cause,
        }
    };
    let answers: Vec<_> = verdicts.map(outgoing).collect();
    Ok(outbox::enqueue(txn, &answers).await?)
}
