//! What can go wrong here, and what the caller is told.

use std::sync::Arc;

use http::StatusCode;
use sea_orm::DbErr;
use serde::Serialize;
use shared::{db, http::ApiError, id::ProductId, money::Money};
use thiserror::Error;
use utoipa::ToSchema;

/// A failed operation.
#[derive(Debug, Error)]
pub enum Error {
    /// The caller has no order with this id.
    #[error("there is no such order")]
    NotFound,
    /// Some prices are not what the buyer saw.
    #[error("the price of some items has changed; look at the new prices and order again")]
    PriceChanged(Vec<PriceChange>),
    /// The buyer sells some of the items.
    #[error("you cannot order your own products")]
    OwnProduct,
    /// The idempotency key was used for another order.
    #[error("this Idempotency-Key was already used for other items")]
    KeyReused,
    /// More orders wait than the queue holds.
    #[error("too many orders are waiting to be stored")]
    Busy,
    /// The order was not stored, or it is not known whether it was.
    #[error("the order could not be stored: {0}")]
    NotStored(Arc<DbErr>),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

/// A price that is not what the buyer saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PriceChange {
    /// The product.
    pub product_id: ProductId,
    /// What the buyer saw.
    pub old_price: Money,
    /// What it costs now.
    pub new_price: Money,
}

/// What the answer to an order at old prices has, beside what every refusal has.
#[derive(Serialize, ToSchema)]
pub(crate) struct PricesChanged {
    lines: Vec<PriceChange>,
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::NotFound => Self::not_found("order"),
            Error::PriceChanged(lines) => Self::new(StatusCode::CONFLICT, "PRICE_CHANGED", message)
                .with_details(&PricesChanged { lines }),
            Error::OwnProduct => Self::new(StatusCode::BAD_REQUEST, "OWN_PRODUCT", message),
            Error::KeyReused => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "KEY_REUSED", message),
            Error::Busy => Self::unavailable(1, error),
            Error::NotStored(ref cause) if db::is_unavailable(cause) => Self::unavailable(1, error),
            Error::NotStored(_) => Self::internal(error),
            Error::Database(error) => error.into(),
        }
    }
}
