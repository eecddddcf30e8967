//! The order in which a mesh starts: what others need first, and as much at once as possible.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use shared::probe;
use tokio::{
    task::spawn_blocking,
    time::{sleep, timeout},
};

use super::Mesh;
use crate::{
    install::{self, Missing, Tool},
    part::{READY_WITHIN, Ready},
    port,
    postgres::{self, Cluster, PostgresUrl, Purpose, databases},
    programs, redis,
    services::{PROXY, SERVICES, Surroundings},
    state::Service,
    web, workspace,
};

/// How often the door is asked; rarely enough for its limit of requests.
const ASK_DOOR_EVERY: Duration = Duration::from_millis(100);

/// The URL of each service's database, in the order of [`SERVICES`].
type DatabaseUrls = Vec<String>;

impl Mesh {
    /// Starts everything and waits until it is ready.
    pub(crate) async fn bring_up(&self) -> Result<()> {
        let (programs, databases, redis_url) = self.bring_up_servers(Purpose::Keep).await?;
        let door = self.options.redis_door;
        let surroundings = Surroundings {
            folder: &self.folder,
            programs,
            redis_url: door.map_or(Ok(redis_url.clone()), |door| redis::by(&redis_url, door))?,
            rate_limit: self.options.rate_limit,
            plant: self.options.plant,
            log_format: self.options.log_format.clone(),
            otlp_endpoint: self.options.otlp_endpoint.clone(),
        };
        surroundings.ensure_keys().await?;
        self.start_services(&surroundings, databases)?;
        for part in self.parts() {
            part.wait_ready().await?;
        }
        self.wait_for_door().await?;
        self.say("services and proxy ready");
        Ok(())
    }

    /// Waits until the proxy lets requests pass to every service: one that took long to start, it may
    /// leave alone for a moment more.
    async fn wait_for_door(&self) -> Result<()> {
        let passes = async {
            for service in ["auth", "products", "orders"] {
                let path = format!("/api/{service}/openapi.json");
                while !probe::answers_ok(self.address, &path).await {
                    sleep(ASK_DOOR_EVERY).await;
                }
            }
        };
        timeout(READY_WITHIN, passes)
            .await
            .context("the proxy does not let requests pass; see its log")
    }

    /// Builds the programs and starts PostgreSQL and Redis, all three at once.
    pub(crate) async fn bring_up_servers(
        &self,
        purpose: Purpose,
    ) -> Result<(PathBuf, DatabaseUrls, String)> {
        self.install_missing()?;
        let (programs, (databases, redis_url)) =
            tokio::try_join!(self.build(), self.start_servers(purpose))?;
        Ok((programs, databases, redis_url))
    }

    /// Starts PostgreSQL and Redis, both at once.
    pub(super) async fn start_servers(&self, purpose: Purpose) -> Result<(DatabaseUrls, String)> {
        tokio::try_join!(self.start_postgres(purpose), self.start_redis(purpose))
    }

    fn install_missing(&self) -> Result<()> {
        let options = &self.options;
        let missing = || {
            let postgres = match options.postgres_url {
                // Somebody else runs the server; only its client is needed.
                Some(_) => programs::psql().is_some(),
                None => programs::postgres(None).is_some(),
            };
            let redis = options.redis_url.is_some() || programs::redis().is_some();
            let found = [(Tool::Postgres, postgres), (Tool::Redis, redis)];
            found
                .into_iter()
                .filter(|(_, found)| !found)
                .map(|(tool, _)| tool)
                .collect()
        };
        let absent: Vec<Tool> = missing();
        if absent.is_empty() {
            return Ok(());
        }
        install::install(&absent, options.say)?;
        missing()
            .first()
            .map_or(Ok(()), |tool| Err(Missing::still(*tool).into()))
    }

    async fn build(&self) -> Result<PathBuf> {
        self.say("building the services while PostgreSQL and Redis start");
        let (plant, say) = (self.options.plant, self.options.say);
        let app = async {
            if self.options.browser_app {
                web::build(say).await?;
            }
            Ok(())
        };
        let (programs, ()) = tokio::try_join!(workspace::build(plant, say), app)?;
        self.say("built");
        Ok(programs)
    }

