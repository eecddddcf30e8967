//! What somebody wants to see of the catalog, parsed.

use http::StatusCode;
use serde::Deserialize;
use shared::{
    http::{ApiError, PageQuery},
    money::Money,
};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{Object, ObjectBuilder, Type},
};

use crate::listing::{self, CATEGORIES};

/// Longest text to search for (characters).
const MAX_TEXT: usize = 100;

/// Most products to ask for by their ids.
const MAX_IDS: usize = 100;

/// The query string of a list.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BrowseQuery {
    /// Text to look for in names; case, accents and a typing error do not matter.
    #[param(
        nullable = false,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"
    )]
    q: Option<String>,
    /// Only what is in this category.
    #[param(schema_with = listing::category)]
    category: Option<String>,
    /// The lowest price.
    #[param(schema_with = price)]
    min: Option<String>,
    /// The highest price.
    #[param(schema_with = price)]
    max: Option<String>,
    /// Only what is on stock.
    #[param(nullable = false, default = false)]
    in_stock: Option<bool>,
    /// Without it and with `q`, the best match comes first.
    #[param(inline, nullable = false)]
    sort: Option<Sort>,
    /// Only these products, 100 at most, as `1,2,3`.
    #[param(nullable = false, pattern = "^([0-9]{1,9}(,[0-9]{1,9}){0,99})?$")]
    ids: Option<String>,
    /// Number of the page.
    #[param(nullable = false, minimum = 1, maximum = 10_000, default = 1)]
    page: Option<u32>,
    /// Most products of a page.
    #[param(nullable = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sort {
    Newest,
    PriceAsc,
    PriceDesc,
    Name,
}

/// A wish that can be fulfilled.
#[derive(Debug)]
pub(crate) struct Browse {
    /// Not empty, and plain text.
    pub(crate) text: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) min: Option<Money>,
    pub(crate) max: Option<Money>,
    /// Only what is on stock; otherwise everything.
    pub(crate) is_in_stock: bool,
    pub(crate) ids: Option<Vec<i32>>,
    /// Absent: the best match first, or the newest where no text is searched for.
    pub(crate) sort: Option<Sort>,
    pub(crate) page: u32,
    pub(crate) limit: u32,
}

impl BrowseQuery {
    /// Whether the caller asked for anything in particular.
    pub(crate) fn is_present(&self) -> bool {
        let texts = [&self.q, &self.category, &self.min, &self.max, &self.ids];
        texts.into_iter().any(Option::is_some)
            || self.in_stock.is_some()
            || self.sort.is_some()
            || self.page.is_some()
            || self.limit.is_some()
    }

    /// The wish, or 400 `BAD_QUERY`; a page that is out of range is 400 `VALIDATION_ERROR`.
    pub(crate) fn parse(self) -> Result<Browse, ApiError> {
        let (page, limit) = PageQuery::new(self.page, self.limit).page_and_limit()?;
        Ok(Browse {
            text: self.q.map_or(Ok(None), |text| parse_text(&text))?,
            category: self.category.map(parse_category).transpose()?,
            min: self.min.map(|it| parse_price("min", &it)).transpose()?,
            max: self.max.map(|it| parse_price("max", &it)).transpose()?,
            is_in_stock: self.in_stock.unwrap_or_default(),
            ids: self.ids.map(|ids| parse_ids(&ids)).transpose()?,
            sort: self.sort,
            page,
            limit,
        })
    }
}

fn price() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[0-9]{1,8}([.][0-9]{1,2})?$"))
        .build()
}

fn bad_query(message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "BAD_QUERY", message)
}

fn parse_text(text: &str) -> Result<Option<String>, ApiError> {
    let text = text.trim();
    // PostgreSQL cannot read a zero byte, and no other control character is part of a name.
    if text.chars().count() > MAX_TEXT || text.chars().any(char::is_control) {
        let message = format!("q must be plain text of at most {MAX_TEXT} characters");
        return Err(bad_query(message));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn parse_category(category: String) -> Result<String, ApiError> {
    if CATEGORIES.contains(&category.as_str()) {
        return Ok(category);
    }
    let message = format!("category must be one of {}", CATEGORIES.join(", "));
    Err(bad_query(message))
}

fn parse_price(name: &str, text: &str) -> Result<Money, ApiError> {
    text.parse()
        .map_err(|error| bad_query(format!("{name}: {error}")))
}

fn parse_ids(list: &str) -> Result<Vec<i32>, ApiError> {
    let ids: Result<Vec<i32>, _> = list
        .split(',')
        .filter(|id| !id.is_empty())
        .map(str::parse)
        .collect();
    ids.ok()
        .filter(|ids| ids.len() <= MAX_IDS)
        .ok_or_else(|| bad_query(format!("ids must be at most {MAX_IDS} ids, 1,2,3")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(change: impl FnOnce(&mut BrowseQuery)) -> Result<Browse, ApiError> {
        let mut query = BrowseQuery::default();
        change(&mut query);
        query.parse()
    }

    #[test]
    fn nothing_asked_for_is_the_first_page_of_everything() {
        let browse = parse(|_| ()).unwrap();

        assert!(!BrowseQuery::default().is_present());
        assert_eq!((browse.page, browse.limit), (1, 20));
        assert!(!browse.is_in_stock);
        assert_eq!(browse.text, None);
    }

    #[test]
    fn what_cannot_be_searched_for_is_refused() {
        let text = |text: &str| parse(|it| it.q = Some(text.to_owned()));

        assert_eq!(text("  a lamp ").unwrap().text.as_deref(), Some("a lamp"));
        assert_eq!(text("  ").unwrap().text, None);
        assert!(text(&"\u{e9}".repeat(MAX_TEXT)).is_ok());
        assert!(text(&"e".repeat(MAX_TEXT + 1)).is_err());
        assert!(text("a\0b").is_err());
    }

    #[test]
    fn prices_categories_and_ids_have_their_form() {
        let price = |text: &str| parse(|it| it.min = Some(text.to_owned()));
        let category = |text: &str| parse(|it| it.category = Some(text.to_owned()));
        let ids = |text: &str| parse(|it| it.ids = Some(text.to_owned()));

        assert!(price("9.99").is_ok() && price("-1").is_err() && price("x").is_err());
        assert!(category("Toys").is_ok() && category("toys").is_err());
        assert_eq!(ids("3,1").unwrap().ids, Some(vec![3, 1]));
        assert!(ids("1,x").is_err() && ids(&"1,".repeat(101)).is_err());
    }
}
