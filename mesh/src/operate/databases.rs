//! The databases of the services: each is asked for what it has.

use std::time::Duration;

use anyhow::{Context, Result};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, FromQueryResult,
    Statement, Value,
};
use serde::Serialize;

/// A database that does not answer in this time is down.
const PATIENCE: Duration = Duration::from_secs(2);

/// The database of one service.
pub(super) struct Database {
    /// Its name, such as `db_orders`.
    pub(super) name: String,
    url: String,
}

/// How a database and what waits in it are.
#[derive(Debug, Serialize, FromQueryResult)]
pub(super) struct Waiting {
    /// Messages that are not published.
    pub(super) outbox: i64,
    /// Age of the oldest of them (seconds).
    pub(super) outbox_oldest: f64,
    /// Messages that failed and will be tried again.
    pub(super) retrying: i64,
    /// Messages that were given up and that nobody has decided about.
    pub(super) dead: i64,
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

pub(super) async fn waiting(db: &DatabaseConnection) -> Result<Waiting, DbErr> {
    let sql = "SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS outbox,
                      (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)
                       FROM outbox WHERE published_at IS NULL)::float8 AS outbox_oldest,
                      (SELECT count(*) FROM failures WHERE state = 'retrying') AS retrying,
                      (SELECT count(*) FROM failures WHERE state = 'dead') AS dead";
    let row = Waiting::find_by_statement(statement(sql, []))
        .one(db)
        .await?;
    row.ok_or_else(|| DbErr::RecordNotFound("a row without FROM".to_owned()))
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
