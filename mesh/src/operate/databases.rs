//! The databases of the services: each is asked for what it has.

use std::time::Duration;

use anyhow::{Context, Result};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, Value,
};

/// A database that does not answer in this time is down.
const PATIENCE: Duration = Duration::from_secs(2);

/// The database of one service.
pub(super) struct Database {
    /// Its name, such as `db_orders`.
    pub(super) name: String,
    url: String,
}

impl Database {
    pub(super) fn at(url: &str) -> Result<Self> {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let name = path.rsplit('/').next().filter(|name| !name.is_empty());
        Ok(Self {
            name: name
                .context("a database URL ends with its name")?
                .to_owned(),
            url: url.to_owned(),
        })
    }

    pub(super) async fn connect(&self) -> Result<DatabaseConnection> {
        let mut options = ConnectOptions::new(&self.url);
        options
            .max_connections(1)
            .connect_timeout(PATIENCE)
            .acquire_timeout(PATIENCE)
            .sqlx_logging(false);
        let connected = sea_orm::Database::connect(options).await;
        // The error repeats the URL with its password.
        connected.map_err(|_| anyhow::anyhow!("{} is down", self.name))
    }
}

/// How many orders have which status; nothing for a database without orders.
pub(super) async fn orders(db: &DatabaseConnection) -> Result<Vec<(String, i64)>, DbErr> {
    if !has_table(db, "orders").await? {
        return Ok(Vec::new());
    }
    let sql = "SELECT status, count(*) FROM orders GROUP BY status ORDER BY status";
    let rows = db.query_all_raw(statement(sql, [])).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

pub(super) async fn has_table(db: &DatabaseConnection, table: &str) -> Result<bool, DbErr> {
    let sql = "SELECT to_regclass($1) IS NOT NULL";
    let row = db.query_one_raw(statement(sql, [table.into()])).await?;
    row.map_or(Ok(false), |row| row.try_get_by_index(0))
}

pub(super) fn statement<const N: usize>(sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
