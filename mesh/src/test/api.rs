//! The API as strangers use it: schemathesis reads the description, and sends what it allows and
//! what it does not.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::process::Command;

use super::Results;
use crate::{
    folder::Scratch,
    lint::tools::Python,
    openapi,
    say::Say,
    system::{Mesh, Options},
    workspace,
};

/// Runs it against a mesh of its own, and counts the operations that were tried.
///
/// # Errors
/// The mesh does not start, or schemathesis cannot be installed.
pub(super) async fn run(results: &mut Results) -> Result<()> {
    let python = Python::with_tools().await?;
    let mesh = Mesh::start(Options {
        say: Say::Aloud,
        ..Options::default()
    })
    .await?;
    let tried = try_all(&mesh, &python).await;
    mesh.stop().await;
    let (counts, success) = tried?;
    results.add_counts(counts, success);
    Ok(())
}

async fn try_all(mesh: &Mesh, python: &Python) -> Result<([usize; 2], bool)> {
    let reports = Scratch::new()?;
    let report = reports.path().join("report.json");
    let status = Command::from(python.command("schemathesis"))
        .arg("--config-file")
        .arg(workspace::root().join("mesh/schemathesis.toml"))
        .arg("run")
        .arg(openapi::path())
        // One thread: in CPython before 3.12, two that read source at once break each other
        // (github.com/python/cpython/issues/106905).
        .args(["--url", mesh.url(), "--no-color", "--workers", "1"])
        .args(["--report", "json"])
        .arg("--report-json-path")
        .arg(&report)
        .kill_on_drop(true)
        .status()
        .await
        .context("cannot start schemathesis")?;
    Ok((counts_of(&report), status.success()))
}

/// How many operations passed and failed; an error of schemathesis itself is a failure.
fn counts_of(report: &Path) -> [usize; 2] {
    let text = fs::read_to_string(report).unwrap_or_default();
    let report: Value = serde_json::from_str(&text).unwrap_or_default();
    let lists = [&report["failures"], &report["errors"]].map(Value::as_array);
    let failed = lists.into_iter().flatten().map(Vec::len).sum();
    let tested = report["operations"]["tested"].as_u64().unwrap_or_default();
    let tested = usize::try_from(tested).unwrap_or_default();
    [tested.saturating_sub(failed), failed]
}
