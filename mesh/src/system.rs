//! The running whole: what is started in which order, and stopped in the other.

mod asking;
mod bring_up;
#[cfg(test)]
mod tests;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::{Context, Result};
use shared::plant::Plant;

use crate::{
    folder::{Folder, Scratch},
    leftover,
    part::{Part, Ready},
    port, postgres,
    process::{Launch, Signal},
    redis,
    say::Say,
    services::{PROXY, SERVICES},
    state::{State, StateFile},
};

/// What a mesh is started with.
pub struct Options {
    /// Folder that keeps everything; `None` makes one that goes when the mesh stops.
    pub data: Option<PathBuf>,
    /// Port of the proxy; 0 takes a free one.
    pub port: u16,
    /// Processes of each service, at least 1. The proxy is one.
    pub instances: usize,
    /// A running PostgreSQL to use instead of our own: URL of a role that may create databases.
    pub postgres_url: Option<String>,
    /// A running Redis to use instead of our own.
    pub redis_url: Option<String>,
    /// Where the services reach Redis, when something stands in between.
    pub redis_door: Option<SocketAddr>,
    /// Whether to build the browser app first; what was built before is served in any case.
    pub browser_app: bool,
    /// Whether the proxy limits how many requests a client may send; tests and load send more.
    pub rate_limit: bool,
    /// A bug that the services shall have.
    pub plant: Option<Plant>,
    /// How the services log, `pretty` or `json`.
    pub log_format: String,
    /// The OpenTelemetry collector that gets their spans.
    pub otlp_endpoint: Option<String>,
    /// Whether to tell each step.
    pub say: Say,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data: None,
            port: 0,
            instances: 1,
            postgres_url: None,
            redis_url: None,
            redis_door: None,
            browser_app: false,
            rate_limit: false,
            plant: None,
            log_format: "pretty".to_owned(),
            otlp_endpoint: None,
            say: Say::Nothing,
        }
    }
}

/// A marketplace of its own. Dropping it kills every process; [`Mesh::stop`] is the polite way.
pub struct Mesh {
    options: Options,
    url: String,
    address: SocketAddr,
    started: Instant,
    parts: Mutex<Vec<Arc<Part>>>,
    state: Arc<StateFile>,
    folder: Arc<Folder>,
    /// Dropped last, after everything that writes into it.
    _scratch: Option<Scratch>,
}

impl Mesh {
    /// Starts everything and waits until it is ready.
    ///
    /// # Errors
    /// Something needed is missing ([`Missing`]), the folder or the port is taken, the build
    /// failed, or a part did not get ready. Nothing is left running then.
    ///
    /// [`Missing`]: crate::Missing
    pub async fn start(options: Options) -> Result<Self> {
        let mesh = Self::prepare(options).await?;
        if let Err(error) = mesh.bring_up().await {
            mesh.stop().await;
            return Err(error);
        }
        Ok(mesh)
    }

    /// Takes the folder and the port; starts nothing yet.
    pub(crate) async fn prepare(options: Options) -> Result<Self> {
        let started = Instant::now();
        let scratch = options.data.is_none().then(Scratch::new).transpose()?;
        let root = scratch
            .as_ref()
            .map(Scratch::path)
            .or(options.data.as_deref());
        let folder = Arc::new(Folder::open(root.context("no data folder")?)?);
        leftover::stop(&folder, options.say).await?;
        let port = match options.port {
            0 => port::free()?,
            port => {
                port::require(port)?;
                port
            }
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let url = format!("http://{address}");
        let state = Arc::new(StateFile::create(folder.state_file(), &url)?);
        let parts = Mutex::default();
        Ok(Self {
            options,
            url,
            address,
            started,
            parts,
            state,
            folder,
            _scratch: scratch,
        })
    }

    /// Where a browser finds the marketplace.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What runs now: processes, addresses, database URLs.
    pub fn state(&self) -> State {
        self.state.now()
    }

    /// The file that tells what runs now, for programs.
    pub fn state_file(&self) -> PathBuf {
        self.folder.state_file()
    }

    /// The folder with the logs.
    pub fn logs(&self) -> PathBuf {
        self.folder.logs()
    }

    /// Kills a part as `kill -9` does and waits until it is gone; it starts again by itself.
    ///
    /// Parts are the services by name, `frontend-proxy`, `postgres` and `redis`.
    ///
    /// # Errors
    /// There is no such part.
    pub async fn kill(&self, name: &str, instance: usize) -> Result<()> {
        self.part(name, instance)?.kill().await;
        Ok(())
    }

    /// Kills a part and keeps it down until [`Mesh::start_again`].
    ///
    /// # Errors
    /// There is no such part.
    pub async fn hold_down(&self, name: &str, instance: usize) -> Result<()> {
        self.part(name, instance)?.hold_down().await;
        Ok(())
    }

    /// Starts a part that is down, without a pause, and waits until it is ready.
    ///
    /// # Errors
    /// There is no such part, or it does not get ready.
    pub async fn start_again(&self, name: &str, instance: usize) -> Result<()> {
        self.part(name, instance)?.start_again().await
    }

    /// Ends a part as a new version of it does, and waits until it is ready again.
    ///
    /// # Errors
    /// There is no such part, or it does not get ready.
    pub async fn restart(&self, name: &str, instance: usize) -> Result<()> {
        self.part(name, instance)?.restart().await
    }

    /// Sends a signal to a part, if it runs.
    pub(crate) fn signal(&self, name: &str, instance: usize, signal: Signal) -> Result<()> {
        self.part(name, instance)?.signal(signal);
        Ok(())
    }

    /// Lets every process go on that was stopped by a signal.
    pub(crate) fn resume(&self) {
        for part in self.parts() {
            part.signal(Signal::CONT);
        }
    }

    /// Starts what is down and waits until everything is ready.
    pub(crate) async fn heal(&self) -> Result<()> {
        self.resume();
        for part in self.parts() {
            part.start_again().await?;
        }
        Ok(())
    }

    /// Stops everything: proxy, services, Redis, PostgreSQL.
    pub async fn stop(&self) {
        let parts = self.parts();
        let order: [&dyn Fn(&str) -> bool; 4] = [
            &|name| name == PROXY,
            &|name| SERVICES.contains(&name),
            &|name| name == redis::NAME,
            &|name| name == postgres::NAME,
        ];
        for belongs in order {
            let group = || parts.iter().filter(|part| belongs(part.name));
            group().for_each(|part| part.stop());
            for part in group() {
                part.over().await;
            }
        }
    }

    /// Kills everything at once.
    pub(crate) fn abandon(&self) {
        for part in self.parts() {
            part.abandon();
        }
    }

    /// Tells a step, with the seconds since the start.
    pub(crate) fn say(&self, text: &str) {
        let seconds = self.started.elapsed().as_secs_f32();
        self.options
            .say
            .line(format_args!("{seconds:6.1} s  {text}"));
    }

    fn parts(&self) -> Vec<Arc<Part>> {
        self.parts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn part(&self, name: &str, instance: usize) -> Result<Arc<Part>> {
        self.parts()
            .into_iter()
            .find(|part| part.name == name && part.instance == instance)
            .with_context(|| format!("this mesh runs no {name} {instance}"))
    }

    /// Starts a part; it is stopped with the others from now on.
    fn add(&self, name: &'static str, instance: usize, launch: Launch, ready: Ready) -> Arc<Part> {
        let state = Arc::clone(&self.state);
        let part = Arc::new(Part::start(
            (name, instance),
            launch,
            ready,
            state,
            self.options.say,
        ));
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.push(Arc::clone(&part));
        part
    }
}
