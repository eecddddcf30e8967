//! The client: the other end of the connection, or whom a trusted proxy there speaks for.

use std::net::IpAddr;

use http::HeaderValue;

/// The scheme without TLS.
pub(crate) const HTTP: &str = "http";

/// The scheme with TLS.
pub(crate) const HTTPS: &str = "https";

/// The client, as far as one can know.
#[derive(Clone)]
pub(crate) struct Peer {
    /// Its address.
    pub(crate) ip: IpAddr,
    /// The same, as headers say it.
    pub(crate) ip_header: HeaderValue,
    /// The scheme of what it asks for, [`HTTP`] or [`HTTPS`].
    pub(crate) scheme: &'static str,
}

impl Peer {
    /// The peer at this address, on a connection without TLS.
    ///
    /// None when its address cannot be written in a header, which does not happen.
    pub(crate) fn plain(ip: IpAddr) -> Option<Self> {
        Self::at(ip, HTTP)
    }

    /// The client at this address.
    ///
    /// None when its address cannot be written in a header, which does not happen.
    pub(crate) fn at(ip: IpAddr, scheme: &'static str) -> Option<Self> {
        // An IPv4 client of a socket that takes both kinds has an IPv6 address.
        let ip = ip.to_canonical();
        Some(Self {
            ip,
            ip_header: HeaderValue::try_from(ip.to_string()).ok()?,
            scheme,
        })
    }
}
