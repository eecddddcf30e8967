//! The schema, as an ordered list of steps. A step that is on main is never edited.

use sea_orm_migration::prelude::*;
use shared::stream::tables::CreateStreamTables;

mod m20261101_000002_create_users;
mod m20261121_000002_add_sessions_and_addresses;

/// Brings the database of auth-service up to date.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(CreateStreamTables),
            Box::new(m20261101_000002_create_users::CreateUsers),
            Box::new(m20261121_000002_add_sessions_and_addresses::AddSessionsAndAddresses),
        ]
    }
}
