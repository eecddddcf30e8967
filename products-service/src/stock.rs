//! Stock: who gets how much of what is left.
//!
//! A batch of orders is decided as a whole: lock every product that it names, decide order by
//! order in memory, write each product once. That is a handful of statements for any number of
//! orders, and the locks, taken in the order of ids, never wait in a circle.

mod planted;

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, raw_sql};
use shared::{
    id::ProductId,
    messages::{
        inventory::{Shortage, ShortageReason, Verdict, VerdictReached},
        orders::{OrderCreated, OrderLine},
    },
    money::Money,
    plant::Plant,
};

/// A product as a batch finds it, and what the batch takes of it.
#[derive(FromQueryResult)]
struct Shelf {
    id: i32,
    price: Money,
    quantity: i32,
    user_id: i32,
    is_listed: bool,
    #[sea_orm(skip)]
    taken: i32,
}

/// Decides every order, in the given order, and takes the stock of those that are completed.
pub(crate) async fn reserve(
    txn: &DatabaseTransaction,
    orders: &[&OrderCreated],
) -> Result<Vec<VerdictReached>, DbErr> {
    if Plant::ReadThenWriteStock.is_planted() {
        return planted::reserve(txn, orders).await;
    }
    let mut shelves = lock_shelves(txn, orders).await?;
    let verdicts = orders
        .iter()
        .map(|order| decide(order, &mut shelves))
        .collect();
    take(txn, &shelves).await?;
    Ok(verdicts)
}

