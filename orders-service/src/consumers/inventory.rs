//! `inventory_stream`: verdicts end orders, changes of products update the catalog.

use sea_orm::DatabaseTransaction;
use shared::{
    messages::inventory::InventoryMessage,
    stream::{HandleError, Handler, Received},
};

use crate::{catalog, settling};

/// Applies both kinds. They touch different tables, so their order within a batch is free.
pub struct InventoryHandler;

impl Handler for InventoryHandler {
    type Message = InventoryMessage;
    const GROUP: &'static str = "orders-service";

    async fn handle(
        &self,
        txn: &DatabaseTransaction,
        batch: &[&Received<InventoryMessage>],
    ) -> Result<(), HandleError> {
        let mut verdicts = Vec::new();
        let mut changes = Vec::new();
        for received in batch {
            match &received.message {
                InventoryMessage::VerdictReached(verdict) => {
                    verdicts.push((verdict, &received.cause));
                }
                InventoryMessage::ProductChanged(change) => changes.push(change),
            }
        }
        if !verdicts.is_empty() {
            settling::settle(txn, &verdicts).await?;
        }
        if !changes.is_empty() {
            catalog::learn(txn, &changes).await?;
        }
        Ok(())
    }
}
