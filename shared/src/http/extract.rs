//! Extractors that refuse with the one form of error.

use std::{fmt, marker::PhantomData, str::FromStr};

use axum::extract::{
    FromRequest, FromRequestParts, OptionalFromRequest, Path, Query, Request,
    rejection::{JsonRejection, QueryRejection},
};
use http::{StatusCode, header, request::Parts};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{ApiError, FieldError};

/// A JSON object of the shape `T`; unknown fields are refused where `T` says so.
pub struct Body<T>(pub T);

/// Reads a `T` from an object and nothing else: what serde derives also takes a list that has the
/// fields in their order, which no description of an API says.
struct Object<T>(T);

/// An integer id in the path.
pub struct PathId<T>(pub T);

/// The query string.
pub struct QueryParams<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let json = <axum::Json<Object<T>> as FromRequest<S>>::from_request(request, state);
        match json.await {
            Ok(axum::Json(Object(body))) => Ok(Self(body)),
            Err(rejection) => Err(refuse_body(&rejection)),
        }
    }
}

/// A body that may be absent: no content type means none.
impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Self::Rejection> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state)
            .await
            .map(Some)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

fn refuse_body(rejection: &JsonRejection) -> ApiError {
    let status = rejection.status();
    match rejection {
        JsonRejection::JsonDataError(error) => ApiError::validation(vec![FieldError {
            field: "body".to_owned(),
            code: "WRONG_TYPE",
            message: cause_of(error),
        }]),
        JsonRejection::JsonSyntaxError(error) => ApiError::new(
            StatusCode::BAD_REQUEST,
            "MALFORMED_JSON",
            format!("the body is not JSON: {}", cause_of(error)),
        ),
        JsonRejection::MissingJsonContentType(_) => ApiError::new(
            status,
            "UNSUPPORTED_MEDIA_TYPE",
            "send the body with content-type: application/json",
        ),
        _ if status == StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
            status,
            "PAYLOAD_TOO_LARGE",
            "the body is larger than 1 MiB; send less",
        ),
        _ => ApiError::new(
            StatusCode::BAD_REQUEST,
            "MALFORMED_BODY",
            "the body could not be read to its end; send it again",
        ),
    }
}

/// The innermost message: what serde says about the value, with its path.
fn cause_of(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| bad_id())?;
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad_id());
        }
        // All digits, but more than an id can be: well-formed, and nothing has it.
        text.parse()
            .map(Self)
            .map_err(|_| ApiError::not_found("id"))
    }
}

fn bad_id() -> ApiError {
    let message = "the id in the path must be a whole number";
    ApiError::new(StatusCode::BAD_REQUEST, "BAD_ID", message)
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        let Query(query) = query.map_err(|rejection| refuse_query(&rejection))?;
        Ok(Self(query))
    }
}

fn refuse_query(rejection: &QueryRejection) -> ApiError {
    let message = cause_of(rejection);
    ApiError::new(StatusCode::BAD_REQUEST, "BAD_QUERY", message)
}
