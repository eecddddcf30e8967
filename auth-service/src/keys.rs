//! Writes a new key pair to files.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Context;
use shared::auth::KeyPair;

use crate::config::KeyFiles;

/// Writes the private key for its owner only, and the public one for all.
///
/// # Errors
/// When a file exists or cannot be written: a key in use is never overwritten.
pub fn generate_key(files: &KeyFiles) -> anyhow::Result<()> {
    let pair = KeyPair::generate()?;
    write_new(&files.private_key, 0o600, &pair.private_pem)?;
    write_new(&files.public_key, 0o644, &pair.public_pem)
}

fn write_new(path: &Path, mode: u32, content: &str) -> anyhow::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(content.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}
