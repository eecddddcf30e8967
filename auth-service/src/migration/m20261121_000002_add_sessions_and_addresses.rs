//! What accounts need beyond a name and a password: being disabled, versions of what tokens say,
//! roles that are lists of permissions, and addresses.

use sea_orm_migration::prelude::*;

pub(super) struct AddSessionsAndAddresses;

impl MigrationName for AddSessionsAndAddresses {
    fn name(&self) -> &'static str {
        "m20261121_000002_add_sessions_and_addresses"
    }
}

const UP: &str = "
ALTER TABLE users
    ADD COLUMN is_disabled boolean NOT NULL DEFAULT false,
    -- Tokens of an earlier one are void.
    ADD COLUMN token_version integer NOT NULL DEFAULT 0,
    -- Sessions of an earlier one are over.
    ADD COLUMN session_version integer NOT NULL DEFAULT 0;
CREATE TABLE role_permissions (
    role varchar(20) NOT NULL,
    permission varchar(50) NOT NULL,
    PRIMARY KEY (role, permission)
);
INSERT INTO role_permissions (role, permission)
SELECT role, permission
FROM (VALUES ('USER'), ('ADMIN')) AS roles (role),
     (VALUES ('account:write:own'), ('product:write:own'),
             ('order:place'), ('order:read:own')) AS own (permission);
INSERT INTO role_permissions (role, permission) VALUES
    ('ADMIN', 'product:write:any'), ('ADMIN', 'order:read:any'), ('ADMIN', 'user:manage');
CREATE TABLE addresses (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name varchar(100) NOT NULL,
    line1 varchar(200) NOT NULL,
    line2 varchar(200),
    city varchar(100) NOT NULL,
    postal_code varchar(20) NOT NULL,
    country char(2) NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    is_default boolean NOT NULL DEFAULT false
);
CREATE INDEX addresses_user ON addresses (user_id);
CREATE UNIQUE INDEX addresses_default ON addresses (user_id) WHERE is_default;
";

#[async_trait::async_trait]
impl MigrationTrait for AddSessionsAndAddresses {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(UP).await?;
        Ok(())
    }
}
