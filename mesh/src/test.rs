//! `cargo mesh test`: every test, with a PostgreSQL and a Redis that are thrown away.

mod api;
mod results;
mod web;

use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use self::results::Results;
use crate::{
    leftover,
    postgres::Purpose,
    say::{self, Say},
    system::{Mesh, Options},
    up::Signals,
    workspace,
};

/// Runs the tests with a PostgreSQL and a Redis of their own.
#[derive(Args)]
pub struct Test {
    /// Where the two servers come from.
    #[arg(long, env = "MESH_TEST_BACKEND", value_enum, default_value = "local")]
    backend: Backend,

    /// The tests of the browser app only.
    #[arg(long)]
    web: bool,

    /// Only what a stranger may make of the description of the API.
    #[arg(long, conflicts_with = "web")]
    api: bool,

    /// Passed on to `cargo test`, such as `-p orders-service idempotency`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Where the servers of the tests come from.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Backend {
    /// Programs of this machine.
    Local,
    /// PostgreSQL 17 and Redis 8 in containers.
    Containers,
}

/// Where the tests find their servers.
pub(crate) struct Servers {
    pub(crate) postgres_url: String,
    pub(crate) redis_url: String,
}

/// Runs the tests; the last line is `N passed, N failed`.
///
/// # Errors
/// The servers did not start, or cargo did not.
pub async fn run(test: Test) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    if test.backend == Backend::Containers {
        return run_with_containers(&test, &mut signals).await;
    }
    leftover::sweep().await;
    if test.web || test.api {
        let mut results = Results::default();
        let tested = async {
            if test.web {
                return web::run(&mut results).await;
            }
            api::run(&mut results).await
        };
        let is_done = tokio::select! {
            tested = tested => tested.map(|()| true)?,
            () = signals.received() => false,
        };
        return Ok(finish(if is_done {
            results
        } else {
            Results::interrupted()
        }));
    }
    let mesh = Mesh::prepare(Options {
        say: Say::Aloud,
        ..Options::default()
    })
    .await?;
    let tested = async {
        let mut results = run_with_servers(&mesh, &test.arguments).await?;
        if test.arguments.is_empty() {
            api::run(&mut results).await?;
            web::run(&mut results).await?;
        }
        Ok(results)
    };
    let tested = tokio::select! {
        tested = tested => tested,
        () = signals.received() => Ok(Results::interrupted()),
    };
    mesh.stop().await;
    tested.map(finish)
}

async fn run_with_servers(mesh: &Mesh, arguments: &[String]) -> Result<Results> {
    mesh.bring_up_servers(Purpose::ThrowAway).await?;
    let state = mesh.state();
    let servers = Servers {
        postgres_url: state.postgres.url_admin,
        redis_url: state.redis.url,
    };
    cargo_test(&servers, arguments).await
}

#[cfg(feature = "containers")]
async fn run_with_containers(test: &Test, signals: &mut Signals) -> Result<ExitCode> {
    let containers = crate::containers::Containers::start().await?;
    // The programs are for the whole-system tests, which start their own servers.
    let tested = async {
        workspace::build(None, Say::Aloud).await?;
        cargo_test(&containers.servers, &test.arguments).await
    };
    let tested = tokio::select! {
        tested = tested => tested,
        () = signals.received() => Ok(Results::interrupted()),
    };
    containers.stop().await?;
    tested.map(finish)
}

/// Starts this command again, built with what talks to a container engine.
///
/// Only then: that is a hundred crates which `cargo mesh up` need not wait for.
#[cfg(not(feature = "containers"))]
async fn run_with_containers(test: &Test, signals: &mut Signals) -> Result<ExitCode> {
    let mut again = Command::new("cargo")
        .args([
            "run",
            "--release",
            "--package",
            "mesh",
            "--features",
            "containers",
            "--",
        ])
        .args(["test", "--backend", "containers"])
        .args(&test.arguments)
        .current_dir(workspace::root())
        .spawn()
        .context("cannot start cargo")?;
    loop {
        tokio::select! {
            status = again.wait() => {
                return Ok(if status?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            // It gets the terminal's signals too, and stops its containers before it ends.
            () = signals.received() => (),
        }
    }
}

/// Runs `cargo test`, repeats what it prints and sums it up.
async fn cargo_test(servers: &Servers, arguments: &[String]) -> Result<Results> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--release", "--no-fail-fast"]);
    if !names_package(arguments) {
        cargo.arg("--workspace");
    }
    let mut cargo = cargo
        .args(arguments)
        .current_dir(workspace::root())
        .env("MESH_TEST_POSTGRES_URL", &servers.postgres_url)
        .env("MESH_TEST_REDIS_URL", &servers.redis_url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start cargo")?;
    let mut results = Results::default();
    if let Some(output) = cargo.stdout.take() {
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await.context("cannot read from cargo")? {
            results.add(&line);
            say::line(line);
        }
    }
    results.end(cargo.wait().await?.success());
    Ok(results)
}

/// With `--workspace` beside it, cargo passes over the package that was asked for.
fn names_package(arguments: &[String]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

fn finish(results: Results) -> ExitCode {
    say::line(results);
    results.code()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_noticed_before_the_filter_of_the_test_programs() {
        let names =
            |text: &str| names_package(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());

        assert!(names("-p orders-service idempotency"));
        assert!(names("--package=mesh"));
        assert!(!names("idempotency -- -p"));
    }
}
