//! The three services and the proxy: what each is started with.

use std::{
    ffi::OsString,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use shared::plant::Plant;
use tokio::process::Command;

use crate::{
    folder::Folder,
    process::{Launch, Signal},
    web,
};

/// The services, in the order of the databases' owners.
pub(crate) const SERVICES: [&str; 3] = ["auth-service", "products-service", "orders-service"];

/// The only door to them.
pub(crate) const PROXY: &str = "frontend-proxy";

/// How long one may take to end: they promise ten seconds.
const PATIENCE: Duration = Duration::from_secs(12);

/// What all of them are started with.
pub(crate) struct Surroundings<'a> {
    pub(crate) folder: &'a Folder,
    /// Folder with the four programs.
    pub(crate) programs: PathBuf,
    pub(crate) redis_url: String,
    /// Whether the proxy limits how many requests a client may send.
    pub(crate) rate_limit: bool,
    /// A bug that they shall have.
    pub(crate) plant: Option<Plant>,
    /// How they write their logs.
    pub(crate) log_format: String,
    /// Who gets their spans.
    pub(crate) otlp_endpoint: Option<String>,
}

impl Surroundings<'_> {
    /// How to start one process of the service `name`.
    pub(crate) fn service(
        &self,
        (name, instance): (&'static str, usize),
        address: SocketAddr,
        database_url: &str,
    ) -> Launch {
        let mut launch = self.launch(name, instance, address);
        launch.env.extend([
            ("DATABASE_URL", database_url.into()),
            ("DEMO", "on".into()),
            ("ROLE", "all".into()),
        ]);
        if name == SERVICES[0] {
            launch.env.extend([
                ("TOKEN_SIGNING_KEY_FILE", self.private_key().into()),
                ("DEV_ADMIN", "on".into()),
            ]);
        }
        launch
    }

    /// How to start the proxy, and where it tells its metrics; `upstreams` are the addresses of each
    /// service, in their order.
    pub(crate) fn proxy(
        &self,
        (address, metrics): (SocketAddr, SocketAddr),
        upstreams: &[Vec<SocketAddr>; 3],
    ) -> Launch {
        let mut launch = self.launch(PROXY, 0, address);
        launch
            .env
            .push(("METRICS_LISTEN", metrics.to_string().into()));
        let variables = ["AUTH_UPSTREAMS", "PRODUCTS_UPSTREAMS", "ORDERS_UPSTREAMS"];
        for (variable, addresses) in variables.into_iter().zip(upstreams) {
            let list: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            launch.env.push((variable, list.join(",").into()));
        }
        let rate_limit = if self.rate_limit { "on" } else { "off" };
        launch.env.push(("RATE_LIMIT", rate_limit.into()));
        let web = web::folder().join("dist");
        if web.join("index.html").is_file() {
            launch.env.push(("WEB_ROOT", web.into()));
        }
        launch
    }

    /// Makes the token key pair, unless there is one.
    pub(crate) async fn ensure_keys(&self) -> Result<()> {
        let files = [self.private_key(), self.public_key()];
        if files.iter().all(|file| file.is_file()) {
            return Ok(());
        }
        for half in files.iter().filter(|file| file.exists()) {
            fs::remove_file(half).with_context(|| format!("cannot remove {}", half.display()))?;
        }
        let [private, public] = &files;
        let output = Command::new(self.programs.join(SERVICES[0]))
            .args(["generate-key", "--private-key"])
            .arg(private)
            .arg("--public-key")
            .arg(public)
            .output()
            .await
            .context("cannot start auth-service")?;
        if !output.status.success() {
            bail!(
                "no token key: {}",
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        Ok(())
    }

    fn launch(&self, name: &str, instance: usize, address: SocketAddr) -> Launch {
        let mut env: Vec<(&'static str, OsString)> = vec![
            ("LISTEN", address.to_string().into()),
            ("LOG_FORMAT", self.log_format.clone().into()),
            // Into a file, where colours are noise.
            ("NO_COLOR", "1".into()),
            ("REDIS_URL", self.redis_url.clone().into()),
            // This path also tells a later mesh that the process belongs to this folder.
            ("TOKEN_PUBLIC_KEYS_FILE", self.public_key().into()),
        ];
        if name == PROXY || name == SERVICES[0] {
            env.push(("COOKIE_SECURE", "off".into()));
        }
        if let Some(collector) = &self.otlp_endpoint {
            env.push(("OTEL_EXPORTER_OTLP_ENDPOINT", collector.into()));
        }
        if let Some(plant) = self.plant {
            env.push(("PLANT", plant.name().into()));
        }
        Launch {
            program: self.programs.join(name),
            args: Vec::new(),
            env,
            folder: self.folder.root().to_owned(),
            log: log_of(&self.folder.logs(), name, instance),
            account: None,
            ending: Signal::TERM,
            patience: PATIENCE,
        }
    }

    fn private_key(&self) -> PathBuf {
        self.folder.keys().join("token-private.pem")
    }

    fn public_key(&self) -> PathBuf {
        self.folder.keys().join("token-public.pem")
    }
}

fn log_of(logs: &Path, name: &str, instance: usize) -> PathBuf {
    match instance {
        0 => logs.join(format!("{name}.log")),
        _ => logs.join(format!("{name}-{instance}.log")),
    }
}
