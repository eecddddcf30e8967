//! The system calls for it that Linux has.

use std::{
    fs::File,
    io::{self, IoSlice},
};

use rustix::{
    fs::{MemfdFlags, memfd_create, sendfile},
    net::{SendAncillaryBuffer, SendFlags, sendmsg},
};
use tokio::{io::Interest, net::TcpStream};

/// An empty file in memory.
pub(super) fn memory_file() -> io::Result<Option<File>> {
    let file = memfd_create("browser-app", MemfdFlags::CLOEXEC)?;
    Ok(Some(file.into()))
}

/// Sends a part of a file, as much of it as the connection takes now.
pub(super) fn send_file(
    socket: &TcpStream,
    file: &File,
    mut offset: u64,
    length: usize,
) -> io::Result<usize> {
    socket.try_io(Interest::WRITABLE, || {
        Ok(sendfile(socket, file, Some(&mut offset), length)?)
    })
}

/// Sends what comes before a large file: the kernel waits for that before it sends a packet.
///
/// # Errors
/// `WouldBlock` when the connection takes nothing.
pub(crate) fn send_before(socket: &TcpStream, parts: &[IoSlice<'_>]) -> io::Result<usize> {
    let flags = SendFlags::MORE | SendFlags::NOSIGNAL;
    socket.try_io(Interest::WRITABLE, || {
        let mut nothing = SendAncillaryBuffer::default();
        Ok(sendmsg(socket, parts, &mut nothing, flags)?)
    })
}
