//! The books after a load: what was promised, what was sold, what left the stock.

use std::collections::{HashMap, HashSet};

use super::orders::{Order, Status};

/// What a breach of the books is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// Something that was promised is not there.
    Lost,
    /// Something happened more often than it was asked for.
    Doubled,
    /// More was sold than there was.
    Oversold,
    /// Something waits for ever.
    Stuck,
}

/// Something that does not add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) breach: Breach,
    /// How many orders, units or messages.
    pub(crate) count: u64,
    /// A sentence for people.
    pub(crate) text: String,
}

/// The stock of one product after the load.
pub(crate) struct Stock {
    pub(crate) product: i32,
    /// Units at the start and those that its seller added.
    pub(crate) supplied: i64,
    pub(crate) now: i64,
}

/// What buyers know after the load.
pub(crate) struct Promises {
    /// Ids of the orders that were answered with 201.
    pub(crate) accepted: Vec<i32>,
    /// Orders whose fate was left open: so many may exist without a 201.
    pub(crate) unknown: u32,
}

impl Finding {
    pub(crate) fn new(breach: Breach, count: u64, text: String) -> Self {
        Self {
            breach,
            count,
            text,
        }
    }
}

/// Everything that does not add up; nothing when the books balance.
pub(crate) fn findings(promises: &Promises, orders: &[Order], stock: &[Stock]) -> Vec<Finding> {
    let mut found = broken_promises(promises, orders);
    let pending = count(orders, Status::Pending);
    if pending > 0 {
        let text = format!("{pending} orders are still pending");
        found.push(Finding::new(Breach::Stuck, pending as u64, text));
    }
    found.extend(stock_differences(orders, stock));
    found
}

/// How many orders have this status.
pub(crate) fn count(orders: &[Order], status: Status) -> usize {
    orders.iter().filter(|order| order.status == status).count()
}

/// Every 201 is one order, and the only one with its id; orders without one are those whose
/// answer got lost.
fn broken_promises(promises: &Promises, orders: &[Order]) -> Vec<Finding> {
    let mut listed: HashMap<i32, u64> = HashMap::new();
    for order in orders {
        *listed.entry(order.id).or_default() += 1;
    }
    let mut found = Vec::new();
    for (id, times) in listed.iter().filter(|(_, times)| **times > 1) {
        let text = format!("order {id} exists {times} times");
        found.push(Finding::new(Breach::Doubled, times - 1, text));
    }
    let mut told = HashSet::new();
    for id in &promises.accepted {
        if !told.insert(*id) {
            let text = format!("order {id} was accepted twice, as two orders");
            found.push(Finding::new(Breach::Lost, 1, text));
        } else if !listed.contains_key(id) {
            let text = format!("order {id} was accepted and is not there");
            found.push(Finding::new(Breach::Lost, 1, text));
        }
    }
    let untold = listed.keys().filter(|id| !told.contains(id)).count() as u64;
    let unknown = u64::from(promises.unknown);
    if untold > unknown {
        let text =
            format!("{untold} orders exist that nobody was told of; {unknown} answers were lost");
        found.push(Finding::new(Breach::Doubled, untold - unknown, text));
    }
    found
}

/// What left the stock of a product is what completed orders sold of it. Orders that are pending
/// may have taken theirs.
fn stock_differences(orders: &[Order], stock: &[Stock]) -> Vec<Finding> {
    let mut sold = units(orders, Status::Completed);
    let pending = units(orders, Status::Pending);
    let mut found = Vec::new();
    for shelf in stock {
        let sold = sold.remove(&shelf.product).unwrap_or_default();
        let pending = pending.get(&shelf.product).copied().unwrap_or_default();
        found.extend(shelf_differences(shelf, sold, pending));
    }
    for (product, sold) in sold {
        let text = format!("product {product}: {sold} sold, but it is not of this run");
        found.push(Finding::new(Breach::Oversold, sold.unsigned_abs(), text));
    }
    found
}

/// Units of each product in orders of this status.
fn units(orders: &[Order], status: Status) -> HashMap<i32, i64> {
    let mut units: HashMap<i32, i64> = HashMap::new();
    for order in orders.iter().filter(|order| order.status == status) {
        for item in &order.items {
            *units.entry(item.product_id).or_default() += i64::from(item.quantity);
        }
    }
    units
}

