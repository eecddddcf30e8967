//! Processes that a killed mesh left behind: recognised without doubt, then stopped.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use anyhow::Result;
use tokio::time::{sleep, timeout};

use crate::{
    account,
    folder::{Folder, Scratch},
    postgres,
    process::{self, Signal},
    say::Say,
    state::State,
};

/// How long they get to end by themselves.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stops what the last mesh of `folder` left running. Only for who holds the folder.
pub(crate) async fn stop(folder: &Folder, say: Say) -> Result<()> {
    let Ok(Some(state)) = State::read(&folder.state_file()) else {
        // Without a readable list there is nothing that could be stopped safely.
        return Ok(());
    };
    let marks = marks(folder)?;
    for pid in state.children() {
        if belongs(pid, &marks) {
            say.line(format_args!(
                "stopping process {pid}, left by a mesh that was killed"
            ));
            let gentle = if state.postgres.pid == Some(pid) {
                Signal::INT
            } else {
                Signal::TERM
            };
            end(pid, gentle, &marks).await;
        }
    }
    Ok(())
}

/// Clears away throwaway folders whose owner was killed, and what still runs in them.
pub(crate) async fn sweep() {
    for root in Scratch::all() {
        // One that is locked is in use; one that is somebody else's cannot be locked either.
        let Ok(folder) = Folder::open(&root) else {
            continue;
        };
        if stop(&folder, Say::Nothing).await.is_ok() {
            // What cannot be removed is tried again by the next sweep.
            fs::remove_dir_all(&root).ok();
        }
    }
}

async fn end(pid: u32, gentle: Signal, marks: &[String]) {
    for signal in [gentle, Signal::KILL] {
        process::signal(pid, signal);
        let gone = async {
            while belongs(pid, marks) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        if timeout(PATIENCE, gone).await.is_ok() {
            return;
        }
    }
}

/// What only processes of this folder carry in their arguments or environment.
fn marks(folder: &Folder) -> Result<Vec<String>> {
    let cluster = postgres::home(folder.root(), account::for_postgres()?);
    let folders: [PathBuf; 2] = [folder.root().to_owned(), cluster];
    // The slash tells `/data/.mesh` from `/data/.mesh2`.
    Ok(folders
        .iter()
        .map(|folder| format!("{}/", folder.display()))
        .collect())
}

/// Whether `pid` is a process of this folder, and not a stranger who got the number since.
fn belongs(pid: u32, marks: &[String]) -> bool {
    let told = told_by_system(pid);
    marks.iter().any(|mark| told.contains(mark))
}

/// Arguments and environment of `pid`; empty when it is gone.
fn told_by_system(pid: u32) -> String {
    if cfg!(target_os = "linux") {
        let read = |name| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let bytes = [read("cmdline"), read("environ")].concat();
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    let output = Command::new("ps")
        .args(["eww", "-o", "command=", "-p", &pid.to_string()])
        .output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        process::{Child, Stdio},
    };

    use super::*;
    use crate::secret;

    /// A process that runs until its input ends, with or without the mark of `folder`.
    ///
    /// It has answered once: before that, `exec` may not have set its environment yet.
    fn idler(mark: &str) -> Child {
        let mut idler = Command::new("cat")
            .env("MARK", mark)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        idler.stdin.as_mut().unwrap().write_all(b"!").unwrap();
        let mut echo = [0];
        idler
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut echo)
            .unwrap();
        idler
    }

    #[tokio::test]
    async fn only_processes_of_this_folder_are_stopped() {
        let scratch = Scratch::new().unwrap();
        let folder = Folder::open(scratch.path()).unwrap();
        let mut ours = idler(&format!("{}/keys", folder.root().display()));
        let mut stranger = idler("nothing");
        let mut state = State::new(1, "http://127.0.0.1:1");
        state.redis.pid = Some(ours.id());
        state.postgres.pid = Some(stranger.id());
        secret::write(
            &folder.state_file(),
            &serde_json::to_string(&state).unwrap(),
        )
        .unwrap();

        stop(&folder, Say::Nothing).await.unwrap();

        assert!(stranger.try_wait().unwrap().is_none(), "the stranger lives");
        stranger.kill().unwrap();
        stranger.wait().unwrap();
        assert!(!ours.wait().unwrap().success(), "ours was ended");
    }
}
