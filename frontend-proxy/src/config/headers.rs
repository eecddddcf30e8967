//! The section of the configuration file about headers of answers.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use thiserror::Error;

/// `[headers]`: what answers say besides, or instead of what they would say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HeadersSettings {
    /// The browser app: its pages and files.
    pub pages: AnswerHeaders,
    /// Everything else.
    pub api: AnswerHeaders,
}

/// Headers by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct AnswerHeaders(HeaderMap);

/// Why a header cannot be set.
#[derive(Debug, Error)]
pub enum HeaderError {
    /// The name, or what it says, is none.
    #[error("{0:?} is no header, or cannot say that")]
    Malformed(String),
    /// It says where an answer ends, or who it is for.
    #[error("what {0:?} says is up to the proxy")]
    Reserved(String),
}

impl TryFrom<BTreeMap<String, String>> for AnswerHeaders {
    type Error = HeaderError;

    fn try_from(texts: BTreeMap<String, String>) -> Result<Self, HeaderError> {
        let mut headers = HeaderMap::new();
        for (name, value) in texts {
            let pair = name.parse::<HeaderName>().ok();
            let pair = pair.zip(HeaderValue::try_from(value).ok());
            let Some((key, value)) = pair else {
                return Err(HeaderError::Malformed(name));
            };
            if is_reserved(&key) {
                return Err(HeaderError::Reserved(name));
            }
            headers.insert(key, value);
        }
        Ok(Self(headers))
    }
}

impl AnswerHeaders {
    /// Sets them.
    pub(crate) fn set(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.insert(name, value.clone());
        }
    }
}

fn is_reserved(name: &HeaderName) -> bool {
    [
        header::CONNECTION,
        header::CONTENT_ENCODING,
        header::CONTENT_LENGTH,
        header::CONTENT_RANGE,
        header::CONTENT_TYPE,
        header::DATE,
        header::SET_COOKIE,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ]
    .contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_is_none_or_not_ours_to_set_is_refused() {
        let fault = |text: &str| toml::from_str::<HeadersSettings>(text).unwrap_err();

        let name = fault("api = { \"x y\" = \"1\" }").to_string();
        let value = fault("pages = { x = \"a\\nb\" }").to_string();
        let length = fault("pages = { Content-Length = \"0\" }").to_string();

        assert!(name.contains("\"x y\" is no header"), "{name}");
        assert!(value.contains("\"x\" is no header"), "{value}");
        assert!(length.contains("is up to the proxy"), "{length}");
    }
}
