//! The schema comes to its newest state once, however many start at the same time.

use futures_util::future::join_all;
use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;
use shared::db;

use crate::stage::{Migrator, Stage};

/// A stage whose database has no tables.
async fn empty() -> Stage {
    let stage = Stage::create().await;
    let clear = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    stage.db.execute_unprepared(clear).await.unwrap();
    stage
}

async fn tables(stage: &Stage) -> Vec<String> {
    let query = "SELECT table_name::text FROM information_schema.tables
                 WHERE table_schema = 'public' ORDER BY 1";
    stage.texts(query).await
}

#[tokio::test]
async fn four_instances_that_start_together_migrate_once() {
    let stage = empty().await;
    let connecting = (0..4).map(|_| db::connect(&stage.database_url));
    let instances = join_all(connecting).await;

    let outcomes = join_all(
        instances
            .iter()
            .map(|db| db::migrate::<Migrator>(db.as_ref().unwrap())),
    )
    .await;

    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let expected = [
        "effects",
        "failures",
        "inbox",
        "outbox",
        "published",
        "seaql_migrations",
    ];
    assert_eq!(tables(&stage).await, expected);
    let steps = stage
        .texts("SELECT version FROM seaql_migrations ORDER BY 1")
        .await;
    assert_eq!(steps.len(), 2);
}

struct BrokenMigrator;

impl MigratorTrait for BrokenMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = Migrator::migrations();
        migrations.push(Box::new(Broken));
        migrations
    }
}

struct Broken;

impl MigrationName for Broken {
    fn name(&self) -> &'static str {
        "m20261101_000009_broken"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Broken {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let up = "CREATE TABLE half (id integer); CREATE TABLE half (id integer)";
        manager.get_connection().execute_unprepared(up).await?;
        Ok(())
    }
}

#[tokio::test]
async fn a_step_that_fails_leaves_the_schema_as_it_was() {
    let stage = empty().await;

    let failed = db::migrate::<BrokenMigrator>(&stage.db).await;

    assert!(failed.is_err());
    assert!(tables(&stage).await.is_empty());
    db::migrate::<Migrator>(&stage.db).await.unwrap();
}

async fn record(stage: &Stage, migration: &str) {
    let row = format!("INSERT INTO seaql_migrations VALUES ('{migration}', 0)");
    stage.db.execute_unprepared(&row).await.unwrap();
}

#[tokio::test]
async fn a_program_starts_on_a_schema_that_a_later_release_has_migrated() {
    let stage = Stage::create().await;
    let before = tables(&stage).await;
    record(&stage, "m20990101_000001_of_a_later_release").await;

    db::migrate::<Migrator>(&stage.db).await.unwrap();

    assert_eq!(tables(&stage).await, before);
}

#[tokio::test]
async fn a_schema_of_another_line_of_development_is_refused() {
    let stage = empty().await;
    db::migrate::<Migrator>(&stage.db).await.unwrap();
    let forget = "DELETE FROM seaql_migrations WHERE version LIKE '%stream_tables'";
    stage.db.execute_unprepared(forget).await.unwrap();
    record(&stage, "m20990101_000001_of_somebody_else").await;

    let refused = db::migrate::<Migrator>(&stage.db).await.unwrap_err();

    assert!(refused.to_string().contains("somebody_else"), "{refused}");
}
