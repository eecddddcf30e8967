//! The tables of outbox and inbox: a migration that every service with messages includes.

use sea_orm_migration::prelude::*;

/// Creates `outbox` and `inbox`.
pub struct CreateStreamTables;

impl MigrationName for CreateStreamTables {
    fn name(&self) -> &'static str {
        "m20261101_000001_create_stream_tables"
    }
}

/// The only index of the outbox holds what is not published: a row enters it once, and marking
/// the row takes it out without writing any index. Early vacuum, since half of all row versions
/// are dead soon.
const UP: &str = "
CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    id uuid NOT NULL,
    stream text NOT NULL,
    kind text NOT NULL,
    correlation text NOT NULL,
    fields json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE UNIQUE INDEX outbox_unpublished ON outbox (seq) WHERE published_at IS NULL;

CREATE TABLE inbox (
    message_id uuid NOT NULL,
    consumer_group text NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, consumer_group)
);
";

#[async_trait::async_trait]
impl MigrationTrait for CreateStreamTables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(UP).await?;
        Ok(())
    }
}
