//! What only the databases know, asked as their owner would: outboxes and dead letters.

use anyhow::{Context, Result};
use tokio::task::spawn_blocking;

use super::streams::MARK;
use crate::{
    postgres::{
        PostgresUrl,
        databases::{self, OWNERS},
    },
    programs,
    system::Mesh,
};

/// A message that a group gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeadLetter {
    pub(super) group: String,
    /// The number of the poison that it is, or nothing.
    pub(super) poison: Option<usize>,
}

/// What `sql` prints in the database of `owner`.
pub(super) async fn ask(mesh: &Mesh, owner: &str, sql: &str) -> Result<String> {
    let psql = programs::psql().context("psql is not found any more")?;
    let admin = PostgresUrl::parse(&mesh.state().postgres.url_admin)?;
    let url = admin.with(&admin.user, &admin.password, &format!("db_{owner}"));
    let sql = sql.to_owned();
    spawn_blocking(move || databases::run(&psql, &url, &sql)).await?
}

/// How many rows of all outboxes are not published.
pub(super) async fn unpublished(mesh: &Mesh) -> Result<u64> {
    let mut sum = 0;
    for owner in OWNERS {
        let sql = "SELECT count(*) FROM outbox WHERE published_at IS NULL";
        sum += ask(mesh, owner, sql).await?.parse::<u64>()?;
    }
    Ok(sum)
}

/// How many orders have no final status.
pub(super) async fn pending_orders(mesh: &Mesh) -> Result<u64> {
    let sql = "SELECT count(*) FROM orders WHERE status = 'PENDING'";
    Ok(ask(mesh, "orders", sql).await?.parse()?)
}

/// How many orders failed because nobody had decided them in time: their message was lost, even if
/// they did not wait for ever.
pub(super) async fn timed_out(mesh: &Mesh) -> Result<u64> {
    let sql = "SELECT count(*) FROM orders WHERE failure::text LIKE '%TIMEOUT%'";
    Ok(ask(mesh, "orders", sql).await?.parse()?)
}

/// Every dead letter.
pub(super) async fn dead_letters(mesh: &Mesh) -> Result<Vec<DeadLetter>> {
    let mut letters = Vec::new();
    for owner in ["products", "orders"] {
        let sql = format!(
            "SELECT consumer_group || ' ' || coalesce(substring(entry::text FROM '{MARK}(\\d+)'), '')
             FROM failures WHERE state = 'dead'"
        );
        letters.extend(ask(mesh, owner, &sql).await?.lines().map(letter));
    }
    Ok(letters)
}

fn letter(line: &str) -> DeadLetter {
    let (group, number) = line.split_once(' ').unwrap_or((line, ""));
    DeadLetter {
        group: group.to_owned(),
        poison: number.parse().ok(),
    }
}
