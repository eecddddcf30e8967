//! PostgreSQL and Redis in containers, for who wants the tests on the newest of both.

use std::time::Duration;

use anyhow::{Context, Result};
use testcontainers::{
    ContainerAsync, GenericImage, ImageExt,
    core::{IntoContainerPort, WaitFor},
    runners::AsyncRunner,
};

use crate::{say, test::Servers};

/// How long a container may take, its image included.
const READY_WITHIN: Duration = Duration::from_mins(3);

/// Two running containers.
pub(crate) struct Containers {
    pub(crate) servers: Servers,
    postgres: ContainerAsync<GenericImage>,
    redis: ContainerAsync<GenericImage>,
}

impl Containers {
    /// Starts both, fetching their images if need be.
    pub(crate) async fn start() -> Result<Self> {
        say::line("starting PostgreSQL 17 and Redis 8 in containers");
        let (postgres, redis) = tokio::try_join!(start_postgres(), start_redis())?;
        let address = |host, port| format!("{host}:{port}");
        let at_postgres = address(
            postgres.get_host().await?,
            postgres.get_host_port_ipv4(5432).await?,
        );
        let at_redis = address(
            redis.get_host().await?,
            redis.get_host_port_ipv4(6379).await?,
        );
        let servers = Servers {
            postgres_url: format!("postgres://postgres:postgres@{at_postgres}/postgres"),
            redis_url: format!("redis://{at_redis}"),
        };
        Ok(Self {
            servers,
            postgres,
            redis,
        })
    }

    /// Stops and removes both.
    pub(crate) async fn stop(self) -> Result<()> {
        self.postgres
            .rm()
            .await
            .context("cannot remove the PostgreSQL container")?;
        self.redis
            .rm()
            .await
            .context("cannot remove the Redis container")
    }
}

async fn start_postgres() -> Result<ContainerAsync<GenericImage>> {
    // The image starts a server once to prepare it; only the second one listens on the network.
    let ready = WaitFor::message_on_stderr("listening on IPv4 address");
    let settings = [
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
    ];
    let more = ["max_connections=500"];
    let command = settings
        .into_iter()
        .chain(more)
        .flat_map(|setting| ["-c", setting]);
    GenericImage::new("postgres", "17")
        .with_exposed_port(5432.tcp())
        .with_wait_for(ready)
        .with_env_var("POSTGRES_PASSWORD", "postgres")
        .with_cmd(["postgres"].into_iter().chain(command))
        .with_startup_timeout(READY_WITHIN)
        .start()
        .await
        .context("cannot start postgres:17")
}

async fn start_redis() -> Result<ContainerAsync<GenericImage>> {
    GenericImage::new("redis", "8")
        .with_exposed_port(6379.tcp())
        .with_wait_for(WaitFor::message_on_stdout("Ready to accept connections"))
        .with_startup_timeout(READY_WITHIN)
        .start()
        .await
        .context("cannot start redis:8")
}
