//! The browser app, `frontend-proxy/web`: npm installs its packages, builds it and checks it.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::{made, programs, say::Say, workspace};

/// Folders of the app whose files are made, or are not part of what is built.
const NOT_SOURCES: [&str; 4] = ["node_modules", "dist", "test-results", "e2e"];

/// The folder of the app.
pub(crate) fn folder() -> PathBuf {
    workspace::root().join("frontend-proxy/web")
}

/// Builds the app, unless it was built from the same sources before. Without Node.js there is none,
/// and the proxy shows a page that says what it is.
///
/// # Errors
/// npm fails.
pub(crate) async fn build(say: Say) -> Result<()> {
    if !programs::on_path("npm") {
        say.line("no browser app: it needs Node.js 20.19 or newer, which is not installed");
        return Ok(());
    }
    let _lock = made::lock("web").await?;
    install(say).await?;
    let app = folder();
    let dist = app.join("dist");
    let sources = hash_of(&app)?;
    if made::is_from(&dist, sources) {
        return Ok(());
    }
    say.line("building the browser app …");
    npm(&["run", "build"], say).await?;
    made::note(&dist, sources)
}

/// Types, format and lints of the app; false when one of them is not as it should be.
///
/// # Errors
/// npm cannot be started, or cannot install the packages.
pub(crate) async fn check() -> Result<bool> {
    let _lock = made::lock("web").await?;
    install(Say::Aloud).await?;
    let mut check = command(&["run", "check"]);
    let status = check.status().await.context("npm is not installed")?;
    Ok(status.success())
}

/// A command line of npm in the folder of the app.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(arguments)
        .current_dir(folder())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    npm
}

/// Installs the packages of the lock file, unless it was done before.
async fn install(say: Say) -> Result<()> {
    let app = folder();
    let packages = app.join("node_modules");
    let mut hasher = DefaultHasher::new();
    fs::read(app.join("package-lock.json"))?.hash(&mut hasher);
    let wanted = hasher.finish();
    if made::is_from(&packages, wanted) {
        return Ok(());
    }
    say.line("installing the packages of the browser app …");
    npm(&["ci", "--no-audit", "--no-fund"], say).await?;
    made::note(&packages, wanted)
}

async fn npm(arguments: &[&str], say: Say) -> Result<()> {
    let mut npm = command(arguments);
    if say == Say::Aloud {
        let status = npm.status().await.context("npm is not installed")?;
        if !status.success() {
            bail!("npm {} failed; see above", arguments.join(" "));
        }
        return Ok(());
    }
    let output = npm.output().await.context("npm is not installed")?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        bail!("npm {} failed: {text}", arguments.join(" "));
    }
    Ok(())
}

/// A hash of the names and contents of all sources.
fn hash_of(app: &Path) -> Result<u64> {
    let mut files = Vec::new();
    let mut folders = vec![app.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let is_source = !NOT_SOURCES.iter().any(|name| entry.file_name() == *name);
            if entry.file_type()?.is_file() {
                files.push(entry.path());
            } else if is_source {
                folders.push(entry.path());
            }
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Scratch;

    #[test]
    fn only_a_change_of_a_source_changes_the_hash() {
        let scratch = Scratch::new().unwrap();
        let app = scratch.path();
        for folder in ["src", "dist"] {
            fs::create_dir(app.join(folder)).unwrap();
        }
        fs::write(app.join("src/main.tsx"), "1").unwrap();
        let first = hash_of(app).unwrap();

        fs::write(app.join("dist/index.html"), "made").unwrap();
        assert_eq!(hash_of(app).unwrap(), first);
        fs::write(app.join("src/main.tsx"), "2").unwrap();
        assert_ne!(hash_of(app).unwrap(), first);
    }
}
