//! `cargo mesh status`: the whole mesh on one screen.

use std::{
    fmt::{Display, Formatter, Result as Written},
    process::ExitCode,
    time::Duration,
};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use shared::{
    messages::{inventory::InventoryMessage, orders::OrdersMessage, sessions::SessionsMessage},
    probe,
    redis::Redis,
    stream::{
        DeadLetter, Message,
        standing::{self, StreamStanding, Waiting},
    },
};
use tokio::time::sleep;

use super::{
    Parts, Target,
    databases::{self, Database},
    span,
};
use crate::{say, up::Signals};

/// Every stream of the mesh.
const STREAMS: [&str; 4] = [
    OrdersMessage::STREAM,
    InventoryMessage::STREAM,
    SessionsMessage::STREAM,
    DeadLetter::STREAM,
];

/// Shows streams, groups, what waits and what failed.
#[derive(Args)]
pub struct Status {
    #[command(flatten)]
    target: Target,
    /// Show it again every second until Ctrl-C.
    #[arg(long)]
    watch: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What was found; a part that is down has an error instead.
#[derive(Serialize)]
struct Report {
    services: Vec<Service>,
    redis_error: Option<String>,
    streams: Vec<StreamStanding>,
    databases: Vec<Found>,
}

#[derive(Serialize)]
struct Service {
    name: String,
    instance: usize,
    address: String,
    is_up: bool,
}

#[derive(Serialize)]
struct Found {
    name: String,
    error: Option<String>,
    waiting: Option<Waiting>,
    orders: Vec<(String, i64)>,
}

/// Prints the status; the exit code is 1 when a part is down.
///
/// # Errors
/// Nothing says where the mesh is.
pub async fn run(status: Status) -> Result<ExitCode> {
    let parts = status.target.parts()?;
    if !status.watch {
        let report = look(&parts).await;
        status.print(&report)?;
        return Ok(ExitCode::from(u8::from(report.is_something_down())));
    }
    let mut signals = Signals::listen()?;
    loop {
        let report = look(&parts).await;
        if !status.json {
            // Clears the screen and goes to its first line.
            say::line("\u{1b}[2J\u{1b}[H");
        }
        status.print(&report)?;
        tokio::select! {
            () = signals.received() => return Ok(ExitCode::SUCCESS),
            () = sleep(Duration::from_secs(1)) => {}
        }
    }
}

impl Status {
    fn print(&self, report: &Report) -> Result<()> {
        if self.json {
            say::line(serde_json::to_string(report)?);
        } else {
            say::line(report);
        }
        Ok(())
    }
}

async fn streams(redis: &Redis) -> redis::RedisResult<Vec<StreamStanding>> {
    let mut streams = Vec::new();
    for name in STREAMS {
        streams.push(standing::of_stream(redis, name).await?);
    }
    Ok(streams)
}

async fn look(parts: &Parts) -> Report {
    let mut services = Vec::new();
    for service in &parts.services {
        let is_up = match service.address.parse() {
            Ok(address) => probe::answers_ok(address, "/health").await,
            Err(_) => false,
        };
        services.push(Service {
            name: service.name.clone(),
            instance: service.instance,
            address: service.address.clone(),
            is_up,
        });
    }
    let (streams, redis_error) = match streams(&parts.redis).await {
        Ok(streams) => (streams, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let mut databases = Vec::new();
    for database in &parts.databases {
        databases.push(ask(database).await);
    }
    Report {
        services,
        redis_error,
        streams,
        databases,
    }
}

async fn ask(database: &Database) -> Found {
    let answer = async {
        let db = database.connect().await?;
        anyhow::Ok((
            standing::of_database(&db).await?,
            databases::orders(&db).await?,
        ))
    };
    let name = database.name.clone();
    match answer.await {
        Ok((waiting, orders)) => Found {
            name,
            error: None,
            waiting: Some(waiting),
            orders,
        },
        Err(error) => Found {
            name,
            error: Some(error.to_string()),
            waiting: None,
            orders: Vec::new(),
        },
    }
}

impl Report {
    fn is_something_down(&self) -> bool {
        self.redis_error.is_some()
            || self.services.iter().any(|service| !service.is_up)
            || self.databases.iter().any(|found| found.error.is_some())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        for service in &self.services {
            let state = if service.is_up { "up" } else { "DOWN" };
            let name = format!("{} {}", service.name, service.instance);
            writeln!(f, "{name:<24}{:<24}{state}", service.address)?;
        }
        self.write_streams(f)?;
        self.write_databases(f)
    }
}

impl Report {
    fn write_streams(&self, f: &mut Formatter<'_>) -> Written {
        if let Some(error) = &self.redis_error {
            return writeln!(f, "\nRedis is DOWN: {error}");
        }
        write!(f, "\n{:<22}{:<20}{:>9}", "stream", "group", "entries")?;
        writeln!(
            f,
            "{:>8}{:>10}{:>11}{:>12}",
            "lag", "pending", "oldest", "consumers"
        )?;
        for stream in &self.streams {
            if stream.groups.is_empty() {
                writeln!(f, "{:<22}{:<20}{:>9}", stream.name, "–", stream.length)?;
            }
            for group in &stream.groups {
                let lag = group.lag.map_or("?".to_owned(), |lag| lag.to_string());
                let oldest = span(group.oldest_pending);
                write!(
                    f,
                    "{:<22}{:<20}{:>9}",
                    stream.name, group.name, stream.length
                )?;
                writeln!(
                    f,
                    "{lag:>8}{:>10}{oldest:>11}{:>12}",
                    group.pending, group.consumers
                )?;
            }
        }
        Ok(())
    }

    fn write_databases(&self, f: &mut Formatter<'_>) -> Written {
        write!(f, "\n{:<22}{:>8}{:>11}", "database", "outbox", "oldest")?;
        writeln!(f, "{:>10}{:>8}  orders", "retrying", "dead")?;
        for found in &self.databases {
            let Some(waiting) = &found.waiting else {
                let error = found.error.as_deref().unwrap_or_default();
                writeln!(f, "{:<22}DOWN: {error}", found.name)?;
                continue;
            };
            let oldest = span(waiting.outbox_oldest);
            write!(f, "{:<22}{:>8}{oldest:>11}", found.name, waiting.outbox)?;
            write!(f, "{:>10}{:>8}  ", waiting.retrying, waiting.dead)?;
            let orders = found.orders.iter();
            let orders: Vec<_> = orders.map(|(status, n)| format!("{n} {status}")).collect();
            writeln!(f, "{}", orders.join(", "))?;
        }
        Ok(())
    }
}
