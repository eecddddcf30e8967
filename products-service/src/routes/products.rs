//! Products over HTTP.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use sea_orm::{DatabaseConnection, prelude::TimeDateTimeWithTimeZone};
use serde::Serialize;
use shared::{
    auth::{Caller, Permission},
    http::{ApiError, Body, Page, PathId, QueryParams, Reader},
    id::ProductId,
    money::Money,
    stream::Outbox,
};

use super::showcase::Showcase;
use crate::{
    browsing::BrowseQuery,
    catalog::{self, Category, Scope},
    entity::product,
    listing::{ListingBody, RestockBody},
    products,
};

/// A product as everybody sees it.
#[derive(Serialize)]
pub(crate) struct ProductView {
    id: i32,
    name: String,
    price: Money,
    category: String,
    quantity: i32,
    user_id: i32,
    seller_name: String,
    version: i32,
    /// Where its picture is, if it has one.
    picture: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: TimeDateTimeWithTimeZone,
}

/// A product that was just created, changed or withdrawn.
#[derive(Serialize)]
pub(crate) struct Changed {
    message: &'static str,
    product: ProductView,
}

/// `GET /api/products/public`: 200 with every product on sale (500 at most) as an array, or with
/// any parameter with what it wishes for as `{items, total, page, limit}`; 400 `BAD_QUERY`.
pub(crate) async fn list(
    Reader(db): Reader,
    State(showcase): State<Showcase>,
    QueryParams(query): QueryParams<BrowseQuery>,
) -> Result<Response, ApiError> {
    if !query.is_present() {
        let json = [(header::CONTENT_TYPE, "application/json")];
        return Ok((json, showcase.read().await?).into_response());
    }
    browse(&db, Scope::All, query).await
}

/// `GET /api/products`: 200 with the caller's own products, as an array or, with any parameter,
/// in pages; 400 `BAD_QUERY`, 401.
pub(crate) async fn list_own(
    Reader(db): Reader,
    caller: Caller,
    QueryParams(query): QueryParams<BrowseQuery>,
) -> Result<Response, ApiError> {
    caller.may(Permission::WriteOwnProducts)?;
    if !query.is_present() {
        return Ok(views(products::list_of(&db, caller.id()).await?));
    }
    browse(&db, Scope::Of(caller.id()), query).await
}

/// `GET /api/products/my-home`: 200 with what others sell and have on stock, newest first, as an
/// array or, with any parameter, with what others sell, in pages; 400 `BAD_QUERY`, 401.
pub(crate) async fn list_for_buyer(
    Reader(db): Reader,
    caller: Caller,
    QueryParams(query): QueryParams<BrowseQuery>,
) -> Result<Response, ApiError> {
    if !query.is_present() {
        return Ok(views(products::list_for(&db, caller.id()).await?));
    }
    browse(&db, Scope::NotOf(caller.id()), query).await
}

/// `GET /api/products/categories`: 200 with the eight categories and how much is in each.
pub(crate) async fn list_categories(Reader(db): Reader) -> Result<Json<Vec<Category>>, ApiError> {
    Ok(Json(catalog::categories(&db).await?))
}

/// `GET /api/products/{id}`: 200 with the product, 400 `BAD_ID`, 404 `NOT_FOUND`.
pub(crate) async fn show(
    State(db): State<DatabaseConnection>,
    PathId(id): PathId<ProductId>,
) -> Result<Json<ProductView>, ApiError> {
    Ok(Json(products::show(&db, id).await?.into()))
}

/// `POST /api/products`: 201 with the product, 400 `VALIDATION_ERROR`, 401, 403
/// `FORBIDDEN`.
pub(crate) async fn create(
    State(db): State<DatabaseConnection>,
    State(outbox): State<Outbox>,
    caller: Caller,
    Body(body): Body<ListingBody>,
) -> Result<(StatusCode, Json<Changed>), ApiError> {
    caller.may(Permission::WriteOwnProducts)?;
    let product = products::create(&db, &caller.claims, body.parse_new()?).await?;
    outbox.wake();
    Ok((StatusCode::CREATED, changed("Product created", product)))
}

/// `PATCH /api/products/{id}`: 200 with the product, 400 `VALIDATION_ERROR`, 401, 403
/// `FORBIDDEN`, 404 `NOT_FOUND`, 409 `STALE_VERSION`.
pub(crate) async fn change(
    State(db): State<DatabaseConnection>,
    State(outbox): State<Outbox>,
    caller: Caller,
    PathId(id): PathId<ProductId>,
    Body(body): Body<ListingBody>,
) -> Result<Json<Changed>, ApiError> {
    caller.may(Permission::WriteOwnProducts)?;
    let product = products::change(&db, caller.id(), id, body.parse_change()?).await?;
    outbox.wake();
    Ok(changed("Product updated!", product))
}

/// `POST /api/products/{id}/restock`: 200 with the product, 400 `VALIDATION_ERROR`, 401, 403
/// `FORBIDDEN`, 404 `NOT_FOUND`.
pub(crate) async fn restock(
    State(db): State<DatabaseConnection>,
    State(outbox): State<Outbox>,
    caller: Caller,
    PathId(id): PathId<ProductId>,
    Body(body): Body<RestockBody>,
) -> Result<Json<Changed>, ApiError> {
    caller.may(Permission::WriteOwnProducts)?;
    let product = products::restock(&db, caller.id(), id, body.parse()?).await?;
    outbox.wake();
    Ok(changed("Product restocked", product))
}

/// `DELETE /api/products/{id}`: 200 with the product, which its seller or an administrator took
/// off sale; 401, 403 `FORBIDDEN`, 404 `NOT_FOUND`.
pub(crate) async fn withdraw(
    State(db): State<DatabaseConnection>,
    State(outbox): State<Outbox>,
    caller: Caller,
    PathId(id): PathId<ProductId>,
) -> Result<Json<Changed>, ApiError> {
    let seller = if caller.claims.permit(Permission::WriteAnyProduct) {
        None
    } else {
        caller.may(Permission::WriteOwnProducts)?;
        Some(caller.id())
    };
    let product = products::withdraw(&db, seller, id).await?;
    outbox.wake();
    Ok(changed("Product deleted", product))
}

async fn browse(
    db: &DatabaseConnection,
    scope: Scope,
    query: BrowseQuery,
) -> Result<Response, ApiError> {
    let wish = query.parse()?;
    let (products, total) = catalog::browse(db, scope, &wish).await?;
    let page = Page {
        items: products.into_iter().map(ProductView::from).collect(),
        total,
        page: wish.page,
        limit: wish.limit,
    };
    Ok(Json(page).into_response())
}

fn views(products: Vec<product::Model>) -> Response {
    let views: Vec<_> = products.into_iter().map(ProductView::from).collect();
    Json(views).into_response()
}

pub(super) fn changed(message: &'static str, product: product::Model) -> Json<Changed> {
    Json(Changed {
        message,
        product: product.into(),
    })
}

impl From<product::Model> for ProductView {
    fn from(product: product::Model) -> Self {
        let address = |version| format!("/api/products/{}/picture?v={version}", product.id);
        let picture = product.picture.as_ref().map(address);
        Self {
            id: product.id,
            name: product.name,
            price: product.price,
            category: product.category,
            quantity: product.quantity,
            user_id: product.user_id,
            seller_name: product.seller_name,
            version: product.version,
            picture,
            created_at: product.created_at,
        }
    }
}
