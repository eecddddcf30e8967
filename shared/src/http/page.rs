//! Pages of a list: `?page=1&limit=20`.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ApiError, FieldErrors};

/// Rows of a page when the caller does not say.
const DEFAULT_LIMIT: u32 = 20;

/// Most rows a page may have.
const MAX_LIMIT: u32 = 100;

/// Deepest page: beyond it, counting rows costs more than anybody's reading is worth.
const MAX_PAGE: u32 = 10_000;

/// Which page a caller wants.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Number of the page.
    #[param(nullable = false, minimum = 1, maximum = 10_000, default = 1)]
    page: Option<u32>,
    /// Most rows of a page.
    #[param(nullable = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Rows of all pages together.
    pub total: u64,
    /// Number of this page, from 1.
    pub page: u32,
    /// Most rows that a page of this size has.
    pub limit: u32,
}

impl PageQuery {
    /// For a query string that has more than the page.
    pub fn new(page: Option<u32>, limit: Option<u32>) -> Self {
        Self { page, limit }
    }

    /// Number of the page (from 1) and its size.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` when either is out of range.
    pub fn page_and_limit(&self) -> Result<(u32, u32), ApiError> {
        let mut errors = FieldErrors::default();
        let page = self.page.unwrap_or(1);
        if !(1..=MAX_PAGE).contains(&page) {
            let message = format!("must be from 1 to {MAX_PAGE}");
            errors.add("page", "OUT_OF_RANGE", message);
        }
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            let message = format!("must be from 1 to {MAX_LIMIT}");
            errors.add("limit", "OUT_OF_RANGE", message);
        }
        errors.finish(Some((page, limit)))
    }
}
