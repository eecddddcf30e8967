//! Large files, for the kernel to send: of a file it sends whole pages as they are, while what is
//! written from our own memory is copied first (half of the cost of 200 KiB).

#[cfg_attr(target_os = "linux", path = "large/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "large/elsewhere.rs")]
mod system;

use std::{env, fs::File, io};

use bytes::Bytes;
use tokio::net::TcpStream;

pub(crate) use self::system::send_before;

/// What is worth a system call of its own (bytes).
const MIN_SIZE: usize = 16 * 1024;

/// The bytes of large files, here and in a file of our own: who changes the files of the browser app
/// while they are served changes nothing until they are read again.
#[derive(Default)]
pub(crate) struct LargeFiles {
    file: Option<File>,
    /// Where they are here, in the order of addresses, and where they begin in the file.
    places: Vec<(Bytes, u64)>,
}

/// Where some of these bytes are in the file.
pub(crate) struct Place<'a> {
    file: &'a File,
    offset: u64,
    length: usize,
}

impl LargeFiles {
    /// Those of these that are large.
    ///
    /// # Errors
    /// When the system has no memory for them.
    pub(super) fn of<'a>(contents: impl Iterator<Item = &'a Bytes>) -> io::Result<Self> {
        let large: Vec<_> = contents.filter(|it| it.len() >= MIN_SIZE).collect();
        let file = system::keep(&env::temp_dir(), &large)?;
        let mut places = Vec::new();
        let mut offset = 0;
        for bytes in large {
            places.push((bytes.clone(), offset));
            offset += bytes.len() as u64;
        }
        places.sort_by_key(|(bytes, _)| bytes.as_ptr().addr());
        Ok(Self { file, places })
    }

    /// The place of these very bytes, if they are part of one of the files. As long as this lives,
    /// nothing else can be at their address.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<Place<'_>> {
        if bytes.len() < MIN_SIZE {
            return None;
        }
        let address = bytes.as_ptr().addr();
        let after = self
            .places
            .partition_point(|(file, _)| file.as_ptr().addr() <= address);
        let (whole, begin) = self.places.get(after.checked_sub(1)?)?;
        let inside = address - whole.as_ptr().addr();
        (inside + bytes.len() <= whole.len()).then_some(Place {
            file: self.file.as_ref()?,
            offset: begin + inside as u64,
            length: bytes.len(),
        })
    }
}

impl Place<'_> {
    /// Sends as many of the bytes as the connection takes now.
    ///
    /// # Errors
    /// `WouldBlock` when it takes none.
    pub(crate) fn send(&self, socket: &TcpStream) -> io::Result<usize> {
        system::send_file(socket, self.file, self.offset, self.length)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_bytes_of_a_file_are_found() {
        let text = |size| Bytes::from(vec![b'x'; size]);
        let (first, second, small) = (text(MIN_SIZE), text(3 * MIN_SIZE), text(MIN_SIZE - 1));
        let files = LargeFiles::of([&first, &second, &small].into_iter()).unwrap();
        let found = |bytes: &[u8]| files.find(bytes).map(|it| (it.offset, it.length));

        assert_eq!(found(&first), Some((0, MIN_SIZE)));
        let (begin, size) = (MIN_SIZE as u64, MIN_SIZE);
        assert_eq!(found(&second), Some((begin, 3 * size)));
        assert_eq!(
            found(&second[100..2 * size]),
            Some((begin + 100, 2 * size - 100))
        );
        assert_eq!(found(&second[3 * size - 100..]), None, "too short");
        assert_eq!(found(&small), None);
        assert_eq!(found(&text(MIN_SIZE)), None, "equal bytes elsewhere");
    }
}
