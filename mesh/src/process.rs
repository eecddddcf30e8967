//! Starting one child process, and ending it.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result};
pub(crate) use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use crate::account::Account;

/// A log that is larger at a start is begun anew.
const LARGEST_LOG: u64 = 10 * 1024 * 1024;

/// How a process is started, again and again if need be, and how it is asked to end.
#[derive(Clone)]
pub(crate) struct Launch {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(&'static str, OsString)>,
    /// Working folder; an account without rights to the current one needs its own.
    pub(crate) folder: PathBuf,
    /// Where its output goes.
    pub(crate) log: PathBuf,
    /// Whom it runs as, when not as this process.
    pub(crate) account: Option<Account>,
    /// The signal that means "finish what you do and end".
    pub(crate) ending: Signal,
    /// How long it may take to end before it is killed.
    pub(crate) patience: Duration,
}

impl Launch {
    /// Starts the process.
    ///
    /// It gets a process group of its own, so that Ctrl-C in the terminal reaches only the mesh,
    /// which then stops everything in order; dropping the child kills it.
    pub(crate) fn spawn(&self) -> Result<Child> {
        let log = open_log(&self.log)?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("cannot share the log")?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true);
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))
    }

    /// Asks `child` to end, and kills it when it takes too long.
    pub(crate) async fn end(&self, child: &mut Child) {
        if let Some(pid) = child.id() {
            signal(pid, self.ending);
        }
        if timeout(self.patience, child.wait()).await.is_err() {
            // The error says that it has just ended by itself.
            child.kill().await.ok();
        }
    }
}

/// Sends `signal` to the process `pid`; one that is gone needs none.
pub(crate) fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        kill_process(pid, signal).ok();
    }
}

/// The last `count` lines of `log`, for a person who wants to know why something did not start.
pub(crate) fn last_lines(log: &Path, count: usize) -> String {
    let text = read_end(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn read_end(log: &Path) -> io::Result<String> {
    const END: u64 = 64 * 1024;
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut bytes = Vec::new();
    file.take(END).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn open_log(path: &Path) -> Result<File> {
    if fs::metadata(path).is_ok_and(|meta| meta.len() > LARGEST_LOG) {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}
