//! Headers that tell browsers what they must not do with an answer.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Only pages of this site may embed the answer; a list of other sites is read by CORS, which
/// this does not concern.
const RESOURCE_POLICY: (HeaderName, HeaderValue) = (
    HeaderName::from_static("cross-origin-resource-policy"),
    HeaderValue::from_static("same-origin"),
);

/// The type is what the answer says and not what it looks like.
const NO_SNIFFING: (HeaderName, HeaderValue) = (
    header::X_CONTENT_TYPE_OPTIONS,
    HeaderValue::from_static("nosniff"),
);

/// What an answer for programs may load when a browser shows it as a page, and who may frame it.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// No cache on the way may keep what may be about somebody; the client asks again each time.
const OWN_USE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Whether a header names a program that an answer went through: of use to those who look for
/// holes in it.
pub(crate) fn is_telltale(name: &HeaderName) -> bool {
    matches!(name.as_str(), "server" | "x-powered-by")
}

/// What every file of the browser app is served with.
pub(crate) const OF_FILES: [(HeaderName, HeaderValue); 2] = [NO_SNIFFING, RESOURCE_POLICY];

/// What its pages are served with besides.
pub(crate) const OF_PAGES: [(HeaderName, HeaderValue); 3] = [
    // Addresses of this site tell other sites nothing. Not `no-referrer`: a form would then say
    // that it comes from nowhere.
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    // A window that was opened from another site is out of that site's reach.
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), midi=(), \
             display-capture=()",
        ),
    ),
];

/// Makes harmless what is no file of the browser app. A policy that the service set itself stays.
pub(crate) fn protect(headers: &mut HeaderMap) {
    let (name, value) = NO_SNIFFING;
    headers.insert(name, value);
    let (name, value) = RESOURCE_POLICY;
    headers.entry(name).or_insert(value);
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(NOTHING);
    headers.entry(header::CACHE_CONTROL).or_insert(OWN_USE);
}
