//! `mesh.json`: what runs at the moment, for tools, for tests and for the next start.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::secret;

/// Everything a running mesh consists of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// The process that looks after the others.
    pub pid: u32,
    /// Where a browser finds the marketplace.
    pub url: String,
    /// The database server.
    pub postgres: Postgres,
    /// The server of the streams.
    pub redis: Redis,
    /// The three services and the proxy, each instance.
    pub services: Vec<Service>,
}

/// The database server of a mesh.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Postgres {
    /// Its process; absent while it is down, or when somebody else runs it.
    pub pid: Option<u32>,
    /// URL of an account that may do everything.
    pub url_admin: String,
}

/// The Redis of a mesh.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Redis {
    /// Its process; absent while it is down, or when somebody else runs it.
    pub pid: Option<u32>,
    /// URL with the password.
    pub url: String,
}

/// One process of a service or of the proxy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    /// Name of the program, e.g. `orders-service`.
    pub name: String,
    /// Counts from 0.
    pub instance: usize,
    /// Its process; absent while it is down.
    pub pid: Option<u32>,
    /// `host:port` that it listens on.
    pub address: String,
    /// The one database it may use; the proxy has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub database_url: Option<String>,
    /// `host:port` of its metrics, when that is not `address`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub metrics: Option<String>,
}

impl State {
    pub(crate) fn new(pid: u32, url: &str) -> Self {
        Self {
            pid,
            url: url.to_owned(),
            postgres: Postgres::default(),
            redis: Redis::default(),
            services: Vec::new(),
        }
    }

    /// What `file` tells; `None` when there is none.
    pub(crate) fn read(file: &Path) -> Result<Option<Self>> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not what a mesh writes", file.display()))
    }

    /// The URLs of Redis and of the databases.
    pub(crate) fn urls(&self) -> (String, Vec<String>) {
        // Two instances share a database.
        let mut databases: Vec<String> = Vec::new();
        for url in self
            .services
            .iter()
            .filter_map(|it| it.database_url.clone())
        {
            if !databases.contains(&url) {
                databases.push(url);
            }
        }
        (self.redis.url.clone(), databases)
    }

    /// Every process that this state names, the watching one apart, in the order to stop them.
    pub(crate) fn children(&self) -> Vec<u32> {
        let services = self.services.iter().rev().filter_map(|service| service.pid);
        services
            .chain(self.redis.pid)
            .chain(self.postgres.pid)
            .collect()
    }

    fn set_pid(&mut self, name: &str, instance: usize, pid: Option<u32>) {
        match name {
            crate::postgres::NAME => self.postgres.pid = pid,
            crate::redis::NAME => self.redis.pid = pid,
            _ => {
                let service = self
                    .services
                    .iter_mut()
                    .find(|service| service.name == name && service.instance == instance);
                if let Some(service) = service {
                    service.pid = pid;
                }
            }
        }
    }
}

/// The state and the file that is kept equal to it; the file goes when this is dropped.
pub(crate) struct StateFile {
    path: PathBuf,
    state: Mutex<State>,
}

impl StateFile {
    /// Starts with a state that knows the address and nothing else.
    pub(crate) fn create(path: PathBuf, url: &str) -> Result<Self> {
        let state = State::new(std::process::id(), url);
        let file = Self {
            path,
            state: Mutex::new(state),
        };
        file.change(|_| ())?;
        Ok(file)
    }

    /// A copy of the state as it is now.
    pub(crate) fn now(&self) -> State {
        self.locked().clone()
    }

    /// Changes the state and writes the file.
    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) -> Result<()> {
        let mut state = self.locked();
        change(&mut state);
        secret::write(&self.path, &serde_json::to_string_pretty(&*state)?)
    }

    /// Notes that a process started or ended.
    pub(crate) fn set_pid(&self, name: &str, instance: usize, pid: Option<u32>) -> Result<()> {
        self.change(|state| state.set_pid(name, instance, pid))
    }

    /// A thread that panicked while it held the lock left a whole state all the same.
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        // A file that stays only costs the next start a look at processes that are gone.
        fs::remove_file(&self.path).ok();
    }
}
