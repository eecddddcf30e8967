//! Who sends a request, as far as the network tells.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
};

use axum::extract::FromRequestParts;
use http::{HeaderName, header, request::Parts};

/// The header in which the proxy says where a request came from; nobody else can reach the
/// service.
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Address and browser of a client.
pub(crate) struct Client {
    /// Unspecified without a proxy in front.
    pub(crate) address: IpAddr,
    /// Empty when it does not say.
    pub(crate) user_agent: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let text = |name| parts.headers.get(name)?.to_str().ok();
        let address = text(X_REAL_IP).and_then(|text| text.parse().ok());
        Ok(Self {
            address: address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
            user_agent: text(header::USER_AGENT).unwrap_or_default().to_owned(),
        })
    }
}
