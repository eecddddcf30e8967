//! Which promise of the runtime a broken mesh has not kept: ARCHITECTURE.md, invariants 4 and 6.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt::{self, Display, Formatter},
};

use anyhow::Result;

use super::backstage::Backstage;
use crate::customer::books::{Breach, Finding};

/// Orders whose way is followed: enough to know, few enough to ask for.
const MOST: usize = 1000;

/// Something that must always hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// A change and its message are committed together.
    Outbox,
    /// An effect and the id of its message are committed together.
    Inbox,
    /// An entry is acknowledged after its effect is committed.
    AcknowledgeLast,
    /// Stock is written under a lock, by a statement that repeats the condition.
    StockLock,
}

impl Display for Invariant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outbox => "a change and its message are committed together",
            Self::Inbox => "an effect and the id of its message are committed together",
            Self::AcknowledgeLast => "an entry is acknowledged after its effect is committed",
            Self::StockLock => "stock is written under a lock, and never without its condition",
        })
    }
}

/// What the difference between stock and sales tells. A write of stock that is lost was a sale, and
/// too much is left, or what a seller added, and too little is: as if something had left twice.
pub(super) fn of_findings(findings: &[Finding]) -> Option<Invariant> {
    let has = |breach| findings.iter().any(|finding| finding.breach == breach);
    if has(Breach::Oversold) {
        Some(Invariant::StockLock)
    } else {
        has(Breach::Doubled).then_some(Invariant::Inbox)
    }
}

/// Where the ways of pending orders end, when nothing is on its way any more.
pub(super) async fn of_pending_orders(backstage: &Backstage) -> Result<BTreeSet<Invariant>> {
    let announced = announcements(backstage).await?;
    let mut broken = BTreeSet::new();
    if announced.values().any(Option::is_none) {
        broken.insert(Invariant::Outbox);
    }
    let messages: HashMap<&str, &str> = announced
        .iter()
        .filter_map(|(order, message)| Some((message.as_deref()?, order.as_str())))
        .collect();
    let applied = applied(backstage, &messages).await?;
    if messages.keys().any(|message| !applied.contains(*message)) {
        broken.insert(Invariant::AcknowledgeLast);
    }
    let orders = applied
        .iter()
        .filter_map(|message| messages.get(message.as_str()));
    let orders: Vec<&str> = orders.copied().collect();
    let decided = decided(backstage, &orders).await?;
    // A verdict that was sent and has no effect was acknowledged all the same.
    let is_decided = |order: &&str| decided.contains(*order);
    if orders.iter().any(is_decided) {
        broken.insert(Invariant::AcknowledgeLast);
    }
    if !orders.iter().all(is_decided) {
        broken.insert(Invariant::Outbox);
    }
    Ok(broken)
}

/// Pending orders, each with the id of the message that announced it, if that is still there.
async fn announcements(backstage: &Backstage) -> Result<HashMap<String, Option<String>>> {
    let sql = format!(
        "SELECT orders.id || ' ' || coalesce(outbox.id::text, '') FROM orders
         LEFT JOIN outbox ON kind = 'order.created.v1' AND fields->>'order_id' = orders.id::text
         WHERE status = 'PENDING' LIMIT {MOST}"
    );
    let rows = backstage.ask("orders", &sql).await?;
    let row = |line: &str| {
        let (order, message) = line.split_once(' ').unwrap_or((line, ""));
        let message = (!message.is_empty()).then(|| message.to_owned());
        (order.to_owned(), message)
    };
    Ok(rows.lines().map(row).collect())
}

/// Which of these messages products-service has applied.
async fn applied(backstage: &Backstage, messages: &HashMap<&str, &str>) -> Result<HashSet<String>> {
    let ids: Vec<_> = messages.keys().copied().collect();
    let sql = format!(
        "SELECT message_id FROM inbox WHERE message_id = ANY('{{{}}}')",
        ids.join(",")
    );
    lines(backstage, &sql).await
}

/// On which of these orders products-service has sent a verdict.
async fn decided(backstage: &Backstage, orders: &[&str]) -> Result<HashSet<String>> {
    let sql = format!(
        "SELECT fields->>'order_id' FROM outbox
         WHERE kind = 'verdict.reached.v1' AND fields->>'order_id' = ANY('{{{}}}')",
        orders.join(",")
    );
    lines(backstage, &sql).await
}

async fn lines(backstage: &Backstage, sql: &str) -> Result<HashSet<String>> {
    let rows = backstage.ask("products", sql).await?;
    Ok(rows.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_writes_of_stock_are_told_from_effects_that_came_twice() {
        let of = |breaches: &[Breach]| {
            let finding = |&breach| Finding {
                breach,
                count: 1,
                text: String::new(),
            };
            of_findings(&breaches.iter().map(finding).collect::<Vec<_>>())
        };

        assert_eq!(of(&[Breach::Doubled]), Some(Invariant::Inbox));
        assert_eq!(
            of(&[Breach::Doubled, Breach::Oversold]),
            Some(Invariant::StockLock)
        );
        assert_eq!(of(&[Breach::Lost, Breach::Stuck]), None);
    }
}
