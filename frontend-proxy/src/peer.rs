//! The client's end of a connection.

use std::net::IpAddr;

use http::HeaderValue;

/// Whom the connection shows on its other end.
#[derive(Clone)]
pub(crate) struct Peer {
    /// Its address.
    pub(crate) ip: IpAddr,
    /// The same, as headers say it.
    pub(crate) ip_header: HeaderValue,
    /// The scheme of what it asks for: `http` or `https`.
    pub(crate) scheme: &'static str,
}

impl Peer {
    /// The peer at this address, on a connection without TLS.
    ///
    /// None when its address cannot be written in a header, which does not happen.
    pub(crate) fn plain(ip: IpAddr) -> Option<Self> {
        Some(Self {
            ip,
            ip_header: HeaderValue::try_from(ip.to_string()).ok()?,
            scheme: "http",
        })
    }
}
