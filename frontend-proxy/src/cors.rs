//! Which other sites may use the API from their pages (Cross-Origin Resource Sharing).

use http::HeaderValue;

/// The sites that may; none, unless the configuration names some.
#[derive(Debug, Default)]
pub(crate) struct Cors {
    origins: Vec<HeaderValue>,
}

impl Cors {
    /// Whether pages of this origin may use the API.
    pub(crate) fn lists(&self, origin: &HeaderValue) -> bool {
        self.origins.contains(origin)
    }
}
