//! Asking the databases of a mesh, as their owner would.

use anyhow::{Context, Result};
use tokio::task::spawn_blocking;

use super::Mesh;
use crate::{
    postgres::{PostgresUrl, databases},
    programs,
};

impl Mesh {
    /// What `sql` prints in the database of `owner`, one line a row.
    pub(crate) async fn ask(&self, owner: &str, sql: &str) -> Result<String> {
        let psql = programs::psql().context("psql is not found any more")?;
        let admin = PostgresUrl::parse(&self.state().postgres.url_admin)?;
        let url = admin.with(&admin.user, &admin.password, &format!("db_{owner}"));
        let sql = sql.to_owned();
        spawn_blocking(move || databases::run(&psql, &url, &sql)).await?
    }

    /// How many orders have no final status.
    pub(crate) async fn pending_orders(&self) -> Result<u64> {
        let sql = "SELECT count(*) FROM orders WHERE status = 'PENDING'";
        Ok(self.ask("orders", sql).await?.parse()?)
    }
}
