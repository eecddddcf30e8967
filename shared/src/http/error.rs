//! The one form of a failed answer: `{message, code, errors?, request_id}`.

use std::{error::Error, sync::Arc};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A failure on its way to the caller.
///
/// As a response it has no body yet: it rides in the response's extensions to the outermost
/// layer, which knows the request id, writes the body and logs the cause.
#[derive(Clone, Debug)]
pub struct ApiError {
    pub(super) status: StatusCode,
    code: &'static str,
    message: String,
    errors: Vec<FieldError>,
    retry_after_seconds: Option<u32>,
    details: Option<Box<Map<String, Value>>>,
    pub(super) cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Name of the field in the body, such as `items[0].quantity`.
    pub field: String,
    /// Stable name of the rule that the field breaks.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// The body of a failed answer, as the contract has it.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody<'a> {
    /// A sentence for people.
    pub message: &'a str,
    /// Stable name for programs; docs/API.md lists all.
    pub code: &'static str,
    /// What is wrong, field by field.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    pub errors: &'a [FieldError],
    /// More facts that a client can act on, under a name of their own.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub details: Option<Map<String, Value>>,
    /// Where to look in the logs.
    pub request_id: &'a str,
}

impl ApiError {
    /// A refusal that the caller can understand and mend.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            errors: Vec::new(),
            retry_after_seconds: None,
            details: None,
            cause: None,
        }
    }

    /// 400 `VALIDATION_ERROR` with what is wrong, field by field.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let mut error = Self::new(
            StatusCode::BAD_REQUEST,
            "VALIDATION_ERROR",
            "Validation Error",
        );
        error.errors = errors;
        error
    }

    /// 401 `UNAUTHORIZED`: not signed in.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized")
    }

    /// 403 `FORBIDDEN`: signed in, but not allowed.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    /// 429 `RATE_LIMITED`: too many tries; the next one is heard after `seconds`.
    pub fn rate_limited(seconds: u32) -> Self {
        let message = format!("too many tries; try again in {seconds} s");
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
        error.retry_after_seconds = Some(seconds);
        error
    }

    /// 404 `NOT_FOUND`; `what` is the noun, such as "product".
    pub fn not_found(what: &str) -> Self {
        let message = format!("there is no such {what}");
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// 500 `INTERNAL_ERROR`: says nothing but the request id; the cause goes to the log.
    pub fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        let mut error = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            "something went wrong on our side; nothing was lost",
        );
        error.cause = Some(Arc::new(cause));
        error
    }

    /// 503 `UNAVAILABLE`: a part is down or overloaded; try again after `seconds`.
    pub fn unavailable(seconds: u32, cause: impl Error + Send + Sync + 'static) -> Self {
        let mut error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "the service is busy or restarting; try again",
        );
        error.retry_after_seconds = Some(seconds);
        error.cause = Some(Arc::new(cause));
        error
    }

    /// Says which field the refusal is about.
    #[must_use]
    pub fn with_field(
        mut self,
        field: &str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        self.errors.push(FieldError {
            field: field.to_owned(),
            code,
            message: message.into(),
        });
        self
    }

    /// Adds the fields of an object, such as the new prices of a refused order.
    #[must_use]
    pub fn with_details(mut self, facts: &impl Serialize) -> Self {
        self.details = match serde_json::to_value(facts) {
            Ok(Value::Object(facts)) => Some(Box::new(facts)),
            _ => None,
        };
        self
    }

    /// The whole answer, once the request id is known.
    pub(super) fn render(self, request_id: &str) -> Response {
        let body = axum::Json(ErrorBody {
            message: &self.message,
            code: self.code,
            errors: &self.errors,
            details: self.details.map(|facts| *facts),
            request_id,
        });
        let mut response = (self.status, body).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(feature = "database")]
impl From<sea_orm::DbErr> for ApiError {
    fn from(error: sea_orm::DbErr) -> Self {
        if crate::db::is_unavailable(&error) {
            return Self::unavailable(1, error);
        }
        Self::internal(error)
    }
}
