//! How stock must not be written, for [`shared::plant::Plant::ReadThenWriteStock`]: two processes
//! read the same quantity, and the later one writes over what the earlier one took.

use super::{
    ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, HashMap, OrderCreated, ProductId,
    Shelf, VerdictReached, decide, raw_sql,
};

/// As [`super::reserve`], without lock and condition.
pub(super) async fn reserve(
    txn: &DatabaseTransaction,
    orders: &[&OrderCreated],
) -> Result<Vec<VerdictReached>, DbErr> {
    let lines = orders.iter().flat_map(|order| &order.lines);
    let ids: Vec<i32> = lines.map(|line| line.product_id.0).collect();
    let shelves = Shelf::find_by_statement(raw_sql!(
        Postgres,
        "SELECT id, price, quantity, user_id, withdrawn_at IS NULL AS is_listed
         FROM products WHERE id = ANY({ids})"
    ))
    .all(txn)
    .await?;
    let mut shelves: HashMap<_, _> = shelves
        .into_iter()
        .map(|shelf| (ProductId(shelf.id), shelf))
        .collect();
    let verdicts = orders
        .iter()
        .map(|order| decide(order, &mut shelves))
        .collect();
    let mut taken: Vec<_> = shelves.values().filter(|shelf| shelf.taken > 0).collect();
    // Even a bug shall not deadlock.
    taken.sort_unstable_by_key(|shelf| shelf.id);
    for shelf in taken {
        let (id, left) = (shelf.id, shelf.quantity - shelf.taken);
        txn.execute_raw(raw_sql!(
            Postgres,
            "UPDATE products SET quantity = {left} WHERE id = {id}"
        ))
        .await?;
    }
    Ok(verdicts)
}
