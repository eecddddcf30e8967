//! What only the databases know, asked as their owner would: outboxes and dead letters.

use anyhow::Result;

use super::{backstage::Backstage, streams::MARK};
use crate::postgres::databases::OWNERS;

/// A message that a group gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeadLetter {
    pub(super) group: String,
    /// The number of the poison that it is, or nothing.
    pub(super) poison: Option<usize>,
}

/// How many rows of all outboxes are not published.
pub(super) async fn unpublished(backstage: &Backstage) -> Result<u64> {
    let mut sum = 0;
    for owner in OWNERS {
        let sql = "SELECT count(*) FROM outbox WHERE published_at IS NULL";
        sum += backstage.ask(owner, sql).await?.parse::<u64>()?;
    }
    Ok(sum)
}

/// How many orders failed because nobody had decided them in time: their message was lost, even if
/// they did not wait for ever.
pub(super) async fn timed_out(backstage: &Backstage) -> Result<u64> {
    let sql = "SELECT count(*) FROM orders WHERE failure::text LIKE '%TIMEOUT%'";
    Ok(backstage.ask("orders", sql).await?.parse()?)
}

/// How many orders have no final status.
pub(super) async fn pending_orders(backstage: &Backstage) -> Result<u64> {
    let sql = "SELECT count(*) FROM orders WHERE status = 'PENDING'";
    Ok(backstage.ask("orders", sql).await?.parse()?)
}

/// Every dead letter.
pub(super) async fn dead_letters(backstage: &Backstage) -> Result<Vec<DeadLetter>> {
    let mut letters = Vec::new();
    for owner in ["products", "orders"] {
        let sql = format!(
            "SELECT consumer_group || ' ' || coalesce(substring(entry::text FROM '{MARK}(\\d+)'), '')
             FROM failures WHERE state = 'dead'"
        );
        letters.extend(backstage.ask(owner, &sql).await?.lines().map(letter));
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
