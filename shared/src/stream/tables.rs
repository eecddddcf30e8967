//! The tables of outbox and inbox: a migration that every service with messages includes.

use sea_orm_migration::prelude::*;

/// Creates `outbox` and `published` of the relay, `inbox` and `failures` of the consumers.
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

CREATE INDEX outbox_created ON outbox USING brin (created_at);

CREATE TABLE published (
    stream text PRIMARY KEY,
    round bigint NOT NULL,
    last_entry text NOT NULL,
    floor_ms bigint NOT NULL DEFAULT 0
);

CREATE TABLE inbox (
    message_id uuid NOT NULL,
    consumer_group text NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, consumer_group)
);
CREATE INDEX inbox_processed ON inbox USING brin (processed_at);

CREATE TABLE failures (
    message_id uuid NOT NULL,
    consumer_group text NOT NULL,
    stream text NOT NULL,
    entry_id text NOT NULL,
    entry json NOT NULL,
    state text NOT NULL DEFAULT 'retrying'
        CHECK (state IN ('retrying', 'settled', 'dead', 'replayed', 'discarded')),
    attempts integer NOT NULL DEFAULT 0,
    consumer text,
    error text,
    class text,
    fingerprint text,
    first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_at timestamptz,
    decisions json NOT NULL DEFAULT '[]',
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