fn shelf_differences(shelf: &Stock, sold: i64, pending: i64) -> Vec<Finding> {
    let product = shelf.product;
    let left = shelf.supplied - shelf.now;
    let mut found = Vec::new();
    if shelf.now < 0 {
        let text = format!("product {product}: the stock is {}", shelf.now);
        let count = shelf.now.unsigned_abs();
        found.push(Finding::new(Breach::Oversold, count, text));
    }
    if !(sold..=sold + pending).contains(&left) {
        // Units that left without an order were taken twice for one.
        let (breach, count) = if left > sold {
            (Breach::Doubled, left - sold - pending)
        } else {
            (Breach::Oversold, sold - left)
        };
        let text = format!("product {product}: {sold} sold, {left} left the stock");
        found.push(Finding::new(breach, count.unsigned_abs(), text));
    }
    found
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::customer::orders::Item;

    fn order(id: i32, status: Status) -> Order {
        let items = vec![Item {
            product_id: 7,
            quantity: 2,
        }];
        let created_at = OffsetDateTime::UNIX_EPOCH;
        Order {
            id,
            status,
            created_at,
            settled_at: None,
            items,
        }
    }

    fn found(accepted: &[i32], unknown: u32, orders: &[Order], now: i64) -> Vec<(Breach, u64)> {
        let accepted = accepted.to_vec();
        let stock = [Stock {
            product: 7,
            supplied: 10,
            now,
        }];
        findings(&Promises { accepted, unknown }, orders, &stock)
            .into_iter()
            .map(|found| (found.breach, found.count))
            .collect()
    }

    #[test]
    fn books_balance_when_completed_orders_explain_the_stock() {
        let orders = [order(1, Status::Completed), order(2, Status::Failed)];

        assert!(found(&[1, 2], 0, &orders, 8).is_empty());
    }

    #[test]
    fn units_that_nobody_bought_were_taken_twice() {
        let orders = [order(1, Status::Completed)];

        assert_eq!(found(&[1], 0, &orders, 5), [(Breach::Doubled, 3)]);
    }

    #[test]
    fn pending_orders_may_have_taken_their_units() {
        let orders = [order(1, Status::Completed), order(2, Status::Pending)];

        assert_eq!(found(&[1, 2], 0, &orders, 8), [(Breach::Stuck, 1)]);
        assert_eq!(found(&[1, 2], 0, &orders, 6), [(Breach::Stuck, 1)]);
        let taken_twice = [(Breach::Stuck, 1), (Breach::Doubled, 1)];
        assert_eq!(found(&[1, 2], 0, &orders, 5), taken_twice);
    }

    #[test]
    fn units_that_were_sold_and_are_still_there_are_oversold() {
        let orders = [order(1, Status::Completed)];

        assert_eq!(found(&[1], 0, &orders, 9), [(Breach::Oversold, 1)]);
        let orders: Vec<_> = (1..=6).map(|id| order(id, Status::Completed)).collect();
        let accepted: Vec<_> = (1..=6).collect();
        assert_eq!(
            found(&accepted, 0, &orders, -2),
            [(Breach::Oversold, 2)],
            "below zero"
        );
    }

    #[test]
    fn an_accepted_order_that_is_not_there_or_accepted_twice_is_lost() {
        let orders = [order(1, Status::Completed)];

        assert_eq!(found(&[1, 2], 0, &orders, 8), [(Breach::Lost, 1)]);
        assert_eq!(found(&[1, 1], 0, &orders, 8), [(Breach::Lost, 1)]);
    }

    #[test]
    fn an_order_nobody_was_told_of_needs_a_lost_answer() {
        let orders = [order(1, Status::Completed), order(2, Status::Completed)];

        assert_eq!(found(&[1], 0, &orders, 6), [(Breach::Doubled, 1)]);
        assert!(found(&[1], 1, &orders, 6).is_empty());
    }

    #[test]
    fn an_order_that_is_listed_twice_or_pending_is_found() {
        let orders = [order(1, Status::Failed), order(1, Status::Failed)];

        assert_eq!(found(&[1], 0, &orders, 10), [(Breach::Doubled, 1)]);
        let orders = [order(1, Status::Pending)];
        assert_eq!(found(&[1], 0, &orders, 10), [(Breach::Stuck, 1)]);
    }
}
