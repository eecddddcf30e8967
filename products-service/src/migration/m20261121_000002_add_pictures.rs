//! Table `pictures`, and what a product says of its own.

use sea_orm_migration::prelude::*;

pub(super) struct AddPictures;

impl MigrationName for AddPictures {
    fn name(&self) -> &'static str {
        "m20261121_000002_add_pictures"
    }
}

/// JPEG files do not get smaller by compression: they are stored as they are.
const UP: &str = "
ALTER TABLE products ADD picture varchar(32);
CREATE TABLE pictures (
    product_id integer PRIMARY KEY REFERENCES products ON DELETE CASCADE,
    large bytea NOT NULL,
    small bytea NOT NULL
);
ALTER TABLE pictures ALTER large SET STORAGE EXTERNAL, ALTER small SET STORAGE EXTERNAL;
";

#[async_trait::async_trait]
impl MigrationTrait for AddPictures {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(UP).await?;
        Ok(())
    }
}
