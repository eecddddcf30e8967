//! A part of the mesh: one process that is started again whenever it ends.

use std::{net::SocketAddr, path::PathBuf, process::ExitStatus, sync::Arc, time::Duration};

use anyhow::{Result, bail};
use shared::probe;
use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{Instant, sleep, timeout},
};

use crate::{
    postgres,
    process::{self, Launch, Signal},
    redis,
    say::Say,
    state::StateFile,
};

/// Pause before a process is started again: doubles from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A process that ran this long was healthy; its next pause is the first one again.
const HEALTHY: Duration = Duration::from_secs(30);

/// How long a part may take until it is ready.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(30);

/// How often it is asked. Small, because the sum of it is what a person waits for.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// Lines of the log that are shown for a part that did not get ready.
const LOG_LINES: usize = 15;

/// How it shows that a part is ready for work.
pub(crate) enum Ready {
    /// This path on this address answers 200.
    Http(SocketAddr, &'static str),
    /// The postmaster says so in this file.
    Postmaster(PathBuf),
    /// The Redis at this URL answers a ping.
    Redis(String),
}

/// What the supervising task is to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Keep the process running.
    Up,
    /// Kill it and wait for further orders.
    Down,
    /// End it with patience; the part is over.
    Over,
}

/// A supervised process. Dropping it kills the process.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) instance: usize,
    log: PathBuf,
    /// The signal that means "finish what you do and end".
    ending: Signal,
    ready: Ready,
    wanted: watch::Sender<Wanted>,
    pid: watch::Receiver<Option<u32>>,
    task: AbortHandle,
}

impl Part {
    /// Starts the process and its supervision.
    pub(crate) fn start(
        (name, instance): (&'static str, usize),
        launch: Launch,
        ready: Ready,
        state: Arc<StateFile>,
        say: Say,
    ) -> Self {
        let (wanted, orders) = watch::channel(Wanted::Up);
        let (report, pid) = watch::channel(None);
        let (log, ending) = (launch.log.clone(), launch.ending);
        let watcher = Watcher {
            name,
            instance,
            launch,
            report,
            state,
            say,
        };
        let task = tokio::spawn(watcher.run(orders)).abort_handle();
        Self {
            name,
            instance,
            log,
            ending,
            ready,
            wanted,
            pid,
            task,
        }
    }

    /// Waits until the process is up and says that it is ready.
    ///
    /// # Errors
    /// It was not ready in time; the message ends with the last lines of its log.
    pub(crate) async fn wait_ready(&self) -> Result<()> {
        let until_ready = async {
            while !self.is_ready().await {
                sleep(ASK_EVERY).await;
            }
        };
        if timeout(READY_WITHIN, until_ready).await.is_ok() {
            return Ok(());
        }
        bail!(
            "{} was not ready within {} s; the end of {}:\n{}",
            self.name,
            READY_WITHIN.as_secs(),
            self.log.display(),
            process::last_lines(&self.log, LOG_LINES)
        )
    }

    /// Kills the process at once and waits until it is gone; it is then started again.
    pub(crate) async fn kill(&self) {
        let mut pid = self.pid.clone();
        let victim = *pid.borrow_and_update();
        if let Some(victim) = victim {
            process::signal(victim, Signal::KILL);
            // The error says that the part is over, and the process with it.
            pid.wait_for(|now| *now != Some(victim)).await.ok();
        }
    }

    /// Sends a signal to the process, if there is one.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(pid) = *self.pid.borrow() {
            process::signal(pid, signal);
        }
    }

    /// Asks the process to end, as a new version does, and waits until the next one is ready.
    ///
    /// # Errors
    /// It did not end, or the next one did not get ready, in time.
    pub(crate) async fn restart(&self) -> Result<()> {
        let mut pid = self.pid.clone();
        let old = *pid.borrow_and_update();
        self.signal(self.ending);
        let gone = pid.wait_for(|now| *now != old);
        if timeout(READY_WITHIN, gone).await.is_err() {
            bail!("{} did not end within {READY_WITHIN:?}", self.name);
        }
        self.start_again().await
    }

    /// Kills the process and keeps it down until [`Part::start_again`].
    pub(crate) async fn hold_down(&self) {
        self.wanted.send_replace(Wanted::Down);
        self.pid.clone().wait_for(Option::is_none).await.ok();
    }

    /// Starts the process without a pause, if it is down, and waits until it is ready.
    pub(crate) async fn start_again(&self) -> Result<()> {
        self.wanted.send_replace(Wanted::Up);
        self.wait_ready().await
    }

    /// Asks the process to end, for good.
    pub(crate) fn stop(&self) {
        self.wanted.send_replace(Wanted::Over);
    }

    /// Waits until the process has ended for good.
    pub(crate) async fn over(&self) {
        let mut pid = self.pid.clone();
        // The supervising task reports as long as there is something to supervise.
        while pid.changed().await.is_ok() {}
    }

    /// Kills the process at once and ends its supervision.
    pub(crate) fn abandon(&self) {
        if let Some(pid) = *self.pid.borrow() {
            process::signal(pid, Signal::KILL);
        }
        self.task.abort();
    }

    async fn is_ready(&self) -> bool {
        let Some(pid) = *self.pid.borrow() else {
            return false;
        };
        match &self.ready {
            Ready::Http(address, path) => probe::answers_ok(*address, path).await,
            Ready::Postmaster(file) => postgres::is_ready(file, pid),
            Ready::Redis(url) => redis::answers(url).await,
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.abandon();
    }
}

