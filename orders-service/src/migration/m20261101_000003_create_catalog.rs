//! Table `catalog`: what this service knows of products.

use sea_orm_migration::prelude::*;

pub(super) struct CreateCatalog;

impl MigrationName for CreateCatalog {
    fn name(&self) -> &'static str {
        "m20261101_000003_create_catalog"
    }
}

const UP: &str = "
CREATE TABLE catalog (
    product_id integer PRIMARY KEY,
    version integer NOT NULL,
    seller_id integer NOT NULL,
    name varchar(255) NOT NULL,
    price numeric(10, 2) NOT NULL,
    is_listed boolean NOT NULL
);
";

#[async_trait::async_trait]
impl MigrationTrait for CreateCatalog {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(UP).await?;
        Ok(())
    }
}
