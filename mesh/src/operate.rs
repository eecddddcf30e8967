//! What an operator asks a mesh, and does to it: `status`, `dead-letters`, `trace`.
//!
//! They read PostgreSQL and Redis, not the services, so they answer when services do not. A part
//! that is down is named, and the rest is shown.

mod databases;
pub mod dead_letters;
pub mod status;
pub mod trace;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use shared::{
    config::{RedisConfig, secret},
    redis::Redis,
};

use self::databases::Database;
use crate::{
    state::{Service, State},
    workspace,
};

/// Which mesh is meant: the one that runs on a data folder, or one by the URLs of its servers.
#[derive(Args)]
pub struct Target {
    /// Data folder of the running mesh [default: .mesh in the checkout].
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Redis of a mesh that runs elsewhere, or `@file` that holds its URL.
    #[arg(long, global = true, value_name = "URL", requires = "database_url",
          env = "MESH_REDIS_URL", hide_env_values = true, value_parser = secret)]
    redis_url: Option<String>,
    /// Database of a service of a mesh that runs elsewhere, or `@file`; once for each, or with
    /// commas between them.
    #[arg(long, global = true, value_name = "URL", requires = "redis_url",
          env = "MESH_DATABASE_URLS", hide_env_values = true, value_delimiter = ',',
          value_parser = secret)]
    database_url: Vec<String>,
}

/// The servers of a mesh.
struct Parts {
    redis: Redis,
    databases: Vec<Database>,
    /// Processes, as far as a state file names them.
    services: Vec<Service>,
}

impl Target {
    /// The URLs of Redis and of the databases.
    pub(crate) fn urls(&self) -> Result<(String, Vec<String>)> {
        match &self.redis_url {
            Some(url) => Ok((url.clone(), self.database_url.clone())),
            None => Ok(self.of_folder()?.urls()),
        }
    }

    fn parts(&self) -> Result<Parts> {
        let (redis_url, database_urls) = self.urls()?;
        let services = match self.redis_url {
            Some(_) => Vec::new(),
            None => self.of_folder()?.services,
        };
        let databases = database_urls.iter().map(|url| Database::at(url));
        Ok(Parts {
            redis: Redis::new(&RedisConfig {
                redis_url,
                redis_key_prefix: String::new(),
            })
            .context("the URL of Redis")?,
            databases: databases.collect::<Result<_>>()?,
            services,
        })
    }

    fn of_folder(&self) -> Result<State> {
        let folder = self
            .data
            .clone()
            .unwrap_or_else(|| workspace::root().join(".mesh"));
        State::read(&folder.join("mesh.json"))?.with_context(|| {
            let folder = folder.display();
            format!(
                "no mesh runs on {folder}; start it (cargo mesh up), or name one with --redis-url and --database-url"
            )
        })
    }
}

/// Seconds as a person reads them.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
