//! Lines between the workers, which wait for nothing, and the thread that writes them.

use std::{
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Most that waits to be written (bytes); about 20,000 lines.
const MAX_WAITING: usize = 4 * 1024 * 1024;

/// More than this is written at once (bytes).
const FULL: usize = 64 * 1024;

/// How long lines are gathered before they are written.
const GATHERED_FOR: Duration = Duration::from_millis(20);

/// How long the end of the process waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The lines that wait.
#[derive(Default)]
pub(super) struct Waiting {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    /// Whether some were taken and are not written yet.
    is_writing: bool,
    /// Whether somebody waits until all are written.
    is_urgent: bool,
    is_closed: bool,
}

impl State {
    fn is_due(&self) -> bool {
        self.lines.len() >= FULL || self.is_urgent || self.is_closed
    }
}

impl Waiting {
    /// Adds a line; false when too many wait.
    pub(super) fn push(&self, line: &[u8]) -> bool {
        let mut state = self.lock();
        let before = state.lines.len();
        if before + line.len() > MAX_WAITING {
            return false;
        }
        state.lines.extend_from_slice(line);
        let is_full = before < FULL && state.lines.len() >= FULL;
        drop(state);
        // The thread is woken for many lines, not for each.
        if before == 0 || is_full {
            self.changed.notify_all();
        }
        true
    }

    /// Waits for lines and puts them into `lines`, which is empty; false when there will be none.
    pub(super) fn take(&self, lines: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        if mem::take(&mut state.is_writing) {
            self.changed.notify_all();
        }
        let is_idle = |it: &mut State| it.lines.is_empty() && !it.is_closed;
        let state = self.changed.wait_while(state, is_idle);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let gathered = self
            .changed
            .wait_timeout_while(state, GATHERED_FOR, |it| !it.is_due());
        let (mut state, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut state.lines, lines);
        state.is_writing = true;
        !lines.is_empty()
    }

    /// Waits until all lines are written, for a second at most.
    pub(super) fn flush(&self) {
        let mut state = self.lock();
        state.is_urgent = true;
        self.changed.notify_all();
        let is_busy = |it: &mut State| !it.lines.is_empty() || it.is_writing;
        let flushed = self.changed.wait_timeout_while(state, LAST_LINES, is_busy);
        let (mut state, _) = flushed.unwrap_or_else(PoisonError::into_inner);
        state.is_urgent = false;
    }

    /// There will be no more lines.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
