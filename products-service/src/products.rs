//! Products: what is for sale, and what its seller does with it.

use sea_orm::{
    ActiveValue::{NotSet, Set, Unchanged},
    DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, TransactionTrait,
};
use shared::{
    auth::Claims,
    id::{ProductId, UserId},
    messages::inventory::{InventoryMessage, ProductChanged},
    stream::{Outgoing, outbox},
};
use time::OffsetDateTime;

use crate::{
    entity::product,
    error::Error,
    listing::{ListingChange, NewListing, Units},
};

/// Most products of a list without pages. Beyond it a client has to ask for pages.
const MAX_LIST: u64 = 500;

/// Every product on sale, in the order of their ids.
pub(crate) async fn list(db: &DatabaseConnection) -> Result<Vec<product::Model>, DbErr> {
    product::Entity::on_sale()
        .order_by_asc(product::Column::Id)
        .limit(MAX_LIST)
        .all(db)
        .await
}

/// The products of one seller, in the order of their ids.
pub(crate) async fn list_of(
    db: &DatabaseConnection,
    seller: UserId,
) -> Result<Vec<product::Model>, Error> {
    let products = product::Entity::on_sale()
        .filter(product::COLUMN.user_id.eq(seller.0))
        .order_by_asc(product::Column::Id)
        .limit(MAX_LIST)
        .all(db)
        .await?;
    Ok(products)
}

/// What others sell and have on stock, newest first.
pub(crate) async fn list_for(
    db: &DatabaseConnection,
    buyer: UserId,
) -> Result<Vec<product::Model>, Error> {
    let products = product::Entity::on_sale()
        .filter(product::COLUMN.user_id.ne(buyer.0))
        .filter(product::COLUMN.quantity.gt(0))
        .order_by_desc(product::Column::CreatedAt)
        .order_by_desc(product::Column::Id)
        .limit(MAX_LIST)
        .all(db)
        .await?;
    Ok(products)
}

/// One product on sale.
pub(crate) async fn show(db: &DatabaseConnection, id: ProductId) -> Result<product::Model, Error> {
    product::Entity::on_sale()
        .filter(product::COLUMN.id.eq(id.0))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Lists a product and announces it.
pub(crate) async fn create(
    db: &DatabaseConnection,
    seller: &Claims,
    listing: NewListing,
) -> Result<product::Model, Error> {
    let txn = db.begin().await?;
    let new = product::ActiveModel {
        name: Set(listing.name),
        price: Set(listing.price),
        category: Set(listing.category),
        quantity: Set(listing.quantity),
        user_id: Set(seller.user_id.0),
        seller_name: Set(seller.username.clone()),
        ..Default::default()
    };
    let product = product::Entity::insert(new)
        .exec_with_returning(&txn)
        .await?;
    announce(&txn, &product).await?;
    txn.commit().await?;
    Ok(product)
}

/// Changes a product of its seller and announces it.
pub(crate) async fn change(
    db: &DatabaseConnection,
    seller: UserId,
    id: ProductId,
    change: ListingChange,
) -> Result<product::Model, Error> {
    let txn = db.begin().await?;
    let current = lock_own(&txn, seller, id).await?;
    if change.version.is_some_and(|seen| seen != current.version) {
        return Err(Error::StaleVersion(current.version));
    }
    let changed = product::ActiveModel {
        id: Unchanged(current.id),
        name: change.name.map_or(NotSet, Set),
        price: change.price.map_or(NotSet, Set),
        category: change.category.map_or(NotSet, Set),
        quantity: change.quantity.map_or(NotSet, Set),
        version: Set(current.version + 1),
        ..Default::default()
    };
    let product = product::Entity::update(changed).exec(&txn).await?;
    announce(&txn, &product).await?;
    txn.commit().await?;
    Ok(product)
}

/// Adds units to the stock of a product of its seller, however many are being sold meanwhile,
/// and announces it.
pub(crate) async fn restock(
    db: &DatabaseConnection,
    seller: UserId,
    id: ProductId,
    units: Units,
) -> Result<product::Model, Error> {
    let txn = db.begin().await?;
    let current = lock_own(&txn, seller, id).await?;
    let quantity = units.added_to(current.quantity);
    let changed = product::ActiveModel {
        id: Unchanged(current.id),
        quantity: Set(quantity.ok_or(Error::TooManyUnits)?),
        version: Set(current.version + 1),
        ..Default::default()
    };
    let product = product::Entity::update(changed).exec(&txn).await?;
    announce(&txn, &product).await?;
    txn.commit().await?;
    Ok(product)
}

/// Takes a product of this seller, or of anybody, off sale for good and announces it. Its row
/// stays: orders refer to it.
pub(crate) async fn withdraw(
    db: &DatabaseConnection,
    seller: Option<UserId>,
    id: ProductId,
) -> Result<product::Model, Error> {
    let txn = db.begin().await?;
    let current = lock(&txn, id).await?;
    if seller.is_some_and(|seller| seller.0 != current.user_id) {
        return Err(Error::NotYours);
    }
    let changed = product::ActiveModel {
        id: Unchanged(current.id),
        version: Set(current.version + 1),
        withdrawn_at: Set(Some(OffsetDateTime::now_utc())),
        ..Default::default()
    };
    let product = product::Entity::update(changed).exec(&txn).await?;
    announce(&txn, &product).await?;
    txn.commit().await?;
    Ok(product)
}

/// Refuses whoever is not the seller.
pub(crate) async fn check_own(
    db: &DatabaseConnection,
    seller: UserId,
    id: ProductId,
) -> Result<(), Error> {
    let product = show(db, id).await?;
    if product.user_id != seller.0 {
        return Err(Error::NotYours);
    }
    Ok(())
}

/// Locks a product of this seller.
pub(crate) async fn lock_own(
    txn: &DatabaseTransaction,
    seller: UserId,
    id: ProductId,
) -> Result<product::Model, Error> {
    let product = lock(txn, id).await?;
    if product.user_id != seller.0 {
        return Err(Error::NotYours);
    }
    Ok(product)
}

/// Locks the row, so that changes and announcements of one product have one order.
async fn lock(txn: &DatabaseTransaction, id: ProductId) -> Result<product::Model, Error> {
    product::Entity::on_sale()
        .filter(product::COLUMN.id.eq(id.0))
        .lock_exclusive()
        .one(txn)
        .await?
        .ok_or(Error::NotFound)
}

/// Says to the others what the product is now.
pub(crate) async fn announce(
    txn: &DatabaseTransaction,
    product: &product::Model,
) -> Result<(), Error> {
    outbox::enqueue(txn, &[Outgoing::new(announcement(product))]).await?;
    Ok(())
}

/// What the others need to know about a product.
pub(crate) fn announcement(product: &product::Model) -> InventoryMessage {
    InventoryMessage::ProductChanged(ProductChanged {
        product_id: ProductId(product.id),
        version: product.version,
        seller_id: UserId(product.user_id),
        name: product.name.clone(),
        price: product.price,
        is_listed: product.withdrawn_at.is_none(),
    })
}
