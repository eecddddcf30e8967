//! The program itself, as a process.

use std::{
    io::{BufRead, BufReader, Lines},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::{config::File, keys::Keys};

/// A running proxy; dropped, it is killed.
pub(crate) struct Program {
    child: Child,
    log: Lines<BufReader<ChildStdout>>,
    _keys: File,
}

impl Program {
    /// Runs with this configuration.
    pub(crate) fn start(config: &File) -> Self {
        Self::start_with(config, &[])
    }

    /// Runs with this configuration and these variables.
    pub(crate) fn start_with(config: &File, variables: &[(&str, &str)]) -> Self {
        let keys = File::of(Keys::create().public_pem());
        let mut child = Command::new(env!("CARGO_BIN_EXE_frontend-proxy"))
            .env_clear()
            .envs(variables.iter().copied())
            .env("CONFIG", &config.0)
            // Nobody is there: the door must open all the same.
            .env("REDIS_URL", "redis://127.0.0.1:1")
            .env("TOKEN_PUBLIC_KEYS_FILE", &keys.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            log,
            _keys: keys,
        }
    }

    /// The next address that it says it listens on.
    pub(crate) fn address(&mut self) -> SocketAddr {
        self.address_of("frontend-proxy listens")
    }

    /// The address in the next line that says this.
    pub(crate) fn address_of(&mut self, what: &str) -> SocketAddr {
        let line = self.said(what);
        line["address"].as_str().unwrap().parse().unwrap()
    }

    /// The next line of the log that says this.
    pub(crate) fn said(&mut self, what: &str) -> Value {
        let mut lines = self.log.by_ref().map(Result::unwrap);
        let line = lines.find(|line| line.contains(what)).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Sends SIGHUP.
    pub(crate) fn hang_up(&self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, Signal::HUP).unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
