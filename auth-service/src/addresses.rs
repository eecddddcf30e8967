//! The address book of a user.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseConnection, EntityTrait,
    ModelTrait, PaginatorTrait, QueryFilter, QueryOrder, TransactionTrait, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use shared::{
    address::{Address, AddressBody, AddressChange},
    http::ApiError,
    id::UserId,
};
use utoipa::ToSchema;

use crate::{accounts, entity::address, error::Error};

/// Most addresses of one user.
pub(crate) const MOST: u64 = 20;

/// The body of a new address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryBody {
    #[serde(default)]
    is_default: bool,
    #[serde(flatten)]
    address: AddressBody,
}

/// What changes about an address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryChange {
    #[serde(default)]
    is_default: bool,
    #[serde(flatten)]
    address: AddressChange,
}

/// An address of the book.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddressView {
    #[schema(minimum = 1)]
    id: i32,
    #[serde(flatten)]
    address: Address,
    is_default: bool,
}

/// All of a user's addresses, in the order in which they were added.
pub(crate) async fn list(
    db: &DatabaseConnection,
    user: UserId,
) -> Result<Vec<address::Model>, Error> {
    let all = of(user).order_by_asc(address::Column::Id).all(db).await?;
    Ok(all)
}

/// Adds an address; the first one is the default.
pub(crate) async fn add(
    db: &DatabaseConnection,
    user: UserId,
    entry: EntryBody,
) -> Result<address::Model, ApiError> {
    let address = entry.address.parse(None)?;
    let txn = db.begin().await?;
    // One change of a book at a time: counting and adding are two steps.
    accounts::lock(&txn, user).await?;
    let count = of(user).count(&txn).await?;
    if count >= MOST {
        return Err(Error::TooManyAddresses.into());
    }
    let is_default = entry.is_default || count == 0;
    if is_default {
        clear_default(&txn, user).await?;
    }
    let mut row = row_of(address);
    row.user_id = Set(user.0);
    row.is_default = Set(is_default);
    let added = row.insert(&txn).await?;
    txn.commit().await?;
    Ok(added)
}

/// Changes an address of the user's own. The default stays one until another becomes it.
pub(crate) async fn change(
    db: &DatabaseConnection,
    (user, id): (UserId, i32),
    entry: EntryChange,
) -> Result<address::Model, ApiError> {
    let txn = db.begin().await?;
    accounts::lock(&txn, user).await?;
    let before = find(&txn, user, id).await?;
    let address = AddressBody::from(entry.address);
    let address = address.parse(Some(AddressView::from(before.clone()).address))?;
    let is_default = entry.is_default || before.is_default;
    if is_default && !before.is_default {
        clear_default(&txn, user).await?;
    }
    let mut row = row_of(address);
    row.id = Set(id);
    row.is_default = Set(is_default);
    let after = row.update(&txn).await?;
    txn.commit().await?;
    Ok(after)
}

/// Removes an address of the user's own; the oldest one left becomes the default if it was that.
pub(crate) async fn remove(db: &DatabaseConnection, user: UserId, id: i32) -> Result<(), Error> {
    let txn = db.begin().await?;
    accounts::lock(&txn, user).await?;
    let gone = find(&txn, user, id).await?;
    let was_default = gone.is_default;
    gone.delete(&txn).await?;
    let next = of(user).order_by_asc(address::Column::Id).one(&txn).await?;
    if let Some(next) = next.filter(|_| was_default) {
        let mut next: address::ActiveModel = next.into();
        next.is_default = Set(true);
        next.update(&txn).await?;
    }
    txn.commit().await?;
    Ok(())
}

fn of(user: UserId) -> sea_orm::Select<address::Entity> {
    address::Entity::find().filter(address::COLUMN.user_id.eq(user.0))
}

async fn find(txn: &impl ConnectionTrait, user: UserId, id: i32) -> Result<address::Model, Error> {
    let found = of(user).filter(address::COLUMN.id.eq(id)).one(txn).await?;
    found.ok_or(Error::NoAddress)
}

async fn clear_default(txn: &impl ConnectionTrait, user: UserId) -> Result<(), Error> {
    address::Entity::update_many()
        .col_expr(address::Column::IsDefault, Expr::value(false))
        .filter(address::COLUMN.user_id.eq(user.0))
        .exec(txn)
        .await?;
    Ok(())
}

fn row_of(address: Address) -> address::ActiveModel {
    address::ActiveModel {
        name: Set(address.name),
        line1: Set(address.line1),
        line2: Set(address.line2),
        city: Set(address.city),
        postal_code: Set(address.postal_code),
        country: Set(address.country),
        ..Default::default()
    }
}

impl From<address::Model> for AddressView {
    fn from(row: address::Model) -> Self {
        Self {
            id: row.id,
            address: Address {
                name: row.name,
                line1: row.line1,
                line2: row.line2,
                city: row.city,
                postal_code: row.postal_code,
                country: row.country,
            },
            is_default: row.is_default,
        }
    }
}
