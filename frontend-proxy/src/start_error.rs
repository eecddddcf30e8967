//! What can keep the proxy from starting.

use std::{io, path::PathBuf};

use shared::http::ListenError;
use thiserror::Error;

/// Why the proxy cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address is taken, or not ours.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The system does not say which address it gave.
    #[error("cannot tell the address of a listener")]
    Address(#[source] io::Error),
    /// A folder or file of the browser app cannot be read.
    #[error("cannot read {path} of the browser app")]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder is not that of a browser app.
    #[error("{0} has no index.html: is the browser app built?")]
    NoIndex(PathBuf),
    /// The files would not fit the memory they may have.
    #[error("{0} holds more than 64 MiB: is it the folder of the built browser app?")]
    TooMuch(PathBuf),
    /// There is no memory for the files.
    #[error("cannot keep the browser app in memory")]
    Memory(#[source] io::Error),
    /// A thread or its runtime cannot be made.
    #[error("cannot start a worker")]
    Worker(#[source] io::Error),
}
