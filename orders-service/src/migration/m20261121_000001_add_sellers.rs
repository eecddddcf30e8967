//! Column `order_items.seller_id`: who sold a line.

use sea_orm_migration::prelude::*;

pub(super) struct AddSellers;

impl MigrationName for AddSellers {
    fn name(&self) -> &'static str {
        "m20261121_000001_add_sellers"
    }
}

/// Lines of before get the seller whom the catalog knows. A line of a product that the catalog
/// does not know has none until it does; the second index, which is empty but for those, finds
/// them then.
const UP: &str = "
SET LOCAL statement_timeout = 0;
ALTER TABLE order_items ADD seller_id integer;
UPDATE order_items SET seller_id = catalog.seller_id
FROM catalog WHERE catalog.product_id = order_items.product_id;
CREATE INDEX order_items_of_seller ON order_items (seller_id, order_id)
    WHERE seller_id IS NOT NULL;
CREATE INDEX order_items_without_seller ON order_items (product_id) WHERE seller_id IS NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for AddSellers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(UP).await?;
        Ok(())
    }
}
