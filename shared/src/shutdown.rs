//! Shutdown as a value: a token that every loop watches and a tracker of every task.

use std::{future::Future, time::Duration};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

/// How long a process may take to finish what it has begun (seconds), after SIGTERM or SIGINT.
pub const GRACE: Duration = Duration::from_secs(10);

/// The tasks of a process and the signal that ends them.
#[derive(Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Shutdown {
    /// Begins to listen for SIGTERM and SIGINT; the second one ends the process at once.
    ///
    /// # Errors
    /// When the signal handlers cannot be installed.
    pub fn on_signals() -> std::io::Result<Self> {
        let shutdown = Self::default();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let token = shutdown.token.clone();
        // Not tracked: this task outlives all others, to see the second signal.
        tokio::spawn(async move {
            for first in [true, false] {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if first {
                    info!("stopping: finishing what is under way");
                    token.cancel();
                } else {
                    warn!("stopping at once: second signal");
                    std::process::exit(1);
                }
            }
        });
        Ok(shutdown)
    }

    /// The token that is cancelled when the process shall stop.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Starts a task that must end after the token is cancelled.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Asks every task to end, as a signal would.
    pub fn trigger(&self) {
        self.token.cancel();
    }

    /// Waits for the stop signal and then for the tasks, at most [`GRACE`].
    pub async fn finish(self) {
        self.token.cancelled().await;
        self.tasks.close();
        if tokio::time::timeout(GRACE, self.tasks.wait())
            .await
            .is_err()
        {
            warn!(
                tasks = self.tasks.len(),
                "some tasks did not end in time; unfinished messages will be delivered again"
            );
        }
    }
}
