//! The books of a checkout benchmark: what was promised, what was sold, what left the stock.

use std::collections::HashMap;

use super::orders::{Order, Status};

/// The stock of one product before and after the load.
pub(super) struct Stock {
    pub(super) product: i32,
    pub(super) before: u32,
    pub(super) now: u32,
}

/// What buyers know after the load.
pub(super) struct Promises {
    /// Ids of the orders that were answered with 201.
    pub(super) accepted: Vec<i32>,
    /// Orders whose fate was left open: so many may exist without a 201.
    pub(super) unknown: u32,
}

/// A sentence for everything that does not add up; none when the books balance.
pub(super) fn differences(promises: &Promises, orders: &[Order], stock: &[Stock]) -> Vec<String> {
    let mut found = broken_promises(promises, orders);
    let pending = count(orders, Status::Pending);
    if pending > 0 {
        found.push(format!("{pending} orders are still pending"));
    }
    found.extend(stock_differences(orders, stock));
    found
}

/// How many orders have this status.
pub(super) fn count(orders: &[Order], status: Status) -> usize {
    orders.iter().filter(|order| order.status == status).count()
}

/// Every 201 is one order, and the only one with its id; orders without one are those whose
/// answer got lost.
fn broken_promises(promises: &Promises, orders: &[Order]) -> Vec<String> {
    let mut listed: HashMap<i32, u32> = HashMap::new();
    for order in orders {
        *listed.entry(order.id).or_default() += 1;
    }
    let mut found = Vec::new();
    for (id, times) in listed.iter().filter(|(_, times)| **times > 1) {
        found.push(format!("order {id} exists {times} times"));
    }
    for id in &promises.accepted {
        // What was promised a second time is no longer there to be taken.
        if listed.remove(id).is_none() {
            found.push(format!(
                "order {id} was accepted and is not there, or accepted twice"
            ));
        }
    }
    if listed.len() > promises.unknown as usize {
        found.push(format!(
            "{} orders exist that nobody was told of; {} answers were lost",
            listed.len(),
            promises.unknown
        ));
    }
    found
}

/// What left the stock of a product is what completed orders sold of it.
fn stock_differences(orders: &[Order], stock: &[Stock]) -> Vec<String> {
    let mut sold: HashMap<i32, i64> = HashMap::new();
    for order in orders
        .iter()
        .filter(|order| order.status == Status::Completed)
    {
        for item in &order.items {
            *sold.entry(item.product_id).or_default() += i64::from(item.quantity);
        }
    }
    let mut found = Vec::new();
    for Stock {
        product,
        before,
        now,
    } in stock
    {
        let left = i64::from(*before) - i64::from(*now);
        let sold = sold.remove(product).unwrap_or_default();
        if left != sold {
            found.push(format!(
                "product {product}: {sold} sold, {left} left the stock"
            ));
        }
    }
    for (product, sold) in sold {
        found.push(format!(
            "product {product}: {sold} sold, but it is not of this run"
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::bench::orders::Item;

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

    fn found(accepted: &[i32], unknown: u32, orders: &[Order], now: u32) -> Vec<String> {
        let accepted = accepted.to_vec();
        let stock = [Stock {
            product: 7,
            before: 10,
            now,
        }];
        differences(&Promises { accepted, unknown }, orders, &stock)
    }

    #[test]
    fn books_balance_when_completed_orders_explain_the_stock() {
        let orders = [order(1, Status::Completed), order(2, Status::Failed)];

        assert!(found(&[1, 2], 0, &orders, 8).is_empty());
    }

    #[test]
    fn units_that_nobody_bought_are_found() {
        let orders = [order(1, Status::Completed)];

        assert_eq!(
            found(&[1], 0, &orders, 7),
            ["product 7: 2 sold, 3 left the stock"]
        );
    }

    #[test]
    fn an_accepted_order_that_is_lost_or_promised_twice_is_found() {
        let orders = [order(1, Status::Completed)];

        assert_eq!(found(&[1, 2], 0, &orders, 8).len(), 1);
        assert_eq!(found(&[1, 1], 0, &orders, 8).len(), 1);
    }

    #[test]
    fn an_order_nobody_was_told_of_needs_a_lost_answer() {
        let orders = [order(1, Status::Completed), order(2, Status::Completed)];

        assert_eq!(found(&[1], 0, &orders, 6).len(), 1);
        assert!(found(&[1], 1, &orders, 6).is_empty());
    }

    #[test]
    fn an_order_that_is_listed_twice_or_pending_is_found() {
        let orders = [order(1, Status::Failed), order(1, Status::Failed)];

        assert_eq!(found(&[1], 0, &orders, 10), ["order 1 exists 2 times"]);
        let orders = [order(1, Status::Pending)];
        assert_eq!(found(&[1], 0, &orders, 10), ["1 orders are still pending"]);
    }
}
