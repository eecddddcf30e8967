//! Table `order_items`.

use sea_orm::entity::prelude::*;
use shared::money::Money;

/// A line of an order: name and price as they were when it was placed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_items")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) order_id: i32,
    /// A product of products-service.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) product_id: i32,
    /// Absent when this service had not heard of the product.
    pub(crate) name: Option<String>,
    pub(crate) quantity: i32,
    pub(crate) price: Money,
    /// Absent as long as this service has not heard of the product.
    pub(crate) seller_id: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}
