//! Orders keep where they go.

use sea_orm_migration::prelude::*;

pub(super) struct AddAddresses;

impl MigrationName for AddAddresses {
    fn name(&self) -> &'static str {
        "m20261121_000002_add_addresses"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddAddresses {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "ALTER TABLE orders ADD COLUMN address jsonb";
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
