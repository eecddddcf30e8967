//! What can go wrong here, and what the caller is told.

use std::sync::Arc;

use http::StatusCode;
use sea_orm::DbErr;
use shared::{
    db,
    http::{ApiError, FieldError},
};
use thiserror::Error;

/// A failed operation.
#[derive(Debug, Error)]
pub enum Error {
    /// No product has this id, or it was withdrawn.
    #[error("there is no such product")]
    NotFound,
    /// The product belongs to another seller.
    #[error("this product belongs to another seller")]
    NotYours,
    /// A product cannot have so many units.
    #[error("a product has at most 1000000 units on stock")]
    TooManyUnits,
    /// A file is no picture, or one that is too large when it is unpacked.
    #[error("the picture cannot be used: {0}")]
    BadPicture(String),
    /// More pictures wait to be drawn than the studio holds.
    #[error("too many pictures are waiting to be drawn")]
    StudioFull,
    /// Somebody changed the product since the caller read it.
    #[error("somebody changed this product since you read it; it has version {0} now")]
    StaleVersion(i32),
    /// More visitors wait for the list than the queue holds.
    #[error("too many visitors are waiting for the list of products")]
    Busy,
    /// The list could not be read.
    #[error("the list of products could not be read: {0}")]
    NotRead(Arc<DbErr>),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::NotFound => Self::not_found("product"),
            Error::NotYours => Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message),
            Error::TooManyUnits => Self::validation(vec![FieldError {
                field: "quantity".to_owned(),
                code: "QUANTITY",
                message,
            }]),
            Error::StaleVersion(_) => Self::new(StatusCode::CONFLICT, "STALE_VERSION", message),
            Error::BadPicture(_) => Self::new(StatusCode::BAD_REQUEST, "BAD_PICTURE", message),
            Error::Busy | Error::StudioFull => Self::unavailable(1, error),
            Error::NotRead(ref cause) if db::is_unavailable(cause) => Self::unavailable(1, error),
            Error::NotRead(_) => Self::internal(error),
            Error::Database(error) => error.into(),
        }
    }
}
