//! What a person reads in the terminal; the only place that writes there.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Whether a mesh tells what it does; tests start many and want none of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Say {
    /// A line for each step, on standard output.
    #[default]
    Aloud,
    /// Not a word.
    Nothing,
}

impl Say {
    /// Prints one line of progress, if anybody listens.
    pub(crate) fn line(self, text: impl Display) {
        if self == Self::Aloud {
            line(text);
        }
    }
}

/// Prints a line to standard output.
///
/// A closed terminal is no reason to drop a running database, so a failed write is passed over
/// where `println!` would panic.
pub fn line(text: impl Display) {
    writeln!(io::stdout().lock(), "{text}").ok();
}

/// Prints a line to standard error.
pub fn error(text: impl Display) {
    writeln!(io::stderr().lock(), "{text}").ok();
}
