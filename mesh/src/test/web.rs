//! Tests of the browser app: its units, and its journeys in a real browser through a running mesh.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Results;
use crate::{
    folder::Scratch,
    install::{self, Tool},
    programs,
    say::Say,
    system::{Mesh, Options},
    web,
};

/// Processes of each service: what one does shows to who is connected to the other.
const INSTANCES: usize = 2;

/// Runs them all and adds what they found.
///
/// # Errors
/// The app cannot be built, or the mesh does not start.
pub(super) async fn run(results: &mut Results) -> Result<()> {
    let browser = browser()?;
    let reports = Scratch::new()?;
    let units = reports.path().join("units.json");
    let output = format!("--outputFile={}", units.display());
    let mesh = Mesh::start(Options {
        instances: INSTANCES,
        browser_app: true,
        say: Say::Aloud,
        ..Options::default()
    })
    .await?;
    let mut test = web::command(&[
        "test",
        "--",
        "--reporter=default",
        "--reporter=json",
        &output,
    ]);
    let success = test.status().await.context("cannot start npm")?.success();
    let counts = counts_of(&units, ["/numPassedTests", "/numFailedTests"]);
    results.add_counts(counts, success);

    let journeys = reports.path().join("journeys.json");
    let mut test = web::command(&["run", "e2e", "--", "--reporter=list,json"]);
    test.env("MESH_URL", mesh.url())
        .env("MESH_STATE", mesh.state_file())
        .env("CHROMIUM", browser)
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &journeys);
    let outcome = test.status().await;
    mesh.stop().await;
    let success = outcome.context("cannot start npm")?.success();
    let counts = counts_of(&journeys, ["/stats/expected", "/stats/unexpected"]);
    results.add_counts(counts, success);
    Ok(())
}

/// How many tests a report says have passed and failed; none when there is no report.
fn counts_of(report: &Path, places: [&str; 2]) -> [usize; 2] {
    let text = fs::read_to_string(report).unwrap_or_default();
    let report: Value = serde_json::from_str(&text).unwrap_or_default();
    places.map(|place| {
        let count = report.pointer(place).and_then(Value::as_u64);
        count.and_then(|count| count.try_into().ok()).unwrap_or(0)
    })
}

/// The path of Chromium, which is installed if it is missing.
fn browser() -> Result<String> {
    let find = || {
        ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(programs::find)
    };
    if find().is_none() {
        install::install(&[Tool::Chromium], Say::Aloud)?;
    }
    let path = find().ok_or_else(|| install::Missing::still(Tool::Chromium))?;
    Ok(path.display().to_string())
}
