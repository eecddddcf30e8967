//! The one command: `cargo mesh up`, `cargo mesh test`, `cargo mesh lint` and more.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use mesh::{
    Missing, bench, lint, openapi,
    operate::{dead_letters, status, trace},
    say, secrets, test, torture, up,
};

/// Runs, tests and checks the marketplace.
#[derive(Parser)]
#[command(bin_name = "cargo mesh")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Up(up::Up),
    Test(test::Test),
    /// Checks format, lints, documentation and the invariants of ARCHITECTURE.md.
    Lint,
    /// Puts load on the running mesh and measures it.
    Bench(bench::Bench),
    Status(status::Status),
    DeadLetters(dead_letters::DeadLetters),
    /// Writes what the services say can be asked into the browser app.
    Openapi,
    Trace(trace::Trace),
    Secrets(secrets::Secrets),
    Torture(torture::Torture),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            say::error(format_args!("{error:#}"));
            // What only a person can install is told apart from what went wrong.
            ExitCode::from(if error.is::<Missing>() { 2 } else { 1 })
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Bench(bench) => bench::run(bench),
        Command::Status(status) => status::run(status).await,
        Command::DeadLetters(dead_letters) => dead_letters::run(dead_letters).await,
        Command::Trace(trace) => trace::run(trace).await,
        Command::Secrets(secrets) => secrets::run(&secrets).map(|()| ExitCode::SUCCESS),
        Command::Torture(torture) => torture::run(torture).await,
        Command::Up(up) => up::run(up).await.map(|()| ExitCode::SUCCESS),
        Command::Test(test) => test::run(test).await,
        Command::Lint => lint::run().await,
        Command::Openapi => openapi::run().await,
    }
}
