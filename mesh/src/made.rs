//! Folders that are made of files: again only when these changed, and by one command at a time.

use std::{
    fs::{self, File},
    path::Path,
};

use anyhow::{Context, Result};
use tokio::task::spawn_blocking;

use crate::workspace;

/// Where the hash is kept of what a folder was made from.
const MADE_FROM: &str = ".made-from";

/// Whether `folder` was made from what has this hash.
pub(crate) fn is_from(folder: &Path, hash: u64) -> bool {
    let noted = fs::read_to_string(folder.join(MADE_FROM)).unwrap_or_default();
    noted == hash.to_string()
}

/// Notes that `folder` is made now, and from what.
pub(crate) fn note(folder: &Path, hash: u64) -> Result<()> {
    let file = folder.join(MADE_FROM);
    fs::write(&file, hash.to_string()).with_context(|| format!("cannot write {}", file.display()))
}

/// One command at a time works on what is called `name`, until the answer is dropped.
pub(crate) async fn lock(name: &str) -> Result<File> {
    // Not there yet when cargo builds into another folder.
    let folder = workspace::root().join("target");
    let path = folder.join(format!("{name}.lock"));
    let failed = format!("cannot lock {}", path.display());
    let locked = spawn_blocking(move || {
        fs::create_dir_all(folder)?;
        let file = File::create(&path)?;
        file.lock().map(|()| file)
    });
    locked.await?.context(failed)
}
