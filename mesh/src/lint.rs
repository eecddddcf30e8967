//! `cargo mesh lint`: everything about the code, and about what is around it, that a program can judge.

mod surroundings;
pub(crate) mod tools;

use std::{process::ExitCode, time::Instant};

use anyhow::{Context, Result};
use tokio::process::Command;

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

/// A step in the summary, and whether it went well.
type Line = (String, bool);

/// Runs all the steps, also after one that failed, and sums them up.
///
/// # Errors
/// Cargo cannot be started, or the checkout cannot be read.
pub async fn run() -> Result<ExitCode> {
    // A task of its own: the other tools are waited for by this thread.
    let of_code = tokio::spawn(of_code());
    let of_others = of_others().await?;
    let summary = [of_code.await??, of_others].concat();
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

/// What cargo judges: one after the other, since they would wait for each other's locks.
async fn of_code() -> Result<Vec<Line>> {
    let mut summary = Vec::new();
    for (name, arguments) in STEPS {
        summary.push(step(name, cargo(arguments)).await?);
    }
    Ok(summary)
}

/// What others judge, meanwhile: they download tools, and use one processor.
async fn of_others() -> Result<Vec<Line>> {
    let tidy = async { tidy::run(workspace::root()) };
    Ok(vec![
        step("tidy", tidy).await?,
        step("web", web::check()).await?,
        step("workflows", surroundings::workflows()).await?,
        step("ansible", surroundings::ansible()).await?,
        step("alerts", async { surroundings::alerts() }).await?,
    ])
}

/// Runs one step; answers with its line of the summary, and whether it went well.
async fn step(name: &str, run: impl Future<Output = Result<bool>>) -> Result<Line> {
    say::line(format_args!("== {name}"));
    let started = Instant::now();
    let good = run.await?;
    let word = if good { "ok" } else { "FAILED" };
    let seconds = started.elapsed().as_secs_f32();
    Ok((format!("lint {name:<9} {word:<6} {seconds:6.1} s"), good))
}

async fn cargo(arguments: &[&str]) -> Result<bool> {
    let status = Command::new("cargo")
        .args(arguments)
        .current_dir(workspace::root())
        .env("RUSTDOCFLAGS", "-D warnings")
        .kill_on_drop(true)
        .status()
        .await
        .context("cannot start cargo")?;
    Ok(status.success())
}
