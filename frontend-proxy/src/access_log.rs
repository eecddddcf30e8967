//! The access log: one line for each answer, written by a thread of its own, many at a time. A
//! request waits for no disk; when the disk does not keep up, lines are dropped and counted.

mod line;
mod waiting;
mod writer;

use std::{
    cell::RefCell,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::ValueEnum;
use metrics::{Counter, counter};
use serde::Deserialize;

pub(crate) use self::line::Entry;
use self::{
    line::Line,
    waiting::Waiting,
    writer::{Output, write},
};

thread_local! {
    /// The line that this worker writes.
    static LINE: RefCell<Line> = RefCell::default();
}

/// Section `[access_log]` of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessLogSettings {
    /// The form of a line; else `ACCESS_LOG`.
    pub format: Option<AccessLogFormat>,
    /// The file to append to; standard output when absent. A reload opens it anew.
    pub file: Option<PathBuf>,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum AccessLogFormat {
    /// No access log.
    Off,
    /// One JSON object.
    Json,
    /// As nginx and Apache write it by default.
    Combined,
}

/// Where lines go.
#[derive(Clone)]
pub(crate) struct AccessLog {
    format: AccessLogFormat,
    waiting: Arc<Sender>,
    dropped: Counter,
}

/// The end of the log that lines are put in; when the last one is gone, the thread ends.
struct Sender(Arc<Waiting>);

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Whether the file can be written.
///
/// # Errors
/// When it cannot be opened.
pub(crate) fn check(file: Option<&Path>) -> io::Result<()> {
    Output::open(file).map(drop)
}

impl AccessLog {
    /// The log that these settings ask for, if they do.
    ///
    /// # Errors
    /// When the file cannot be opened, or no thread can be started.
    pub(crate) fn open(settings: &AccessLogSettings) -> io::Result<Option<Self>> {
        let format = match settings.format {
            None | Some(AccessLogFormat::Off) => return Ok(None),
            Some(format) => format,
        };
        let output = Output::open(settings.file.as_deref())?;
        let waiting = Arc::new(Waiting::default());
        let written = Arc::clone(&waiting);
        std::thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || write(&written, output))?;
        Ok(Some(Self {
            format,
            waiting: Arc::new(Sender(waiting)),
            dropped: counter!("access_log_dropped_total"),
        }))
    }

    /// Writes a line, unless too many wait.
    pub(crate) fn note(&self, entry: &Entry<'_>) {
        LINE.with_borrow_mut(|line| {
            let text = line.write(entry, self.format);
            if !self.waiting.0.push(text) {
                self.dropped.increment(1);
            }
        });
    }

    /// Waits until what was noted is written, for a second at most.
    pub(crate) fn flush(&self) {
        self.waiting.0.flush();
    }
}
