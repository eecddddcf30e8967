//! The catalog as people look through it: searched, filtered, sorted, in pages.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, FromQueryResult, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, TransactionTrait, raw_sql,
    sea_query::Expr,
};
use serde::Serialize;
use shared::id::UserId;
use utoipa::ToSchema;

use crate::{
    browsing::{Browse, Sort},
    entity::product,
    error::Error,
    listing::{self, CATEGORIES},
};

/// How far products are counted: nobody reads so many pages, and counting is what costs.
const MOST_COUNTED: u64 = 10_000;

/// How much of what is searched for must be in a word, by its groups of three letters. With less
/// than half, `pixle` would not find Pixel; with much less, everything would be found.
const LIKENESS: &str = "0.45";

/// Whose products to look through.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    /// Everybody's.
    All,
    /// Everybody's but this user's.
    NotOf(UserId),
    /// This user's.
    Of(UserId),
}

/// How many products a category has.
#[derive(FromQueryResult, Serialize, ToSchema)]
pub(crate) struct Category {
    #[schema(schema_with = listing::category)]
    name: String,
    #[schema(minimum = 0)]
    count: i64,
}

/// One page of what is wished for, and how much there is in all (counted up to 10,000).
pub(crate) async fn browse(
    db: &DatabaseConnection,
    scope: Scope,
    wish: &Browse,
) -> Result<(Vec<product::Model>, u64), Error> {
    let txn = db.begin().await?;
    if wish.text.is_some() {
        txn.execute_raw(raw_sql!(
            Postgres,
            "SELECT set_config('pg_trgm.word_similarity_threshold', {LIKENESS}, true)"
        ))
        .await?;
    }
    let found = product::Entity::on_sale().filter(conditions(scope, wish));
    let total = found.clone().limit(MOST_COUNTED).count(&txn).await?;
    let products = sorted(found, wish)
        .offset(u64::from(wish.page - 1) * u64::from(wish.limit))
        .limit(u64::from(wish.limit))
        .all(&txn)
        .await?;
    txn.commit().await?;
    Ok((products, total))
}

/// Every category in its fixed order, and how many products on sale it has.
pub(crate) async fn categories(db: &DatabaseConnection) -> Result<Vec<Category>, Error> {
    let names: Vec<String> = CATEGORIES.map(str::to_owned).to_vec();
    // Counted one by one, each is a walk through an index.
    let categories = Category::find_by_statement(raw_sql!(
        Postgres,
        "SELECT t.name, (SELECT count(*) FROM products
                         WHERE category = t.name AND withdrawn_at IS NULL) AS count
         FROM unnest({names}) WITH ORDINALITY AS t (name, place) ORDER BY t.place"
    ))
    .all(db)
    .await?;
    Ok(categories)
}

fn conditions(scope: Scope, wish: &Browse) -> Condition {
    let table = &product::COLUMN;
    let text = wish
        .text
        .as_ref()
        .map(|text| Expr::cust_with_values("plain_name %> plain_text($1)", [text.clone()]));
    let ids = wish
        .ids
        .as_ref()
        .map(|ids| table.id.is_in(ids.iter().copied()));
    Condition::all()
        .add_option(match scope {
            Scope::All => None,
            Scope::NotOf(user) => Some(table.user_id.ne(user.0)),
            Scope::Of(user) => Some(table.user_id.eq(user.0)),
        })
        .add_option(text)
        .add_option(wish.category.as_ref().map(|it| table.category.eq(it)))
        .add_option(wish.min.map(|min| product::Column::Price.gte(min)))
        .add_option(wish.max.map(|max| product::Column::Price.lte(max)))
        .add_option(wish.is_in_stock.then(|| table.quantity.gt(0)))
        .add_option(ids)
}

/// In an order in which no two products are equal, so that pages have neither gaps nor overlaps.
fn sorted(found: Select<product::Entity>, wish: &Browse) -> Select<product::Entity> {
    use product::Column::{CreatedAt, Id, Price};

    match (wish.sort, &wish.text) {
        (None, Some(text)) => {
            let likeness = |function: &str| {
                let call = format!("{function}(plain_text($1), plain_name)");
                Expr::cust_with_values(call, [text.clone()])
            };
            found
                .order_by(likeness("word_similarity"), Order::Desc)
                .order_by(likeness("similarity"), Order::Desc)
                .order_by_asc(Id)
        }
        (None | Some(Sort::Newest), _) => found.order_by_desc(CreatedAt).order_by_desc(Id),
        (Some(Sort::PriceAsc), _) => found.order_by_asc(Price).order_by_asc(Id),
        (Some(Sort::PriceDesc), _) => found.order_by_desc(Price).order_by_desc(Id),
        (Some(Sort::Name), _) => found
            .order_by(Expr::cust("plain_name"), Order::Asc)
            .order_by_asc(Id),
    }
}
