//! `order.created.v1`: take the stock of an order or not, and say so.

use sea_orm::DatabaseTransaction;
use shared::{
    messages::{inventory::InventoryMessage, orders::OrdersMessage},
    stream::{HandleError, Handler, Outgoing, Received, outbox},
};
use tracing::info;

use crate::stock;

/// Reaches the verdict on each order of a batch.
pub struct OrderCreatedHandler;

impl Handler for OrderCreatedHandler {
    type Message = OrdersMessage;
    const GROUP: &'static str = "products-service";

    async fn handle(
        &self,
        txn: &DatabaseTransaction,
        batch: &[&Received<OrdersMessage>],
    ) -> Result<(), HandleError> {
        let orders: Vec<_> = batch
            .iter()
            .map(|received| {
                let OrdersMessage::OrderCreated(order) = &received.message;
                order
            })
            .collect();
        let verdicts = stock::reserve(txn, &orders).await?;
        let mut answers = Vec::with_capacity(batch.len());
        for (verdict, received) in verdicts.into_iter().zip(batch) {
            info!(
                order.id = %verdict.order_id,
                request_id = received.correlation,
                "order {} gets the verdict {}", verdict.order_id, verdict.status
            );
            answers.push(Outgoing {
                message: InventoryMessage::VerdictReached(verdict),
                correlation: received.correlation.clone(),
            });
        }
        outbox::enqueue(txn, &answers).await?;
        Ok(())
    }
}
