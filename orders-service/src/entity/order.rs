//! Table `orders`.

use sea_orm::{Select, entity::prelude::*};
use shared::{id::UserId, money::Money};

/// An order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i32,
    /// The buyer, a user of auth-service.
    pub(crate) user_id: i32,
    pub(crate) total_price: Money,
    /// `PENDING`, `COMPLETED` or `FAILED`.
    pub(crate) status: String,
    /// For a failed order: the shortages of its verdict.
    pub(crate) failure: Option<Json>,
    /// Where it goes: a copy of what the buyer chose, which later changes do not touch.
    pub(crate) address: Option<Json>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) created_at: TimeDateTimeWithTimeZone,
    /// When the verdict arrived.
    pub(crate) settled_at: Option<TimeDateTimeWithTimeZone>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The orders of one buyer.
    pub(crate) fn of(buyer: UserId) -> Select<Self> {
        Self::find().filter(COLUMN.user_id.eq(buyer.0))
    }
}
