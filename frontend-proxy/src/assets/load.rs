//! Reads a folder into memory, within a bound.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tracing::warn;

use super::file::Asset;
use crate::start_error::StartError;

/// Most bytes of a browser app: far above any real one, far below what a wrong folder holds.
const MAX_TOTAL: u64 = 64 * 1024 * 1024;

/// Every file below `folder` by its path in URLs; compressed copies join the file they copy.
pub(super) fn files_of(folder: &Path) -> Result<HashMap<String, Asset>, StartError> {
    let mut contents = HashMap::new();
    let mut left = MAX_TOTAL;
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = folders.pop() {
        let entries = fs::read_dir(&path).map_err(|error| unreadable(&path, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&path, error))?;
            let Some(name) = served_name(&entry) else {
                continue;
            };
            let (path, url) = (entry.path(), format!("{prefix}/{name}"));
            let kind = entry.metadata().map_err(|error| unreadable(&path, error))?;
            if kind.is_dir() {
                folders.push((path, url));
            } else if kind.is_file() {
                let rest = left.checked_sub(kind.len());
                left = rest.ok_or_else(|| StartError::TooMuch(folder.to_owned()))?;
                let content = fs::read(&path).map_err(|error| unreadable(&path, error))?;
                contents.insert(url, Bytes::from(content));
            } else {
                warn!(
                    "{} is neither file nor folder and is not served",
                    path.display()
                );
            }
        }
    }
    Ok(assets_of(&contents))
}

/// The name of an entry that may be served. Hidden ones may not: `.git` and `.env` end up in
/// folders by accident.
fn served_name(entry: &fs::DirEntry) -> Option<String> {
    let name = entry.file_name().into_string().ok()?;
    (!name.starts_with('.') || name == ".well-known").then_some(name)
}

fn unreadable(path: &Path, source: io::Error) -> StartError {
    StartError::Read {
        path: PathBuf::from(path),
        source,
    }
}

fn assets_of(contents: &HashMap<String, Bytes>) -> HashMap<String, Asset> {
    let is_copy = |url: &str| {
        let original = url.strip_suffix(".br").or_else(|| url.strip_suffix(".gz"));
        original.is_some_and(|original| contents.contains_key(original))
    };
    let copy = |url: &str, suffix| contents.get(&format!("{url}{suffix}")).cloned();
    contents
        .iter()
        .filter(|(url, _)| !is_copy(url))
        .map(|(url, bytes)| {
            let asset = Asset::new(url, bytes.clone());
            let asset = asset.with_copies(copy(url, ".br"), copy(url, ".gz"));
            (url.clone(), asset)
        })
        .collect()
}
