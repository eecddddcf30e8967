//! The address book over HTTP.

use axum::{Json, extract::State};
use http::StatusCode;
use sea_orm::DatabaseConnection;
use serde::Serialize;
use shared::{
    auth::{Caller, Permission},
    http::{ApiError, Body, PathId},
};

use super::logins::Done;
use crate::addresses::{self, AddressView, EntryBody};

/// All addresses of somebody.
#[derive(Serialize)]
pub(crate) struct AddressList {
    items: Vec<AddressView>,
}

/// One address.
#[derive(Serialize)]
pub(crate) struct OneAddress {
    address: AddressView,
}

/// `GET /api/auth/addresses`: 200 with the caller's addresses, 401.
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

/// `POST /api/auth/addresses`: 201 with the new address, 400 `VALIDATION_ERROR`, 401, 409
/// `TOO_MANY_ADDRESSES`.
pub(crate) async fn add(
    State(db): State<DatabaseConnection>,
    caller: Caller,
    Body(body): Body<EntryBody>,
) -> Result<(StatusCode, Json<OneAddress>), ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let address = addresses::add(&db, caller.id(), body).await?;
    Ok((StatusCode::CREATED, Json(address.into())))
}

/// `PATCH /api/auth/addresses/{id}`: 200 with the address; what the body lacks stays as it is. 400
/// `VALIDATION_ERROR`, 401, 404 also when it is somebody else's.
pub(crate) async fn change(
    State(db): State<DatabaseConnection>,
    caller: Caller,
    PathId(id): PathId<i32>,
    Body(body): Body<EntryBody>,
) -> Result<Json<OneAddress>, ApiError> {
    caller.may(Permission::WriteOwnAccount)?;
    let address = addresses::change(&db, (caller.id(), id), body).await?;
    Ok(Json(address.into()))
}

/// `DELETE /api/auth/addresses/{id}`: 200, 401, 404 also when it is somebody else's.
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
