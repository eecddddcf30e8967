//! What can go wrong here, and what the caller is told.

use std::ops::RangeInclusive;

use http::StatusCode;
use sea_orm::DbErr;
use shared::http::ApiError;
use thiserror::Error;

/// When to try again if too many passwords wait to be checked (seconds): they are worked off in some
/// five seconds, and not all who are put off shall come back at the same time.
const PUT_OFF: RangeInclusive<u32> = 2..=6;

/// A failed operation.
#[derive(Debug, Error)]
pub enum Error {
    /// Another account has the name or the address.
    #[error("Username or Email already exists")]
    AccountExists,
    /// No account has this address and password.
    #[error("Unauthorized")]
    WrongCredentials,
    /// The present password, asked for once more, was another one.
    #[error("this is not your present password")]
    WrongOldPassword,
    /// Too many wrong passwords; the next one is heard after so many seconds.
    #[error("too many wrong passwords")]
    TooManyTries(u32),
    /// An administrator disabled the account.
    #[error("this account is disabled; ask the shop")]
    Disabled,
    /// The session ended or never was.
    #[error("the session is over")]
    SessionOver,
    /// Demo logins are switched off, or their account is gone.
    #[error("there are no demo logins here")]
    NoDemo,
    /// Everybody uses this account, so nobody may change it.
    #[error("the demo account is everybody's; sign up for one of your own")]
    SharedAccount,
    /// No account has this id.
    #[error("there is no such user")]
    NoUser,
    /// No address of the caller has this id.
    #[error("there is no such address")]
    NoAddress,
    /// The address book is full.
    #[error("an address book has room for 20 addresses; delete one first")]
    TooManyAddresses,
    /// Nobody would be left to manage accounts.
    #[error("there must be one admin")]
    LastAdmin,
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
    /// Redis failed.
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::AccountExists => Self::new(StatusCode::CONFLICT, "ACCOUNT_EXISTS", message),
            Error::WrongCredentials | Error::SessionOver => Self::unauthorized(),
            Error::WrongOldPassword => Self::new(
                StatusCode::FORBIDDEN,
                "WRONG_PASSWORD",
                message.clone(),
            )
            .with_field("old_password", "WRONG_PASSWORD", message),
            Error::TooManyTries(seconds) => Self::rate_limited(seconds),
            Error::Disabled => Self::new(StatusCode::FORBIDDEN, "ACCOUNT_DISABLED", message),
            Error::NoDemo => Self::not_found("login"),
            Error::SharedAccount => Self::new(StatusCode::FORBIDDEN, "DEMO_ACCOUNT", message),
            Error::NoUser => Self::not_found("user"),
            Error::NoAddress => Self::not_found("address"),
            Error::TooManyAddresses => {
                Self::new(StatusCode::CONFLICT, "TOO_MANY_ADDRESSES", message)
            }
            Error::LastAdmin => Self::new(StatusCode::CONFLICT, "LAST_ADMIN", message),
            Error::Busy => Self::unavailable(rand::random_range(PUT_OFF), error),
            Error::Redis(_) => Self::unavailable(1, error),
            Error::Database(error) => error.into(),
            Error::Bcrypt(_) | Error::Token(_) => Self::internal(error),
        }
    }
}
