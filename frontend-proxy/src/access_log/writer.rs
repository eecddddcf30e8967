//! The thread that writes the access log, many lines at a time.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::mpsc::Receiver,
    thread,
    time::Duration,
};

use tracing::warn;

use super::{AccessLogFormat, Message};

/// How long lines are gathered before they are written: a request then never wakes this thread.
const GATHERED_FOR: Duration = Duration::from_millis(20);

/// More than this is written at once (bytes).
const FULL: usize = 64 * 1024;

/// Where the lines go.
pub(super) enum Output {
    /// Standard output.
    Standard,
    /// A file that is appended to.
    File(File),
}

impl Output {
    /// The file, or standard output.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub(super) fn open(file: Option<&Path>) -> io::Result<Self> {
        let Some(file) = file else {
            return Ok(Self::Standard);
        };
        let file = OpenOptions::new().create(true).append(true).open(file)?;
        Ok(Self::File(file))
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Standard => {
                let mut out = io::stdout().lock();
                out.write_all(lines)?;
                out.flush()
            }
            Self::File(file) => file.write_all(lines),
        }
    }
}

/// Writes until nobody sends any more.
pub(super) fn write(messages: &Receiver<Message>, mut output: Output, format: AccessLogFormat) {
    let mut lines = Vec::new();
    let mut is_told = false;
    while let Ok(first) = messages.recv() {
        if let Message::Answered(_) = first {
            thread::sleep(GATHERED_FOR);
        }
        let mut flushed = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Answered(entry) => entry.append(format, &mut lines),
                Message::Flush(done) => flushed.push(done),
            }
            next = (lines.len() < FULL)
                .then(|| messages.try_recv().ok())
                .flatten();
        }
        if let Err(error) = output.write(&lines)
            && !std::mem::replace(&mut is_told, true)
        {
            warn!(%error, "the access log cannot be written");
        }
        lines.clear();
        for done in flushed {
            // Nobody may be waiting any more.
            done.try_send(()).ok();
        }
    }
}
