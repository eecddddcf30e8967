//! `inventory_stream`: verdicts end orders, changes of products update the catalog.

use sea_orm::DatabaseTransaction;
use shared::{
    messages::inventory::InventoryMessage,
    stream::{HandleError, Handler, Received},
};

use crate::{catalog, settling};

/// Applies both kinds; changes first, as an order that ends takes from the catalog what it lacks.
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
        if !changes.is_empty() {
            catalog::learn(txn, &changes).await?;
        }
        if !verdicts.is_empty() {
            settling::settle(txn, &verdicts).await?;
        }
        Ok(())
    }
}
