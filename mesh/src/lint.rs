//! `cargo mesh lint`: everything about the code, and about what is around it, that a program can judge.

mod surroundings;
pub(crate) mod tools;

use std::{
    process::{Command, ExitCode},
    time::Instant,
};

use anyhow::{Context, Result};

use crate::{say, tidy, web, workspace};

/// Formatting, lints and documentation: name, and the command line of cargo.
///
/// The release profile shares its dependencies with `up` and `test`.
const STEPS: [(&str, &[&str]); 3] = [
    ("fmt", &["fmt", "--all", "--check"]),
    (
        "clippy",
        &[
            "clippy",
            "--release",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ),
    (
        "doc",
        &[
            "doc",
            "--release",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ],
    ),
];

/// Runs all the steps, also after one that failed, and sums them up.
///
/// # Errors
/// Cargo cannot be started, or the checkout cannot be read.
pub async fn run() -> Result<ExitCode> {
    let mut summary = Vec::new();
    for (name, arguments) in STEPS {
        summary.push(step(name, async { cargo(arguments) }).await?);
    }
    let tidy = async { tidy::run(workspace::root()) };
    summary.push(step("tidy", tidy).await?);
    summary.push(step("web", web::check()).await?);
    summary.push(step("workflows", surroundings::workflows()).await?);
    summary.push(step("ansible", surroundings::ansible()).await?);
    summary.push(step("alerts", async { surroundings::alerts() }).await?);
    say::line("");
    for (line, _) in &summary {
        say::line(line);
    }
    let good = summary.iter().all(|(_, good)| *good);
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs one step; answers with its line of the summary, and whether it went well.
async fn step(name: &str, run: impl Future<Output = Result<bool>>) -> Result<(String, bool)> {
    say::line(format_args!("== {name}"));
    let started = Instant::now();
    let good = run.await?;
    let word = if good { "ok" } else { "FAILED" };
    let seconds = started.elapsed().as_secs_f32();
    Ok((format!("lint {name:<9} {word:<6} {seconds:6.1} s"), good))
}

fn cargo(arguments: &[&str]) -> Result<bool> {
    let status = Command::new("cargo")
        .args(arguments)
        .current_dir(workspace::root())
        .env("RUSTDOCFLAGS", "-D warnings")
        .status()
        .context("cannot start cargo")?;
    Ok(status.success())
}
