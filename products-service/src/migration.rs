//! The schema, as an ordered list of steps. A step that is on main is never edited.

use sea_orm_migration::prelude::*;
use shared::stream::tables::CreateStreamTables;

mod m20261101_000002_create_products;
mod m20261121_000001_add_search;
mod m20261121_000002_add_pictures;

/// Brings the database of products-service up to date.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(CreateStreamTables),
            Box::new(m20261101_000002_create_products::CreateProducts),
            Box::new(m20261121_000001_add_search::AddSearch),
            Box::new(m20261121_000002_add_pictures::AddPictures),
        ]
    }
}
