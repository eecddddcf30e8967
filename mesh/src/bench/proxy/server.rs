//! The proxies: how each is started, found ready and stopped.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, bail};
use shared::probe;
use tokio::{
    process::Child,
    time::{sleep, timeout},
};

use crate::{
    folder, port,
    process::{self, Launch, Signal},
};

/// nginx as it is tuned, with places to fill in.
const NGINX: &str = include_str!("nginx.conf");

/// Its access log, buffered as ours is.
const BUFFERED: &str = "NAME-access.log combined buffer=64k flush=1s";

/// How long one may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(12);

/// Between two looks whether it is ready.
const PAUSE: Duration = Duration::from_millis(20);

/// Answered by the upstream: a proxy that answers it is ready for everything.
const PROXIED: &str = "/api/products/public/";

/// Lines of its log that are shown of a proxy that does not start.
const LOG_LINES: usize = 15;

/// Whose proxy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brand {
    Nginx,
    Ours,
}

/// What both proxies are started with.
pub(super) struct Stage {
    /// Their programs.
    pub(super) nginx: PathBuf,
    pub(super) ours: PathBuf,
    /// Everything that they read and write.
    pub(super) folder: PathBuf,
    /// What is behind them.
    pub(super) upstream: SocketAddr,
}

/// A proxy that runs.
pub(super) struct Server {
    pub(super) brand: Brand,
    /// Whether it writes an access log.
    pub(super) logs: bool,
    pub(super) address: SocketAddr,
    launch: Launch,
    child: Child,
}

impl Brand {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Ours => "ours",
        }
    }
}

impl Stage {
    /// The files that both serve.
    pub(super) fn web(&self) -> PathBuf {
        self.folder.join("web")
    }

    /// The key that ours checks sessions with.
    pub(super) fn public_key(&self) -> PathBuf {
        self.folder.join("token-public.pem")
    }

    fn launch(&self, (brand, logs): (Brand, bool), address: SocketAddr) -> Result<Launch> {
        let name = format!("{}{}", brand.name(), if logs { "-logged" } else { "" });
        let mut launch = Launch {
            program: self.ours.clone(),
            args: Vec::new(),
            env: Vec::new(),
            folder: self.folder.clone(),
            log: self.folder.join(format!("{name}.log")),
            account: None,
            ending: Signal::TERM,
            patience: PATIENCE,
        };
        match brand {
            Brand::Nginx => {
                launch.program.clone_from(&self.nginx);
                let config = self.configure_nginx(&name, logs, address)?;
                launch.args = vec!["-p".into(), self.folder.clone().into()];
                launch.args.extend(["-c".into(), config.into()]);
                launch.args.extend(["-e".into(), "stderr".into()]);
            }
            Brand::Ours => {
                let upstream = self.upstream.to_string();
                launch.env = vec![
                    ("LISTEN", address.to_string().into()),
                    ("AUTH_UPSTREAMS", upstream.clone().into()),
                    ("PRODUCTS_UPSTREAMS", upstream.clone().into()),
                    ("ORDERS_UPSTREAMS", upstream.into()),
                    ("WEB_ROOT", self.web().into()),
                    ("TOKEN_PUBLIC_KEYS_FILE", self.public_key().into()),
                    ("COOKIE_SECURE", "off".into()),
                    // To its standard output, which goes to a file.
                    ("ACCESS_LOG", if logs { "combined" } else { "off" }.into()),
                    // All the load comes from one address.
                    ("RATE_LIMIT", "off".into()),
                    // There is none, and nothing that is measured needs it.
                    (
                        "REDIS_URL",
                        format!("redis://127.0.0.1:{}", port::free()?).into(),
                    ),
                ];
            }
        }
        Ok(launch)
    }

    fn configure_nginx(&self, name: &str, logs: bool, address: SocketAddr) -> Result<PathBuf> {
        folder::create(&self.folder.join("temp"))?;
        let path = self.folder.join(format!("{name}.conf"));
        let log = if logs { BUFFERED } else { "off" };
        let config = NGINX
            .replace("PORT", &address.port().to_string())
            .replace("UPSTREAM", &self.upstream.to_string())
            .replace("LOG", log)
            .replace("NAME", name);
        fs::write(&path, config)?;
        Ok(path)
    }
}

impl Server {
    /// Starts one on a free port.
    pub(super) fn start(stage: &Stage, brand: Brand, logs: bool) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port::free()?));
        let launch = stage.launch((brand, logs), address)?;
        Ok(Self {
            brand,
            logs,
            address,
            child: launch.spawn()?,
            launch,
        })
    }

    /// Waits until it answers what it must ask the upstream for.
    ///
    /// # Errors
    /// It does not; the message ends with the last lines of its log.
    pub(super) async fn wait_ready(&self) -> Result<()> {
        let until_ready = async {
            while !probe::answers_ok(self.address, PROXIED).await {
                sleep(PAUSE).await;
            }
        };
        if timeout(PATIENCE, until_ready).await.is_ok() {
            return Ok(());
        }
        let log: &Path = &self.launch.log;
        let end = process::last_lines(log, LOG_LINES);
        bail!("{} does not answer:\n{end}", self.brand.name());
    }

    /// Its process; nginx's workers are children of it.
    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it to end and waits until it has: nginx that is killed leaves its workers behind.
    pub(super) async fn stop(&mut self) {
        self.launch.end(&mut self.child).await;
    }
}
