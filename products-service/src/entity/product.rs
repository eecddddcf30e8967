//! Table `products`.

use sea_orm::{Select, entity::prelude::*};
use shared::money::Money;

/// A product.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) price: Money,
    pub(crate) category: String,
    /// How many can be sold; never negative.
    pub(crate) quantity: i32,
    /// The seller, a user of auth-service.
    pub(crate) user_id: i32,
    /// The seller's name when the product was listed.
    pub(crate) seller_name: String,
    /// Rises with every change by the seller.
    pub(crate) version: i32,
    pub(crate) created_at: TimeDateTimeWithTimeZone,
    /// Version of its picture, if it has one.
    pub(crate) picture: Option<String>,
    /// When its seller took it off sale, if so.
    pub(crate) withdrawn_at: Option<TimeDateTimeWithTimeZone>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Products that can be bought.
    pub(crate) fn on_sale() -> Select<Self> {
        Self::find().filter(COLUMN.withdrawn_at.is_null())
    }
}
