//! The schema, as an ordered list of steps. A step that is on main is never edited.

use sea_orm_migration::prelude::*;
use shared::stream::tables::CreateStreamTables;

mod m20261101_000002_create_orders;
mod m20261101_000003_create_catalog;
mod m20261121_000001_add_sellers;
mod m20261121_000002_add_addresses;

/// Brings the database of orders-service up to date.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(CreateStreamTables),
            Box::new(m20261101_000002_create_orders::CreateOrders),
            Box::new(m20261101_000003_create_catalog::CreateCatalog),
            Box::new(m20261121_000001_add_sellers::AddSellers),
            Box::new(m20261121_000002_add_addresses::AddAddresses),
        ]
    }
}
