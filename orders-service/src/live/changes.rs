//! What became of orders and sales, read from the database.

mod late;

use std::{
    collections::{HashMap, HashSet},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult, prelude::TimeDateTimeWithTimeZone,
    raw_sql,
};
use serde::Serialize;
use shared::{id::UserId, money::Money};
use time::OffsetDateTime;

use self::late::{LateOrder, LateSale};
use crate::sales::Sale;

/// How much earlier than its cursor a reader begins again. An order bears the time of the
/// statement that wrote it, and is seen only after the commit: up to three statements and the
/// commit later, none of which takes more than 5 s.
const MARGIN: Duration = Duration::from_secs(30);

/// Orders, and sold lines, of one catching up.
const MOST: usize = 200;

/// Up to when somebody has heard everything, by the clock of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor(OffsetDateTime);

/// What changed for one user.
#[derive(Default, Serialize)]
pub(crate) struct Changes {
    pub(crate) orders: Vec<OrderChange>,
    pub(crate) sales: Vec<Sale>,
}

/// An order of the user as it is now.
#[derive(Serialize)]
pub(crate) struct OrderChange {
    id: i32,
    status: String,
    #[serde(with = "time::serde::rfc3339::option")]
    settled_at: Option<TimeDateTimeWithTimeZone>,
}

/// What changed for one user since a cursor.
pub(crate) struct CaughtUp {
    pub(crate) cursor: Cursor,
    pub(crate) changes: Changes,
    /// Whether it is all that changed.
    pub(crate) is_complete: bool,
}

/// An order with one of the lines that listeners sold, if any.
#[derive(FromQueryResult)]
struct Row {
    id: i32,
    user_id: i32,
    status: String,
    settled_at: Option<TimeDateTimeWithTimeZone>,
    seller_id: Option<i32>,
    product_id: Option<i32>,
    name: Option<String>,
    price: Option<Money>,
    quantity: Option<i32>,
}

/// What these orders mean to each of the listeners. Of one that is PENDING although it was
/// decided, nothing is said yet: `is_under_way` knows and will ask again.
pub(super) async fn read(
    db: &DatabaseConnection,
    ids: Vec<i32>,
    listeners: &[UserId],
    is_under_way: impl Fn(i32) -> bool,
) -> Result<HashMap<UserId, Arc<Changes>>, DbErr> {
    let users: Vec<i32> = listeners.iter().map(|user| user.0).collect();
    let rows = Row::find_by_statement(raw_sql!(
        Postgres,
        "SELECT o.id, o.user_id, o.status, o.settled_at,
                i.seller_id, i.product_id, i.name, i.price, i.quantity
         FROM orders o
         LEFT JOIN order_items i ON i.order_id = o.id AND i.seller_id = ANY({users})
         WHERE o.id = ANY({ids}) AND (o.user_id = ANY({users}) OR i.order_id IS NOT NULL)
         ORDER BY o.id, i.product_id"
    ))
    .all(db)
    .await?;
    let users: HashSet<i32> = users.into_iter().collect();
    let mut news: HashMap<UserId, Changes> = HashMap::new();
    let mut last = None;
    for row in rows {
        let is_first = last.replace(row.id) != Some(row.id);
        if row.status == "PENDING" && is_under_way(row.id) {
            continue;
        }
        if is_first && users.contains(&row.user_id) {
            let orders = &mut news.entry(UserId(row.user_id)).or_default().orders;
            orders.push(OrderChange {
                id: row.id,
                status: row.status.clone(),
                settled_at: row.settled_at,
            });
        }
        if let Some((seller, sale)) = row.into_sale() {
            news.entry(seller).or_default().sales.push(sale);
        }
    }
    let shared = news.into_iter().map(|(user, it)| (user, Arc::new(it)));
    Ok(shared.collect())
}

/// The cursor of somebody who begins to listen now.
pub(crate) async fn start(db: &DatabaseConnection) -> Result<Cursor, DbErr> {
    let row = db
        .query_one_raw(raw_sql!(Postgres, "SELECT statement_timestamp()"))
        .await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?;
    Ok(Cursor(row.try_get_by_index(0)?))
}

/// All that changed for `user` since the cursor; what changed shortly before it comes again.
pub(crate) async fn catch_up(
    db: &DatabaseConnection,
    user: UserId,
    since: Cursor,
) -> Result<CaughtUp, DbErr> {
    let from = since
        .0
        .saturating_sub(time::Duration::try_from(MARGIN).unwrap_or_default());
    // The first of both queries says when: what changes in between is told again next time.
    let orders = LateOrder::read(db, user, from).await?;
    let sales = LateSale::read(db, user, from).await?;
    let is_complete = orders.len() <= MOST
        && sales.len() <= MOST
        && orders.first().is_none_or(|it| it.is_far)
        && sales.first().is_none_or(|it| it.is_far);
    let cursor = orders.first().map_or(since, |it| Cursor(it.at));
    let orders = orders.into_iter().filter_map(LateOrder::into_change);
    let sales = sales.into_iter().filter_map(LateSale::into_sale);
    Ok(CaughtUp {
        cursor,
        changes: Changes {
            orders: orders.take(MOST).collect(),
            sales: sales.take(MOST).collect(),
        },
        is_complete,
    })
}

impl Changes {
    /// Whether nothing changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.sales.is_empty()
    }
}

impl Row {
    fn into_sale(self) -> Option<(UserId, Sale)> {
        if self.status != "COMPLETED" {
            return None;
        }
        let sale = Sale {
            order_id: self.id,
            product_id: self.product_id?,
            name: self.name,
            price: self.price?,
            quantity: self.quantity?,
            sold_at: self.settled_at?,
        };
        Some((UserId(self.seller_id?), sale))
    }
}

/// Microseconds since 1970, which is how exactly PostgreSQL keeps time.
impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (self.0.unix_timestamp_nanos() / 1000).fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refusal = "must be a cursor that this socket has sent";
        let micros: u64 = text.parse().map_err(|_| refusal)?;
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
            .map(Self)
            .map_err(|_| refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        let cursor: Cursor = "1732190000123456".parse().unwrap();

        assert_eq!(cursor.to_string(), "1732190000123456");
        for broken in ["", "-1", "now", "1.5", "99999999999999999999"] {
            assert!(broken.parse::<Cursor>().is_err(), "{broken}");
        }
    }
}
