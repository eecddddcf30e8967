//! Who sends requests over a connection.

use std::net::IpAddr;

use http::HeaderValue;

/// The client, as far as one can know.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// Its address.
    pub(crate) ip: IpAddr,
    /// The address as text.
    pub(crate) ip_text: HeaderValue,
    /// Whether it speaks HTTPS.
    pub(crate) is_https: bool,
}

impl Visitor {
    /// The visitor at this address.
    pub(crate) fn new(ip: IpAddr, is_https: bool) -> Self {
        // An IPv4 client of a socket that takes both has an IPv6 address.
        let ip = ip.to_canonical();
        // An address as text has no byte that a header may not have.
        let ip_text = HeaderValue::try_from(ip.to_string());
        Self {
            ip,
            ip_text: ip_text.unwrap_or(HeaderValue::from_static("unknown")),
            is_https,
        }
    }
}
