//! Pictures over HTTP.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
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
use utoipa::IntoParams;

use super::products::{Changed, NOT_YOURS, changed};
use crate::{
    AppState,
    pictures::{self, Size},
    products,
};

/// A file, of any content type: what it is shows in its bytes.
pub(crate) struct File(Bytes);

/// Which picture, and which version of it the client knows of.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PictureQuery {
    /// At most 1200 pixels a side, or 480.
    #[serde(default)]
    #[param(inline, required = false)]
    size: Size,
    /// With the current one, the answer may be kept for ever.
    #[param(nullable = false)]
    v: Option<String>,
}

/// The picture of a product.
#[utoipa::path(
    get, path = "/api/products/{id}/picture", params(("id" = i32, Path, minimum = 1), PictureQuery),
    responses(
        (status = 200, content_type = "image/jpeg"),
        (status = 304, description = "the client has it, as `If-None-Match` says"),
    ),
)]
pub(super) async fn show_picture(
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

/// Gives a product of the caller a picture.
///
/// The file is drawn anew, turned upright, and says nothing of camera or place.
#[utoipa::path(
    put, path = "/api/products/{id}/picture", params(("id" = i32, Path, minimum = 1)),
    request_body(
        content(("image/jpeg"), ("image/png"), ("image/webp")),
        description = "At most 5 MiB and 40 million pixels.",
    ),
    security(("session" = [])),
    responses(
        (status = 200, body = Changed),
        (status = 400, description = "`BAD_PICTURE`: no PNG, JPEG or WebP picture, or one of too \
                                      many pixels"),
        (status = 403, description = NOT_YOURS),
    ),
)]
pub(super) async fn put_picture(
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

/// Removes the picture of a product of the caller.
#[utoipa::path(
    delete, path = "/api/products/{id}/picture", params(("id" = i32, Path, minimum = 1)),
    security(("session" = [])),
    responses((status = 200, body = Changed), (status = 403, description = NOT_YOURS)),
)]
pub(super) async fn remove_picture(
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
