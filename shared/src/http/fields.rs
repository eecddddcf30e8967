//! Collects what is wrong with the fields of a body, so that one answer names all of it.

use super::{ApiError, FieldError};

/// The errors found so far.
#[derive(Default)]
pub struct FieldErrors {
    errors: Vec<FieldError>,
}

impl FieldErrors {
    /// Notes that `field` breaks the rule `code`.
    pub fn add(
        &mut self,
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) {
        self.errors.push(FieldError {
            field: field.into(),
            code,
            message: message.into(),
        });
    }

    /// Takes the value of a parsed field, or notes why it did not parse.
    pub fn check<T>(
        &mut self,
        field: impl Into<String>,
        parsed: Result<T, (&'static str, String)>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err((code, message)) => {
                self.add(field, code, message);
                None
            }
        }
    }

    /// Takes the value of a field that has fields of its own, or notes what is wrong with those
    /// under the names that they have in it.
    pub fn check_all<T>(&mut self, field: &str, parsed: Option<Result<T, Self>>) -> Option<T> {
        match parsed? {
            Ok(value) => Some(value),
            Err(inner) => {
                let inner = inner.errors.into_iter().map(|mut error| {
                    error.field = format!("{field}.{}", error.field);
                    error
                });
                self.errors.extend(inner);
                None
            }
        }
    }

    /// The value when every field parsed, else the errors.
    ///
    /// # Errors
    /// When anything was noted.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// The value when every field parsed, else 400 with all errors.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` when anything was noted.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, ApiError> {
        self.or(value).map_err(ApiError::from)
    }
}

impl From<FieldErrors> for ApiError {
    fn from(found: FieldErrors) -> Self {
        Self::validation(found.errors)
    }
}
