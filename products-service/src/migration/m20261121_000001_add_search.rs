//! What searching, filtering and sorting the catalog need.

use sea_orm_migration::prelude::*;

pub(super) struct AddSearch;

impl MigrationName for AddSearch {
    fn name(&self) -> &'static str {
        "m20261121_000001_add_search"
    }
}

/// Both extensions are trusted: the owner of a database may create them. `unaccent` depends on a
/// dictionary that could be edited, and is not immutable for that; here nobody edits it.
///
/// No index has the quantity, nor what is made of it: taking stock still rewrites no index.
const UP: &str = "
SET LOCAL statement_timeout = 0;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
CREATE FUNCTION plain_text(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $$ SELECT lower(public.unaccent('public.unaccent', $1)) $$;
ALTER TABLE products ADD plain_name text GENERATED ALWAYS AS (plain_text(name)) STORED;
CREATE INDEX products_search ON products USING gin (plain_name gin_trgm_ops)
    WHERE withdrawn_at IS NULL;
CREATE INDEX products_by_name ON products (plain_name, id) WHERE withdrawn_at IS NULL;
CREATE INDEX products_by_price ON products (price, id) WHERE withdrawn_at IS NULL;
CREATE INDEX products_of_category ON products (category, created_at DESC, id DESC)
    WHERE withdrawn_at IS NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for AddSearch {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(UP).await?;
        Ok(())
    }
}
