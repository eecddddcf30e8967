//! The checkout this program was built from, and building the other programs of it.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::say::Say;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    let member = Path::new(env!("CARGO_MANIFEST_DIR"));
    member.parent().unwrap_or(member)
}

/// Builds the services and the proxy; answers with the folder they are in.
///
/// Cargo decides what there is to do, and shows its progress when somebody watches. Always the
/// whole workspace: with fewer packages cargo chooses other features of shared dependencies, and
/// compiles them again.
pub(crate) async fn build(say: Say) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--workspace", "--bins"])
        .current_dir(root())
        .kill_on_drop(true);
    if say == Say::Aloud {
        cargo.stderr(Stdio::inherit());
    }
    let output = cargo.output().await.context("cannot start cargo")?;
    if !output.status.success() {
        bail!(
            "the build failed{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    output_folder()
}

/// Where cargo puts the programs of this profile: beside this one.
fn output_folder() -> Result<PathBuf> {
    let this = env::current_exe().context("cannot tell where this program is")?;
    let folder = this.parent().context("this program is in no folder")?;
    // Test programs are one step further down.
    let folder = if folder.ends_with("deps") {
        folder.parent()
    } else {
        Some(folder)
    };
    Ok(folder.context("this program is in no folder")?.to_owned())
}
