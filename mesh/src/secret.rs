//! Files that only their owner may read, and the random passwords kept in them.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, Result};
use rand::{RngExt, distr::Alphanumeric};

/// Letters and digits in a password: 190 bits, and nothing that needs escaping in a URL, in SQL
/// or in a configuration file.
const LENGTH: usize = 32;

/// A new random password.
pub(crate) fn random() -> String {
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(LENGTH)
        .map(char::from)
        .collect()
}

/// The password kept in `file`, made on the first call.
pub(crate) fn kept_in(file: &Path) -> Result<String> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.trim_end().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let password = random();
            write(file, &format!("{password}\n"))?;
            Ok(password)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// Writes `text` to `file` so that nobody else can read it and no reader sees half of it.
pub(crate) fn write(file: &Path, text: &str) -> Result<()> {
    let draft = file.with_extension("draft");
    let in_place = || -> io::Result<()> {
        // A draft left by a killed process may have other permissions.
        fs::remove_file(&draft).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?
            .write_all(text.as_bytes())?;
        fs::rename(&draft, file)
    };
    in_place().with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::folder::Scratch;

    #[test]
    fn a_password_is_made_once_and_only_its_owner_can_read_it() {
        let scratch = Scratch::new().unwrap();
        let file = scratch.path().join("password");

        let first = kept_in(&file).unwrap();
        let second = kept_in(&file).unwrap();

        assert_eq!(first, second);
        assert_eq!(first.len(), LENGTH);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
