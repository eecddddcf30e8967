//! The checkout this program was built from, and building the other programs of it.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use shared::plant::Plant;
use tokio::process::Command;

use crate::say::Say;

/// How programs are built that are run here.
const RELEASE: &[&str] = &["build", "--release", "--workspace", "--bins"];

/// How the proxy is built as it is in images.
const SHIPPED_PROXY: &[&str] = &[
    "build",
    "--profile",
    "dist",
    "--workspace",
    "--bin",
    "frontend-proxy",
];

/// How programs are built that can have a bug planted.
const PLANTED: &[&str] = &[
    "build",
    "--profile",
    "planted",
    "--workspace",
    "--exclude=mesh",
    "--bins",
    "--features",
    "shared/plants",
];

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
///
/// Programs that can have a bug planted are apart from the others, in a profile of their own.
pub(crate) async fn build(plant: Option<Plant>, say: Say) -> Result<PathBuf> {
    cargo(plant.map_or(RELEASE, |_| PLANTED), say).await?;
    let programs = output_folder()?;
    Ok(match plant {
        Some(_) => programs.with_file_name("planted"),
        None => programs,
    })
}

/// Builds the proxy as it is in images; answers with the folder that it is in.
///
/// # Errors
/// It does not build.
pub(crate) async fn build_shipped_proxy(say: Say) -> Result<PathBuf> {
    cargo(SHIPPED_PROXY, say).await?;
    Ok(output_folder()?.with_file_name("dist"))
}

async fn cargo(args: &[&str], say: Say) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(args).current_dir(root()).kill_on_drop(true);
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
    Ok(())
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
