//! The thread that writes the access log.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use tracing::warn;

use super::waiting::Waiting;

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

/// Writes until there will be no more lines.
pub(super) fn write(waiting: &Waiting, mut output: Output) {
    let mut lines = Vec::new();
    let mut is_told = false;
    while waiting.take(&mut lines) {
        if let Err(error) = output.write(&lines)
            && !std::mem::replace(&mut is_told, true)
        {
            warn!(%error, "the access log cannot be written");
        }
        lines.clear();
    }
}