async fn lock_shelves(
    txn: &DatabaseTransaction,
    orders: &[&OrderCreated],
) -> Result<HashMap<ProductId, Shelf>, DbErr> {
    let lines = orders.iter().flat_map(|order| &order.lines);
    let mut ids: Vec<i32> = lines.map(|line| line.product_id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let shelves = Shelf::find_by_statement(raw_sql!(
        Postgres,
        "SELECT id, price, quantity, user_id, withdrawn_at IS NULL AS is_listed
         FROM products WHERE id = ANY({ids}) ORDER BY id FOR NO KEY UPDATE"
    ))
    .all(txn)
    .await?;
    Ok(shelves
        .into_iter()
        .map(|shelf| (ProductId(shelf.id), shelf))
        .collect())
}

/// All lines or none.
fn decide(order: &OrderCreated, shelves: &mut HashMap<ProductId, Shelf>) -> VerdictReached {
    let shortages: Vec<Shortage> = order
        .lines
        .iter()
        .filter_map(|line| shortage_of(order, line, shelves.get(&line.product_id)))
        .collect();
    let mut taken = Vec::new();
    if shortages.is_empty() {
        for line in &order.lines {
            if let Some(shelf) = shelves.get_mut(&line.product_id) {
                shelf.taken += wanted(line);
                taken.push(line.product_id);
            }
        }
    }
    VerdictReached {
        order_id: order.order_id,
        status: if shortages.is_empty() {
            Verdict::Completed
        } else {
            Verdict::Failed
        },
        shortages,
        taken,
    }
}

/// Why a line cannot be served, if it cannot.
fn shortage_of(order: &OrderCreated, line: &OrderLine, shelf: Option<&Shelf>) -> Option<Shortage> {
    let shortage = |reason| Shortage {
        product_id: line.product_id,
        reason,
        available: None,
        price: None,
    };
    let Some(shelf) = shelf.filter(|shelf| shelf.is_listed) else {
        return Some(shortage(ShortageReason::UnknownProduct));
    };
    if shelf.user_id == order.buyer_id.0 {
        return Some(shortage(ShortageReason::OwnProduct));
    }
    if shelf.price != line.price {
        return Some(Shortage {
            price: Some(shelf.price),
            ..shortage(ShortageReason::PriceChanged)
        });
    }
    let left = shelf.quantity - shelf.taken;
    (left < wanted(line)).then(|| Shortage {
        available: u32::try_from(left).ok(),
        ..shortage(ShortageReason::OutOfStock)
    })
}

/// A line's quantity as the column's type; decoding has bound it to a thousand.
fn wanted(line: &OrderLine) -> i32 {
    i32::try_from(line.quantity).unwrap_or(i32::MAX)
}

async fn take(txn: &DatabaseTransaction, shelves: &HashMap<ProductId, Shelf>) -> Result<(), DbErr> {
    let (ids, taken): (Vec<i32>, Vec<i32>) = shelves
        .values()
        .filter(|shelf| shelf.taken > 0)
        .map(|shelf| (shelf.id, shelf.taken))
        .unzip();
    if ids.is_empty() {
        return Ok(());
    }
    let expected = ids.len() as u64;
    // The condition repeats what the lock already guarantees: stock must never be negative, even
    // if somebody changes how it is decided.
    let updated = txn
        .execute_raw(raw_sql!(
            Postgres,
            "UPDATE products SET quantity = quantity - t.taken
             FROM unnest({ids}, {taken}) AS t (id, taken)
             WHERE products.id = t.id AND products.quantity >= t.taken"
        ))
        .await?;
    if updated.rows_affected() != expected {
        return Err(DbErr::Custom("stock changed under its lock".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use shared::id::{OrderId, UserId};

    use super::*;

    fn shelves(quantities: &[i32]) -> HashMap<ProductId, Shelf> {
        let shelf = |(index, quantity): (usize, &i32)| {
            let id = i32::try_from(index).unwrap() + 1;
            let shelf = Shelf {
                id,
                price: "10.00".parse().unwrap(),
                quantity: *quantity,
                user_id: 1,
                is_listed: true,
                taken: 0,
            };
            (ProductId(id), shelf)
        };
        quantities.iter().enumerate().map(shelf).collect()
    }

    fn order(buyer: i32, lines: &[(i32, u32, &str)]) -> OrderCreated {
        let line = |(id, quantity, price): &(i32, u32, &str)| OrderLine {
            product_id: ProductId(*id),
            price: price.parse().unwrap(),
            quantity: *quantity,
        };
        OrderCreated {
            order_id: OrderId(1),
            buyer_id: UserId(buyer),
            lines: lines.iter().map(line).collect(),
        }
    }

    fn reason(verdict: &VerdictReached) -> ShortageReason {
        verdict.shortages.first().unwrap().reason
    }

    #[test]
    fn earlier_orders_of_a_batch_leave_less_for_later_ones() {
        let mut shelves = shelves(&[3]);
        let two = order(2, &[(1, 2, "10.00")]);

        assert_eq!(decide(&two, &mut shelves).status, Verdict::Completed);
        let second = decide(&two, &mut shelves);

        assert_eq!(second.status, Verdict::Failed);
        assert_eq!(second.shortages.first().unwrap().available, Some(1));
    }

    #[test]
    fn one_line_that_is_short_takes_nothing_of_the_others() {
        let mut shelves = shelves(&[5, 1]);

        let verdict = decide(&order(2, &[(1, 1, "10.00"), (2, 2, "10.00")]), &mut shelves);

        assert_eq!(reason(&verdict), ShortageReason::OutOfStock);
        assert!(shelves.values().all(|shelf| shelf.taken == 0));
    }

    #[test]
    fn each_reason_is_told() {
        let mut shelves = shelves(&[5, 5]);
        shelves.get_mut(&ProductId(2)).unwrap().is_listed = false;
        let mut reason_of = |buyer, line| reason(&decide(&order(buyer, &[line]), &mut shelves));

        assert_eq!(reason_of(2, (1, 1, "0.01")), ShortageReason::PriceChanged);
        assert_eq!(
            reason_of(2, (2, 1, "10.00")),
            ShortageReason::UnknownProduct
        );
        assert_eq!(
            reason_of(2, (9, 1, "10.00")),
            ShortageReason::UnknownProduct
        );
        assert_eq!(reason_of(1, (1, 1, "10.00")), ShortageReason::OwnProduct);
        assert_eq!(reason_of(2, (1, 6, "10.00")), ShortageReason::OutOfStock);
    }
}
