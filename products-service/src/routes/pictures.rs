//! Pictures over HTTP.

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use http::{HeaderMap, StatusCode, header};
use sea_orm::DatabaseConnection;
use serde::Deserialize;
use shared::{
    auth::{Caller, Permission},
    http::{ApiError, PathId, QueryParams},
    id::ProductId,
    stream::Outbox,
};

use super::products::{Changed, changed};
use crate::{
    AppState,
    pictures::{self, MAX_FILE, Size},
    products,
};

/// A file, of any content type: what it is shows in its bytes.
pub(crate) struct File(Bytes);

/// Which picture, and which version of it the client knows of.
#[derive(Deserialize)]
pub(crate) struct PictureQuery {
    #[serde(default)]
    size: Size,
    v: Option<String>,
}

/// All that can be done with the picture of a product.
pub(super) fn router() -> MethodRouter<AppState> {
    let limit = DefaultBodyLimit::max(MAX_FILE);
    get(show).put(put).delete(remove).layer(limit)
}

/// `GET /api/products/{id}/picture`: 200 with a JPEG file, 304 when the client has it, 400
/// `BAD_QUERY`, 404. With the current `v` the answer may be kept for ever.
async fn show(
    State(db): State<DatabaseConnection>,
    PathId(id): PathId<ProductId>,
    QueryParams(query): QueryParams<PictureQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let picture = pictures::show(&db, id, query.size).await?;
    let is_current = query.v.as_deref() == Some(&picture.version);
    let tag = match query.size {
        Size::Large => format!("\"{}\"", picture.version),
        Size::Small => format!("\"{}-small\"", picture.version),
    };
    let keep = if is_current {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let is_known = knows(&headers, &tag);
    let head = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, keep.to_owned()),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    let kind = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((head, kind, picture.file).into_response())
}

/// `PUT /api/products/{id}/picture`: 200 with the product, 400 `BAD_PICTURE`, 401, 403
/// `FORBIDDEN`, 404 `NOT_FOUND`, 413 `PAYLOAD_TOO_LARGE`, 503.
async fn put(
    State(state): State<AppState>,
    caller: Caller,
    PathId(id): PathId<ProductId>,
    File(file): File,
) -> Result<Json<Changed>, ApiError> {
    caller.may(Permission::WriteOwnProducts)?;
    // First whose it is: drawing is work.
    products::check_own(&state.db, caller.id(), id).await?;
    let drawn = state.studio.draw(file).await?;
    let product = pictures::put(&state.db, caller.id(), id, drawn).await?;
    state.outbox.wake();
    Ok(changed("Picture saved", product))
}

/// `DELETE /api/products/{id}/picture`: 200 with the product, which has no picture now; 401, 403
/// `FORBIDDEN`, 404 `NOT_FOUND`.
async fn remove(
    State(db): State<DatabaseConnection>,
    State(outbox): State<Outbox>,
    caller: Caller,
    PathId(id): PathId<ProductId>,
) -> Result<Json<Changed>, ApiError> {
    caller.may(Permission::WriteOwnProducts)?;
    let product = pictures::remove(&db, caller.id(), id).await?;
    outbox.wake();
    Ok(changed("Picture removed", product))
}

/// Whether the client has what bears this tag (RFC 9110 §13.1.2).
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let file = Bytes::from_request(request, state).await;
        file.map(Self).map_err(|rejection| refuse(&rejection))
    }
}

fn refuse(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let message = "a picture must have at most 5 MiB";
        return ApiError::new(rejection.status(), "PAYLOAD_TOO_LARGE", message);
    }
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "MALFORMED_BODY",
        "the body could not be read to its end; send it again",
    )
}
