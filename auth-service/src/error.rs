//! What can go wrong here, and what the caller is told.

use http::StatusCode;
use sea_orm::DbErr;
use shared::http::ApiError;
use thiserror::Error;

/// A failed operation.
#[derive(Debug, Error)]
pub enum Error {
    /// Another account has the name or the address.
    #[error("Username or Email already exists")]
    AccountExists,
    /// No account has this address and password.
    #[error("Unauthorized")]
    WrongCredentials,
    /// Demo logins are switched off, or their account is gone.
    #[error("there are no demo logins here")]
    NoDemo,
    /// More password checks wait than the pool takes.
    #[error("too many password checks are waiting")]
    Busy,
    /// bcrypt failed.
    #[error("bcrypt: {0}")]
    Bcrypt(#[from] bcrypt::BcryptError),
    /// A token could not be signed.
    #[error("token: {0}")]
    Token(#[from] shared::auth::TokenError),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::AccountExists => Self::new(StatusCode::CONFLICT, "ACCOUNT_EXISTS", message),
            Error::WrongCredentials => Self::unauthorized(),
            Error::NoDemo => Self::not_found("login"),
            Error::Busy => Self::unavailable(1, error),
            Error::Database(error) => error.into(),
            Error::Bcrypt(_) | Error::Token(_) => Self::internal(error),
        }
    }
}
