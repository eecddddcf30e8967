//! Versions of the API in paths: `/v1/…`, `/api/v1/…` and `/api/…` are the same.

use http::{Request, Uri, uri::PathAndQuery};

use crate::error::Failure;

/// The versions that there are; `/api` alone is the last one.
pub(crate) const SUPPORTED: [&str; 1] = ["v1"];

/// Takes the version out of the path of a request.
///
/// # Errors
/// `UnknownVersion`; `Malformed` for a path that gets too long.
pub(crate) fn remove<B>(request: &mut Request<B>) -> Result<(), Failure> {
    let path = request.uri().path();
    let Some((version, rest)) = split(path) else {
        return Ok(());
    };
    if !SUPPORTED.contains(&version) {
        return Err(Failure::UnknownVersion);
    }
    let query = request.uri().query().map(|query| format!("?{query}"));
    let plain = format!("/api{rest}{}", query.unwrap_or_default());
    let plain = PathAndQuery::try_from(plain);
    let plain = plain.map_err(|_| Failure::Malformed("the path is too long"))?;
    *request.uri_mut() = Uri::from(plain);
    Ok(())
}

/// Whether a path names a version, one that there is or not.
pub(crate) fn is_versioned(path: &str) -> bool {
    split(path).is_some()
}

/// The version that a path names, and what comes after it.
fn split(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("/api").unwrap_or(path);
    let rest = rest.strip_prefix('/')?;
    let end = rest.find('/').unwrap_or(rest.len());
    let (version, rest) = rest.split_at(end);
    let number = version.strip_prefix('v')?;
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then_some((version, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_letter_and_a_number_at_the_beginning() {
        assert_eq!(split("/v1/products"), Some(("v1", "/products")));
        assert_eq!(split("/api/v9"), Some(("v9", "")));
        for path in [
            "/",
            "/api",
            "/api/products/v1",
            "/v",
            "/v1x",
            "/vase",
            "/apiv1",
            "//v1",
        ] {
            assert_eq!(split(path), None, "{path}");
        }
    }
}
