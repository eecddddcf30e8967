//! Other names of the API's paths: `/v1/…`, `/api/v1/…` and `/api/…` are the same, and `/auth/…`
//! is `/api/auth/…`. Past the door only the last form exists: no rule can be walked around.

use http::{Request, Uri, uri::PathAndQuery};

use crate::error::Failure;

/// The older name of `/api/auth`.
const AUTH: &str = "/auth";

/// The versions that there are; `/api` alone is the last one.
pub(crate) const SUPPORTED: [&str; 1] = ["v1"];

/// Gives a request the path that services know.
///
/// # Errors
/// `UnknownVersion`; `Malformed` for a path that gets too long.
pub(crate) fn settle<B>(request: &mut Request<B>) -> Result<(), Failure> {
    let path = request.uri().path();
    let rest = match split(path) {
        Some((version, rest)) if SUPPORTED.contains(&version) => rest,
        Some(_) => return Err(Failure::UnknownVersion),
        None if path == AUTH || path.starts_with("/auth/") => path,
        None => return Ok(()),
    };
    let query = request.uri().query().map(|query| format!("?{query}"));
    let plain = format!("/api{rest}{}", query.unwrap_or_default());
    let plain = PathAndQuery::try_from(plain);
    let plain = plain.map_err(|_| Failure::Malformed("the path is too long"))?;
    *request.uri_mut() = Uri::from(plain);
    Ok(())
}

/// Whether a path is another name of one of the API, or would be, if there were such a version.
pub(crate) fn is_other_name(path: &str) -> bool {
    split(path).is_some() || path == AUTH || path.starts_with("/auth/")
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
            "/auth/v1",
            "/apiv1",
            "//v1",
        ] {
            assert_eq!(split(path), None, "{path}");
        }
    }
}