    /// Starts PostgreSQL, unless one is given, with a database for each service.
    async fn start_postgres(&self, purpose: Purpose) -> Result<DatabaseUrls> {
        if let Some(url) = &self.options.postgres_url {
            let psql = programs::psql().context("psql is not found any more")?;
            let admin = PostgresUrl::parse(url)?;
            return self
                .ensure_databases(psql, admin, databases::Server::Given)
                .await;
        }
        let (folder, say) = (Arc::clone(&self.folder), self.options.say);
        let cluster = spawn_blocking(move || Cluster::open(&folder, say)).await??;
        let port = port::free()?;
        let launch = cluster.launch(port, purpose)?;
        let ready = Ready::Postmaster(cluster.pid_file());
        self.add(postgres::NAME, 0, launch, ready)
            .wait_ready()
            .await?;
        let admin = cluster.admin_url(port);
        let psql = cluster.programs.psql;
        let urls = self
            .ensure_databases(psql, admin, databases::Server::Ours)
            .await?;
        self.say(&format!(
            "PostgreSQL {} on 127.0.0.1:{port}",
            cluster.programs.version
        ));
        Ok(urls)
    }

    async fn ensure_databases(
        &self,
        psql: PathBuf,
        admin: PostgresUrl,
        server: databases::Server,
    ) -> Result<DatabaseUrls> {
        self.state
            .change(|state| state.postgres.url_admin = admin.to_string())?;
        let keys = self.folder.keys();
        spawn_blocking(move || databases::ensure(&psql, &admin, server, &keys)).await?
    }

    /// Starts Redis, unless one is given, and answers with its URL.
    async fn start_redis(&self, purpose: Purpose) -> Result<String> {
        if let Some(url) = &self.options.redis_url {
            redis::check(url, self.options.say).await?;
            self.state.change(|state| state.redis.url.clone_from(url))?;
            return Ok(url.clone());
        }
        let program = programs::redis().context("redis-server is not found any more")?;
        let port = port::free()?;
        let server = redis::Server::prepare(&program, &self.folder, port, purpose)?;
        self.state
            .change(|state| state.redis.url.clone_from(&server.url))?;
        let ready = Ready::Redis(server.url.clone());
        self.add(redis::NAME, 0, server.launch, ready)
            .wait_ready()
            .await?;
        self.say(&format!("Redis {} on 127.0.0.1:{port}", program.version));
        Ok(server.url)
    }

    /// Starts the services and the proxy, all at once; none waits for another.
    fn start_services(&self, with: &Surroundings<'_>, databases: DatabaseUrls) -> Result<()> {
        let mut upstreams: [Vec<SocketAddr>; 3] = Default::default();
        for ((name, database), addresses) in SERVICES.into_iter().zip(databases).zip(&mut upstreams)
        {
            for instance in 0..self.options.instances.max(1) {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port::free()?));
                self.register(name, instance, address, Some(database.clone()))?;
                let launch = with.service((name, instance), address, &database);
                self.add(
                    name,
                    instance,
                    launch,
                    Ready::Http(address, "/health/ready"),
                );
                addresses.push(address);
            }
        }
        let metrics = SocketAddr::from((Ipv4Addr::LOCALHOST, port::free()?));
        self.register(PROXY, 0, self.address, None)?;
        self.state.change(|state| {
            if let Some(proxy) = state.services.last_mut() {
                proxy.metrics = Some(metrics.to_string());
            }
        })?;
        let launch = with.proxy((self.address, metrics), &upstreams);
        self.add(PROXY, 0, launch, Ready::Http(self.address, "/health"));
        Ok(())
    }

    fn register(
        &self,
        name: &str,
        instance: usize,
        address: SocketAddr,
        database_url: Option<String>,
    ) -> Result<()> {
        let service = Service {
            name: name.to_owned(),
            instance,
            pid: None,
            address: address.to_string(),
            database_url,
            metrics: None,
        };
        self.state.change(|state| state.services.push(service))
    }
}
