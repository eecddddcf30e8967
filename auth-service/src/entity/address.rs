//! Table `addresses`.

use sea_orm::entity::prelude::*;

/// Where somebody wants things delivered.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "addresses")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i32,
    pub(crate) user_id: i32,
    /// Who receives it.
    pub(crate) name: String,
    pub(crate) line1: String,
    pub(crate) line2: Option<String>,
    pub(crate) city: String,
    pub(crate) postal_code: String,
    /// ISO 3166-1 alpha-2, in capitals.
    pub(crate) country: String,
    /// At most one of a user.
    pub(crate) is_default: bool,
}

impl ActiveModelBehavior for ActiveModel {}
