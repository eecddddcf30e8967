//! A postal address, as people type it and as an order keeps it.

use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{Object, Schema},
};

use crate::{api::fields, http::FieldErrors};

/// An address whose every field was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Address {
    /// Who receives it: 1 to 100 characters.
    pub name: String,
    /// Street and number: 1 to 200 characters.
    pub line1: String,
    /// Floor, company and the like: up to 200 characters.
    #[schema(required)]
    pub line2: Option<String>,
    /// 1 to 100 characters.
    pub city: String,
    /// 1 to 20 characters.
    pub postal_code: String,
    /// Two capital letters (ISO 3166-1 alpha-2); whether the country exists is not checked.
    #[schema(pattern = "^[A-Z]{2}$", example = "JP")]
    pub country: String,
}

/// A new address as a client sends it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    /// Who receives it.
    #[schema(schema_with = line_100, required)]
    name: Option<String>,
    /// Street and number.
    #[schema(schema_with = line_200, required)]
    line1: Option<String>,
    /// Floor, company and the like.
    #[schema(max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    line2: Option<String>,
    #[schema(schema_with = line_100, required)]
    city: Option<String>,
    #[schema(schema_with = line_20, required)]
    postal_code: Option<String>,
    /// ISO 3166-1 alpha-2; whether the country exists is not checked.
    #[schema(required, nullable = false, pattern = "^[A-Za-z]{2}$", example = "JP")]
    country: Option<String>,
}

/// What changes about an address that is there; what is absent, or `null`, stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressChange {
    /// Who receives it.
    #[schema(schema_with = optional_line_100)]
    name: Option<String>,
    /// Street and number.
    #[schema(schema_with = optional_line_200)]
    line1: Option<String>,
    /// Floor, company and the like; an empty text removes it.
    #[schema(max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    line2: Option<String>,
    #[schema(schema_with = optional_line_100)]
    city: Option<String>,
    #[schema(schema_with = optional_line_20)]
    postal_code: Option<String>,
    /// ISO 3166-1 alpha-2; whether the country exists is not checked.
    #[schema(pattern = "^[A-Za-z]{2}$", example = "JP")]
    country: Option<String>,
}

impl AddressBody {
    /// Checks every field and reports all that is wrong at once. What is absent stays as it was
    /// `before`; an empty `line2` removes that line.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn parse(self, before: Option<Address>) -> Result<Address, FieldErrors> {
        let before = before.map(Self::from).unwrap_or_default();
        let mut errors = FieldErrors::default();
        let mut line = |field, sent: Option<String>, before: Option<String>, longest| {
            let text = sent.or(before).unwrap_or_default();
            errors.check(field, line_of(&text, longest))
        };
        let name = line("name", self.name, before.name, 100);
        let line1 = line("line1", self.line1, before.line1, 200);
        let city = line("city", self.city, before.city, 100);
        let postal_code = line("postal_code", self.postal_code, before.postal_code, 20);
        let line2 = self.line2.or(before.line2);
        let line2 = line2.filter(|text| !text.trim().is_empty());
        let line2 = line2.map(|text| errors.check("line2", line_of(&text, 200)));
        let code = self.country.or(before.country).unwrap_or_default();
        let country = errors.check("country", country_of(&code));
        let all = name.zip(line1).zip(city).zip(postal_code).zip(country);
        let all = all.map(|((((name, line1), city), postal_code), country)| Address {
            name,
            line1,
            line2: line2.flatten(),
            city,
            postal_code,
            country,
        });
        errors.or(all)
    }
}

impl From<Address> for AddressBody {
    fn from(address: Address) -> Self {
        Self {
            name: Some(address.name),
            line1: Some(address.line1),
            line2: address.line2,
            city: Some(address.city),
            postal_code: Some(address.postal_code),
            country: Some(address.country),
        }
    }
}

impl From<AddressChange> for AddressBody {
    fn from(change: AddressChange) -> Self {
        Self {
            name: change.name,
            line1: change.line1,
            line2: change.line2,
            city: change.city,
            postal_code: change.postal_code,
            country: change.country,
        }
    }
}

fn line_100() -> Object {
    fields::line(100)
}

fn line_200() -> Object {
    fields::line(200)
}

fn line_20() -> Object {
    fields::line(20)
}

fn optional_line_100() -> Schema {
    fields::optional(line_100())
}

fn optional_line_200() -> Schema {
    fields::optional(line_200())
}

fn optional_line_20() -> Schema {
    fields::optional(line_20())
}

fn line_of(text: &str, longest: usize) -> Result<String, (&'static str, String)> {
    let text = text.trim();
    if text.is_empty() {
        return Err(("REQUIRED", "must not be empty".to_owned()));
    }
    if text.chars().count() > longest {
        return Err((
            "TOO_LONG",
            format!("must have at most {longest} characters"),
        ));
    }
    // PostgreSQL keeps no zero character, and a line is one line.
    if text.chars().any(char::is_control) {
        return Err(("CONTROL_CHARACTER", "must be one line of text".to_owned()));
    }
    Ok(text.to_owned())
}

fn country_of(text: &str) -> Result<String, (&'static str, String)> {
    let code = text.trim().to_ascii_uppercase();
    if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(code);
    }
    let message = "must be a country code of two letters, such as JP".to_owned();
    Err(("COUNTRY", message))
}
