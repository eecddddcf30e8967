//! The address book over HTTP.

use axum::{Json, extract::State};
use http::StatusCode;
use sea_orm::DatabaseConnection;
use serde::Serialize;
use shared::{
    auth::{Caller, Permission},
    http::{ApiError, Body, PathId},
};
use utoipa::ToSchema;

use super::logins::Done;
use crate::addresses::{self, AddressView, EntryBody, EntryChange};

/// All addresses of somebody.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddressList {
    items: Vec<AddressView>,
}

/// One address.
#[derive(Serialize, ToSchema)]
pub(crate) struct OneAddress {
    address: AddressView,
}

/// The caller's address book.
#[utoipa::path(
    get, path = "/api/auth/addresses", operation_id = "list_addresses",
    security(("session" = [])), responses((status = 200, body = AddressList)),
)]
pub(crate) async fn list(
    State(db): State<DatabaseConnection>,
    caller: Caller,
) -> Result<Json<AddressList>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let all = addresses::list(&db, caller.id()).await?;
    Ok(Json(AddressList {
        items: all.into_iter().map(AddressView::from).collect(),
    }))
}

/// Adds an address; the first one is the default.
#[utoipa::path(
    post, path = "/api/auth/addresses", operation_id = "add_address", request_body = EntryBody,
    security(("session" = [])),
    responses(
        (status = 201, body = OneAddress),
        (status = 409, description = "`TOO_MANY_ADDRESSES`: an address book has room for 20"),
    ),
)]
pub(crate) async fn add(
    State(db): State<DatabaseConnection>,
    caller: Caller,
    Body(body): Body<EntryBody>,
) -> Result<(StatusCode, Json<OneAddress>), ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let address = addresses::add(&db, caller.id(), body).await?;
    Ok((StatusCode::CREATED, Json(address.into())))
}

/// Changes an address of the caller; what is absent stays, and an empty `line2` goes.
#[utoipa::path(
    patch, path = "/api/auth/addresses/{id}", operation_id = "change_address",
    params(("id" = i32, Path, minimum = 1)), request_body = inline(EntryChange),
    security(("session" = [])), responses((status = 200, body = OneAddress)),
)]
pub(crate) async fn change(
    State(db): State<DatabaseConnection>,
    caller: Caller,
    PathId(id): PathId<i32>,
    Body(body): Body<EntryChange>,
) -> Result<Json<OneAddress>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let address = addresses::change(&db, (caller.id(), id), body).await?;
    Ok(Json(address.into()))
}

/// Removes an address of the caller; orders keep their copy.
#[utoipa::path(
    delete, path = "/api/auth/addresses/{id}", operation_id = "remove_address",
    params(("id" = i32, Path, minimum = 1)), security(("session" = [])),
    responses((status = 200, body = Done)),
)]
pub(crate) async fn remove(
    State(db): State<DatabaseConnection>,
    caller: Caller,
    PathId(id): PathId<i32>,
) -> Result<Json<Done>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    addresses::remove(&db, caller.id(), id).await?;
    Ok(Json(Done {
        message: "Address deleted",
    }))
}

impl From<crate::entity::address::Model> for OneAddress {
    fn from(row: crate::entity::address::Model) -> Self {
        Self {
            address: row.into(),
        }
    }
}
