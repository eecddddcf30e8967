//! The access log: one line for each answer, written by a thread of its own. A request waits for
//! no disk; when the disk does not keep up, lines are dropped and counted.

mod line;
mod writer;

use std::{
    io,
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, sync_channel},
    time::Duration,
};

use clap::ValueEnum;
use metrics::{Counter, counter};
use serde::Deserialize;

pub(crate) use self::line::Entry;
use self::writer::{Output, write};

/// Most lines that wait to be written; about 3 MB.
const WAITING: usize = 8192;

/// How long the end of the process waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

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
    lines: SyncSender<Message>,
    dropped: Counter,
}

/// What the writing thread is told.
enum Message {
    /// An answer that began.
    Answered(Box<Entry>),
    /// Write everything and tell when it is done.
    Flush(SyncSender<()>),
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
        let (lines, messages) = sync_channel(WAITING);
        std::thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || write(&messages, output, format))?;
        Ok(Some(Self {
            lines,
            dropped: counter!("access_log_dropped_total"),
        }))
    }

    /// Writes a line, unless too many wait.
    pub(crate) fn note(&self, entry: Entry) {
        let message = Message::Answered(Box::new(entry));
        if self.lines.try_send(message).is_err() {
            self.dropped.increment(1);
        }
    }

    /// Waits until what was noted is written, for a second at most.
    pub(crate) fn flush(&self) {
        let (done, written) = sync_channel(1);
        if self.lines.try_send(Message::Flush(done)).is_ok() {
            // Too late is as good as never: the process ends.
            written.recv_timeout(LAST_LINES).ok();
        }
    }
}
