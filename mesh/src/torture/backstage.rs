//! Behind the stage: the servers of a mesh, asked past its services.

use anyhow::{Context, Result};
use tokio::task::spawn_blocking;

use crate::{
    postgres::{PostgresUrl, databases},
    programs,
};

/// Redis and the databases of a mesh, whoever runs it.
pub(super) struct Backstage {
    pub(super) redis_url: String,
    databases: Vec<PostgresUrl>,
}

impl Backstage {
    /// # Errors
    /// The URL of a database is none.
    pub(super) fn at((redis_url, database_urls): (String, Vec<String>)) -> Result<Self> {
        let databases = database_urls.iter().map(|url| PostgresUrl::parse(url));
        Ok(Self {
            redis_url,
            databases: databases.collect::<Result<_>>()?,
        })
    }

    /// What `sql` prints in the database of `owner`, one line a row.
    pub(super) async fn ask(&self, owner: &str, sql: &str) -> Result<String> {
        let name = format!("db_{owner}");
        let mut databases = self.databases.iter();
        let url = databases.find(|url| url.database == name).cloned();
        let url = url.with_context(|| format!("no URL of a database {name} is given"))?;
        let psql = programs::psql().context("psql is not found")?;
        let sql = sql.to_owned();
        spawn_blocking(move || databases::run(&psql, &url, &sql)).await?
    }
}
