//! What an operator asks a mesh, and does to it: `status`, `dead-letters`, `trace`.
//!
//! They read PostgreSQL and Redis, not the services, so they answer when services do not. A part
//! that is down is named, and the rest is shown.

mod databases;
pub mod dead_letters;
pub mod status;
pub mod trace;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
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
    fn parts(&self) -> Result<Parts> {
        let (redis_url, database_urls, services) = match &self.redis_url {
            Some(url) => (url.clone(), self.database_url.clone(), Vec::new()),
            None => self.of_folder()?,
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

    fn of_folder(&self) -> Result<(String, Vec<String>, Vec<Service>)> {
        let folder = self
            .data
            .clone()
            .unwrap_or_else(|| workspace::root().join(".mesh"));
        let Some(state) = State::read(&folder.join("mesh.json"))? else {
            let folder = folder.display();
            bail!(
                "no mesh runs on {folder}; start it (cargo mesh up), or name one with --redis-url and --database-url"
            );
        };
        // Two instances share a database.
        let mut databases: Vec<String> = Vec::new();
        for url in state
            .services
            .iter()
            .filter_map(|it| it.database_url.clone())
        {
            if !databases.contains(&url) {
                databases.push(url);
            }
        }
        Ok((state.redis.url, databases, state.services))
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
