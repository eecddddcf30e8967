//! Pictures of products: drawn anew from what a seller sends, kept in two sizes.

mod drawing;

use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, TransactionTrait,
    raw_sql,
};
use serde::Deserialize;
use shared::id::{ProductId, UserId};
use utoipa::ToSchema;

pub use self::drawing::Studio;
pub(crate) use self::drawing::{Drawn, MAX_FILE};
use crate::{entity::product, error::Error, products};

/// Which one of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Size {
    #[default]
    Large,
    Small,
}

/// A picture as it is stored.
pub(crate) struct Picture {
    /// A hash of both sizes.
    pub(crate) version: String,
    /// A JPEG file.
    pub(crate) file: Vec<u8>,
}

/// The picture of a product on sale.
pub(crate) async fn show(
    db: &DatabaseConnection,
    id: ProductId,
    size: Size,
) -> Result<Picture, Error> {
    let (id, is_small) = (id.0, size == Size::Small);
    let row = db
        .query_one_raw(raw_sql!(
            Postgres,
            "SELECT picture, CASE WHEN {is_small} THEN small ELSE large END
             FROM products JOIN pictures ON product_id = id
             WHERE id = {id} AND picture IS NOT NULL AND withdrawn_at IS NULL"
        ))
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Picture {
        version: row.try_get_by_index(0)?,
        file: row.try_get_by_index(1)?,
    })
}

/// Gives a product of its seller a picture, instead of the one it has, and announces the change.
pub(crate) async fn put(
    db: &DatabaseConnection,
    seller: UserId,
    id: ProductId,
    drawn: Drawn,
) -> Result<product::Model, Error> {
    let txn = db.begin().await?;
    let current = products::lock_own(&txn, seller, id).await?;
    let (
        id,
        Drawn {
            version,
            large,
            small,
        },
    ) = (id.0, drawn);
    txn.execute_raw(raw_sql!(
        Postgres,
        "INSERT INTO pictures (product_id, large, small) VALUES ({id}, {large}, {small})
         ON CONFLICT (product_id) DO UPDATE SET large = excluded.large, small = excluded.small"
    ))
    .await?;
    finish(txn, &current, Some(version)).await
}

/// Takes the picture of a product away, if it has one, and announces the change.
pub(crate) async fn remove(
    db: &DatabaseConnection,
    seller: UserId,
    id: ProductId,
) -> Result<product::Model, Error> {
    let txn = db.begin().await?;
    let current = products::lock_own(&txn, seller, id).await?;
    let id = id.0;
    txn.execute_raw(raw_sql!(
        Postgres,
        "DELETE FROM pictures WHERE product_id = {id}"
    ))
    .await?;
    finish(txn, &current, None).await
}

async fn finish(
    txn: DatabaseTransaction,
    current: &product::Model,
    picture: Option<String>,
) -> Result<product::Model, Error> {
    if current.picture == picture {
        txn.commit().await?;
        return Ok(current.clone());
    }
    let product = write(&txn, current, picture).await?;
    products::announce(&txn, &product).await?;
    txn.commit().await?;
    Ok(product)
}

async fn write(
    txn: &DatabaseTransaction,
    current: &product::Model,
    picture: Option<String>,
) -> Result<product::Model, DbErr> {
    let changed = product::ActiveModel {
        id: Unchanged(current.id),
        picture: Set(picture),
        version: Set(current.version + 1),
        ..Default::default()
    };
    product::Entity::update(changed).exec(txn).await
}
