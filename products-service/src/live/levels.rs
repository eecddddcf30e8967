//! How many are left of some products, read and said.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, raw_sql};
use serde::Serialize;

/// Product id → how many are left; none when it is not sold any more, or never was.
pub(crate) type Levels = HashMap<i32, Option<i32>>;

/// A message of the server.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Message {
    Stock { products: Vec<Level> },
    Catalog,
}

#[derive(Serialize)]
struct Level {
    id: i32,
    quantity: Option<i32>,
}

/// What is left of each of these products now.
pub(crate) async fn levels_of(db: &DatabaseConnection, ids: Vec<i32>) -> Result<Levels, DbErr> {
    let mut levels: Levels = ids.iter().map(|id| (*id, None)).collect();
    let rows = db
        .query_all_raw(raw_sql!(
            Postgres,
            "SELECT id, quantity FROM products WHERE id = ANY({ids}) AND withdrawn_at IS NULL"
        ))
        .await?;
    for row in rows {
        levels.insert(row.try_get_by_index(0)?, Some(row.try_get_by_index(1)?));
    }
    Ok(levels)
}

/// The message that this is left, in the order of ids.
pub(crate) fn stock_is<'a>(levels: impl IntoIterator<Item = (&'a i32, &'a Option<i32>)>) -> String {
    let level = |(id, quantity): (&i32, &Option<i32>)| Level {
        id: *id,
        quantity: *quantity,
    };
    let mut products: Vec<_> = levels.into_iter().map(level).collect();
    products.sort_unstable_by_key(|level| level.id);
    write(&Message::Stock { products })
}

/// The message that some product was listed, changed or withdrawn.
pub(super) fn catalog_changed() -> String {
    write(&Message::Catalog)
}

fn write(message: &Message) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_what_the_contract_says() {
        let levels = Levels::from([(9, None), (1, Some(4))]);

        let stock =
            r#"{"type":"stock","products":[{"id":1,"quantity":4},{"id":9,"quantity":null}]}"#;
        assert_eq!(stock_is(&levels), stock);
        assert_eq!(catalog_changed(), r#"{"type":"catalog"}"#);
    }
}