/// The task that keeps one process running.
struct Watcher {
    name: &'static str,
    instance: usize,
    launch: Launch,
    report: watch::Sender<Option<u32>>,
    state: Arc<StateFile>,
    say: Say,
}

impl Watcher {
    async fn run(self, mut orders: watch::Receiver<Wanted>) {
        let mut pause = FIRST_PAUSE;
        loop {
            // An error on this channel means that the part was dropped.
            match orders.wait_for(|wanted| *wanted != Wanted::Down).await {
                Ok(wanted) if *wanted == Wanted::Up => (),
                _ => return,
            }
            let born = Instant::now();
            let Some(end) = self.live_once(&mut orders).await else {
                continue;
            };
            if born.elapsed() > HEALTHY {
                pause = FIRST_PAUSE;
            }
            self.say.line(format_args!(
                "{} {end}; starting it again in {:.1} s",
                self.title(),
                pause.as_secs_f32()
            ));
            // A new order, even the old one repeated, cuts the pause short.
            timeout(pause, orders.changed()).await.ok();
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Runs the process until it ends; tells how, unless it ended because it was told to.
    async fn live_once(&self, orders: &mut watch::Receiver<Wanted>) -> Option<String> {
        let mut child = match self.launch.spawn() {
            Ok(child) => child,
            Err(error) => return Some(format!("did not start ({error:#})")),
        };
        self.note(child.id());
        let end = tokio::select! {
            status = child.wait() => Some(status.map_or_else(|e| e.to_string(), describe)),
            wanted = unwanted(orders) => {
                if wanted == Wanted::Over {
                    self.launch.end(&mut child).await;
                } else {
                    // The error says that it has just ended by itself.
                    child.kill().await.ok();
                }
                None
            }
        };
        self.note(None);
        end
    }

    fn note(&self, pid: Option<u32>) {
        if let Err(error) = self.state.set_pid(self.name, self.instance, pid) {
            self.say.line(format_args!("{error:#}"));
        }
        self.report.send_replace(pid);
    }

    fn title(&self) -> String {
        match self.instance {
            0 => self.name.to_owned(),
            instance => format!("{}-{instance}", self.name),
        }
    }
}

/// Waits for an order that is not to run; a dropped part counts as the last one.
async fn unwanted(orders: &mut watch::Receiver<Wanted>) -> Wanted {
    orders
        .wait_for(|wanted| *wanted != Wanted::Up)
        .await
        .map_or(Wanted::Over, |wanted| *wanted)
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;

    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
