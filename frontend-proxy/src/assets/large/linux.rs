//! The system calls for it that Linux has.

use std::{
    fs::File,
    io::{self, IoSlice, Write},
    os::fd::OwnedFd,
    path::Path,
};

use bytes::Bytes;
use rustix::{
    fs::{MemfdFlags, Mode, OFlags, memfd_create, open, sendfile},
    net::{SendAncillaryBuffer, SendFlags, sendmsg},
};
use tokio::{io::Interest, net::TcpStream};

/// Writes these one after the other into a file without a name: in this folder, of which the kernel
/// keeps large pieces in memory, or in memory alone when the folder cannot be written.
///
/// # Errors
/// There is no memory for them either.
pub(super) fn keep(folder: &Path, contents: &[&Bytes]) -> io::Result<Option<File>> {
    let (flags, mode) = (OFlags::TMPFILE | OFlags::RDWR, Mode::RUSR | Mode::WUSR);
    let on_disk = open(folder, flags | OFlags::CLOEXEC, mode);
    if let Ok(file) = on_disk
        .map_err(io::Error::from)
        .and_then(|it| fill(it, contents))
    {
        return Ok(Some(file));
    }
    let in_memory = memfd_create("browser-app", MemfdFlags::CLOEXEC)?;
    fill(in_memory, contents).map(Some)
}

fn fill(file: OwnedFd, contents: &[&Bytes]) -> io::Result<File> {
    let mut file = File::from(file);
    for bytes in contents {
        file.write_all(bytes)?;
    }
    Ok(file)
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

#[cfg(test)]
mod tests {
    use std::{env, io::Seek};

    use super::*;

    #[test]
    fn files_are_kept_with_or_without_a_folder() {
        let contents = [&Bytes::from_static(b"one"), &Bytes::from_static(b"two")];
        for folder in [env::temp_dir().as_path(), Path::new("/proc")] {
            let mut file = keep(folder, &contents).unwrap().unwrap();

            file.rewind().unwrap();
            assert_eq!(io::read_to_string(file).unwrap(), "onetwo");
        }
    }
}
