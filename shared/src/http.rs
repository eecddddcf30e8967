//! HTTP as every service speaks it: one form of error, one stack of layers, one kind of health.

mod client_network;
mod error;
mod extract;
mod fields;
mod health;
mod page;
#[cfg(feature = "database")]
mod reader;
mod serve;
mod unread;

pub use client_network::client_network;
pub use error::{ApiError, ErrorBody, FieldError};
pub use extract::{Body, PathId, QueryParams};
pub use fields::FieldErrors;
pub use health::{Check, router as health_router};
pub use page::{Page, PageQuery};
#[cfg(feature = "database")]
pub use reader::{Reader, remember_writes};
pub use serve::{ListenError, REQUEST_ID, listen, request_id, serve, with_layers};
