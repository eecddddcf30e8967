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
use utoipa::ToSchema;

use super::showcase::Showcase;
use crate::{
    browsing::BrowseQuery,
    catalog::{self, Category, Scope},
    entity::product,
    listing::{self, ChangeBody, NewListingBody, RestockBody},
    products,
};

/// How an operation of the seller refuses others.
pub(super) const NOT_YOURS: &str = "`FORBIDDEN`: the product belongs to another seller";

/// A product as everybody sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Product)]
pub(crate) struct ProductView {
    #[schema(minimum = 1)]
    id: i32,
    name: String,
    price: Money,
    #[schema(schema_with = listing::category)]
    category: String,
    /// How many are left.
    #[schema(minimum = 0)]
    quantity: i32,
    /// Its seller.
    #[schema(minimum = 1)]
    user_id: i32,
    seller_name: String,
    /// Rises with every change that its seller makes.
    #[schema(minimum = 1)]
    version: i32,
    /// Where its picture is, if it has one.
    #[schema(required, example = "/api/products/12/picture?v=3f9a0c")]
    picture: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: TimeDateTimeWithTimeZone,
}

/// A product that was just created, changed or withdrawn.
#[derive(Serialize, ToSchema)]
#[schema(as = ChangedProduct)]
pub(crate) struct Changed {
    message: &'static str,
    product: ProductView,
}

/// A list of products: a page of it when the query string has any parameter, else an array.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Products {
    All(Vec<ProductView>),
    Page(Page<ProductView>),
}

/// Every product on sale, newest first.
///
/// An array of 500 at most; with any parameter, a page of what it wishes for.
#[utoipa::path(
    get, path = "/api/products/public", params(BrowseQuery),
    responses((status = 200, body = Products)),
)]
pub(crate) async fn list(
    Reader(db): Reader,
    State(showcase): State<Showcase>,
    QueryParams(query): QueryParams<BrowseQuery>,
) -> Result<Response, ApiError> {
    if !query.is_present() {
        let json = [(header::CONTENT_TYPE, "application/json")];
        return Ok((json, showcase.read().await?).into_response());
    }
    Ok(browse(&db, Scope::All, query).await?.into_response())
}

/// The caller's own products.
///
/// An array; with any parameter, a page of what it wishes for.
#[utoipa::path(
    get, path = "/api/products", params(BrowseQuery), security(("session" = [])),
    responses((status = 200, body = Products)),
)]
pub(crate) async fn list_own(
    Reader(db): Reader,
    caller: Caller,
    QueryParams(query): QueryParams<BrowseQuery>,
) -> Result<Json<Products>, ApiError> {
    caller.may(Permission::WriteOwnProducts)?;
    if !query.is_present() {
        return Ok(views(products::list_of(&db, caller.id()).await?));
    }
    browse(&db, Scope::Of(caller.id()), query).await
}

/// What others sell.
///
/// An array of what they have on stock, newest first; with any parameter, a page of what it
/// wishes for.
#[utoipa::path(
    get, path = "/api/products/my-home", params(BrowseQuery), security(("session" = [])),
    responses((status = 200, body = Products)),
)]
pub(crate) async fn list_for_buyer(
    Reader(db): Reader,
    caller: Caller,
    QueryParams(query): QueryParams<BrowseQuery>,
) -> Result<Json<Products>, ApiError> {
    if !query.is_present() {
        return Ok(views(products::list_for(&db, caller.id()).await?));
    }
    browse(&db, Scope::NotOf(caller.id()), query).await
}

/// The eight categories and how many products each has.
#[utoipa::path(
    get, path = "/api/products/categories", responses((status = 200, body = [Category])),
)]
pub(crate) async fn list_categories(Reader(db): Reader) -> Result<Json<Vec<Category>>, ApiError> {
    Ok(Json(catalog::categories(&db).await?))
}

/// One product.
#[utoipa::path(
    get, path = "/api/products/{id}", params(("id" = i32, Path, minimum = 1)),
    responses((status = 200, body = ProductView)),
)]
pub(crate) async fn show(
    State(db): State<DatabaseConnection>,
    PathId(id): PathId<ProductId>,
) -> Result<Json<ProductView>, ApiError> {
    Ok(Json(products::show(&db, id).await?.into()))
}

/// Lists a product of the caller.
#[utoipa::path(
    post, path = "/api/products", request_body = NewListingBody, security(("session" = [])),
    responses((status = 201, body = Changed)),
)]
pub(crate) async fn create(
    State(db): State<DatabaseConnection>,
    State(outbox): State<Outbox>,
    caller: Caller,
    Body(body): Body<NewListingBody>,
) -> Result<(StatusCode, Json<Changed>), ApiError> {
    caller.may(Permission::WriteOwnProducts)?;
    let product = products::create(&db, &caller.claims, body.parse()?).await?;
    outbox.wake();
    Ok((StatusCode::CREATED, changed("Product created", product)))
}

/// Changes a product of the caller.
#[utoipa::path(
    patch, path = "/api/products/{id}", params(("id" = i32, Path, minimum = 1)),
    request_body = ChangeBody, security(("session" = [])),
    responses(
        (status = 200, body = Changed),
        (status = 403, description = NOT_YOURS),
        (status = 409, description = "`STALE_VERSION`: somebody changed the product since the \
                                      `version` that was sent"),
    ),
)]
pub(crate) async fn change(
    State(db): State<DatabaseConnection>,
    State(outbox): State<Outbox>,
    caller: Caller,
    PathId(id): PathId<ProductId>,
    Body(body): Body<ChangeBody>,
) -> Result<Json<Changed>, ApiError> {
    caller.may(Permission::WriteOwnProducts)?;
    let product = products::change(&db, caller.id(), id, body.parse()?).await?;
    outbox.wake();
    Ok(changed("Product updated!", product))
}

/// Adds units to the stock of a product of the caller.
#[utoipa::path(
    post, path = "/api/products/{id}/restock", params(("id" = i32, Path, minimum = 1)),
    request_body = RestockBody, security(("session" = [])),
    responses((status = 200, body = Changed), (status = 403, description = NOT_YOURS)),
)]
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

/// Takes a product off sale, as its seller or an administrator; orders keep its name and price.
#[utoipa::path(
    delete, path = "/api/products/{id}", params(("id" = i32, Path, minimum = 1)),
    security(("session" = [])),
    responses((status = 200, body = Changed), (status = 403, description = NOT_YOURS)),
)]
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
) -> Result<Json<Products>, ApiError> {
    let wish = query.parse()?;
    let (products, total) = catalog::browse(db, scope, &wish).await?;
    let page = Page {
        items: products.into_iter().map(ProductView::from).collect(),
        total,
        page: wish.page,
        limit: wish.limit,
    };
    Ok(Json(Products::Page(page)))
}

fn views(products: Vec<product::Model>) -> Json<Products> {
    let views = products.into_iter().map(ProductView::from).collect();
    Json(Products::All(views))
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
