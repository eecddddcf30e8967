//! What people type to sign up and log in, parsed: what has one of these types was checked.

mod values;

use serde::Deserialize;
use shared::http::{ApiError, FieldErrors};
use utoipa::ToSchema;

pub(crate) use self::values::{Email, Password, Username};

/// A sign-up whose every field was checked.
pub(crate) struct NewAccount {
    pub(crate) username: Username,
    pub(crate) email: Email,
    pub(crate) password: Password,
}

/// The body of a sign-up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpBody {
    #[serde(default)]
    #[schema(required, pattern = "^[A-Za-z0-9]{3,30}$")]
    username: String,
    #[serde(default)]
    #[schema(required, format = Email, max_length = 255)]
    email: String,
    /// At most 72 bytes.
    #[serde(default)]
    #[schema(required, format = Password, min_length = 8, max_length = 72)]
    password: String,
    #[serde(default)]
    #[schema(required, format = Password)]
    repeat_password: String,
}

/// The body of a change of one's own account: what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileBody {
    #[schema(pattern = "^[A-Za-z0-9]{3,30}$")]
    username: Option<String>,
    #[schema(format = Email, max_length = 255)]
    email: Option<String>,
    /// At most 72 bytes.
    #[schema(format = Password, min_length = 8, max_length = 72)]
    password: Option<String>,
    #[schema(format = Password)]
    repeat_password: Option<String>,
    /// Needed to change address or password.
    #[schema(format = Password, min_length = 1, max_length = 72)]
    old_password: Option<String>,
}

/// A change of one's own account whose every field was checked.
pub(crate) struct ProfileChange {
    pub(crate) username: Option<Username>,
    pub(crate) email: Option<Email>,
    pub(crate) password: Option<Password>,
    /// There when address or password change, and wherever it was given.
    pub(crate) old_password: Option<Password>,
}

/// The body of a login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    #[serde(default)]
    #[schema(required, format = Email, max_length = 255)]
    email: String,
    #[serde(default)]
    #[schema(required, format = Password, min_length = 1, max_length = 72)]
    password: String,
}

impl SignUpBody {
    /// Checks every field and reports all that is wrong at once.
    pub(crate) fn parse(self) -> Result<NewAccount, ApiError> {
        let mut errors = FieldErrors::default();
        let username = errors.check("username", Username::parse(&self.username));
        let email = errors.check("email", Email::parse_new(&self.email));
        if self.password != self.repeat_password {
            errors.add("repeat_password", "MISMATCH", "Passwords do not match");
        }
        let password = errors.check("password", Password::parse_new(self.password));
        let account = username
            .zip(email)
            .zip(password)
            .map(|((username, email), password)| NewAccount {
                username,
                email,
                password,
            });
        errors.finish(account)
    }
}

impl ProfileBody {
    /// Checks every field and reports all that is wrong at once.
    pub(crate) fn parse(self) -> Result<ProfileChange, ApiError> {
        let mut errors = FieldErrors::default();
        if self.password.is_some() && self.password != self.repeat_password {
            errors.add("repeat_password", "MISMATCH", "Passwords do not match");
        }
        let is_guarded = self.email.is_some() || self.password.is_some();
        if is_guarded && self.old_password.is_none() {
            let message = "say your present password to change address or password";
            errors.add("old_password", "REQUIRED", message);
        }
        let username = self.username.map(|it| Username::parse(&it));
        let email = self.email.map(|it| Email::parse_new(&it));
        let password = self.password.map(Password::parse_new);
        let old_password = self.old_password.map(Password::parse);
        let change = ProfileChange {
            username: username.and_then(|it| errors.check("username", it)),
            email: email.and_then(|it| errors.check("email", it)),
            password: password.and_then(|it| errors.check("password", it)),
            old_password: old_password.and_then(|it| errors.check("old_password", it)),
        };
        errors.finish(Some(change))
    }
}

impl ProfileChange {
    /// Whether nothing shall change.
    pub(crate) fn is_empty(&self) -> bool {
        self.username.is_none() && self.email.is_none() && self.password.is_none()
    }
}

impl LoginBody {
    /// Both fields must be there; whether they are right is not said here.
    pub(crate) fn parse(self) -> Result<(Email, Password), ApiError> {
        let mut errors = FieldErrors::default();
        let email = errors.check("email", Email::parse(&self.email));
        let password = errors.check("password", Password::parse(self.password));
        errors.finish(email.zip(password))
    }
}
