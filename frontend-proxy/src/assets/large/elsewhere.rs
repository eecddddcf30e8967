//! Where the kernel cannot do it, no file is large: these are never sent.

use std::{
    fs::File,
    io::{self, IoSlice},
    path::Path,
};

use bytes::Bytes;
use tokio::net::TcpStream;

/// None.
pub(super) fn keep(_: &Path, _: &[&Bytes]) -> io::Result<Option<File>> {
    Ok(None)
}

pub(super) fn send_file(_: &TcpStream, _: &File, _: u64, _: usize) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// # Errors
/// Always.
pub(crate) fn send_before(_: &TcpStream, _: &[IoSlice<'_>]) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}
