//! Proxies in front of this one, whose word about the client is believed.

use std::{net::IpAddr, str::FromStr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use serde::Deserialize;
use thiserror::Error;

use crate::{
    headers::list,
    peer::{HTTP, HTTPS, Peer},
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// The networks that trusted proxies are in; none by default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct TrustedProxies(Vec<IpNet>);

/// Text that is neither an address nor a network.
#[derive(Debug, Error)]
#[error("{0:?} is no address and no network such as 10.0.0.0/8")]
pub struct NetworkError(String);

impl TryFrom<Vec<String>> for TrustedProxies {
    type Error = NetworkError;

    fn try_from(networks: Vec<String>) -> Result<Self, NetworkError> {
        let networks = networks.iter().map(|text| parse(text));
        networks.collect::<Result<_, _>>().map(Self)
    }
}

/// Networks by commas.
impl FromStr for TrustedProxies {
    type Err = NetworkError;

    fn from_str(list: &str) -> Result<Self, NetworkError> {
        let networks = list.split(',').map(str::trim);
        let networks = networks.filter(|text| !text.is_empty()).map(parse);
        networks.collect::<Result<_, _>>().map(Self)
    }
}

fn parse(text: &str) -> Result<IpNet, NetworkError> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    let network = address.or_else(|_| text.parse());
    network.map_err(|_| NetworkError(text.to_owned()))
}

impl TrustedProxies {
    /// Who sent a request that came over a connection of `peer`.
    ///
    /// Each proxy appends whom it saw, so the list is read from its end: the first address that
    /// is not a trusted proxy's is the client. What stands before it the client may have made up.
    pub(crate) fn client(&self, peer: Peer, headers: &HeaderMap) -> Peer {
        if !self.trusts(peer.ip) {
            return peer;
        }
        let scheme = match list(headers, X_FORWARDED_PROTO).next_back() {
            Some(scheme) if scheme.eq_ignore_ascii_case(HTTPS) => HTTPS,
            Some(_) => HTTP,
            None => peer.scheme,
        };
        let mut ip = peer.ip;
        let names = if headers.contains_key(X_FORWARDED_FOR) {
            list(headers, X_FORWARDED_FOR)
        } else {
            list(headers, X_REAL_IP)
        };
        for name in names.rev() {
            // Who writes nonsense is the last one that can be named.
            let Some(before) = address(name) else {
                break;
            };
            ip = before;
            if !self.trusts(ip) {
                break;
            }
        }
        Peer::at(ip, scheme).unwrap_or(peer)
    }

    pub(crate) fn trusts(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&ip))
    }
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().map(|it: std::net::SocketAddr| it.ip()).ok();
    let ip = text.parse().ok().or_else(with_port);
    ip.map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn seen(peer: &str, pairs: &[(&'static str, &'static str)]) -> (String, bool) {
        let trusted: TrustedProxies = "10.0.0.0/8, 192.0.2.1,fd00::/8".parse().unwrap();
        let mut headers = HeaderMap::new();
        for &(name, value) in pairs {
            headers.append(name, HeaderValue::from_static(value));
        }
        let peer = Peer::plain(peer.parse().unwrap()).unwrap();
        let client = trusted.client(peer, &headers);
        (client.ip.to_string(), client.scheme == HTTPS)
    }

    fn client(peer: &str, forwarded_for: &'static str) -> String {
        seen(peer, &[("x-forwarded-for", forwarded_for)]).0
    }

    #[test]
    fn the_client_is_the_last_that_is_no_trusted_proxy() {
        assert_eq!(client("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(client("10.0.0.1", "6.6.6.6, 198.51.100.7"), "198.51.100.7");
        assert_eq!(
            client("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.2.3.4"),
            "198.51.100.7"
        );
        assert_eq!(client("fd00::1", "[2001:db8::7]:4711"), "2001:db8::7");
        assert_eq!(
            client("::ffff:10.0.0.1", "::ffff:198.51.100.7"),
            "198.51.100.7"
        );
        let lines = [
            ("x-forwarded-for", "6.6.6.6"),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        assert_eq!(seen("10.0.0.1", &lines).0, "198.51.100.7");
    }

    #[test]
    fn nobody_else_is_believed() {
        assert_eq!(client("198.51.100.9", "6.6.6.6"), "198.51.100.9");
        assert_eq!(client("192.0.2.2", "6.6.6.6"), "192.0.2.2");
        let (_, is_https) = seen("198.51.100.9", &[("x-forwarded-proto", "https")]);
        assert!(!is_https);
    }

    #[test]
    fn nonsense_of_a_trusted_proxy_makes_it_the_client() {
        assert_eq!(client("10.0.0.1", "6.6.6.6, unknown"), "10.0.0.1");
        assert_eq!(client("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(client("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
    }

    #[test]
    fn bytes_that_are_no_text_are_nonsense_and_hide_no_address() {
        let trusted: TrustedProxies = "10.0.0.0/8".parse().unwrap();
        let client = |list: &[u8]| {
            let list = HeaderValue::from_bytes(list).unwrap();
            let headers = HeaderMap::from_iter([(X_FORWARDED_FOR, list)]);
            let peer = Peer::plain("10.0.0.1".parse().unwrap()).unwrap();
            trusted.client(peer, &headers).ip.to_string()
        };

        assert_eq!(client(b"\xff, 198.51.100.7"), "198.51.100.7");
        assert_eq!(client(b"6.6.6.6, \xff"), "10.0.0.1");
    }

    #[test]
    fn a_trusted_proxy_may_use_its_own_words() {
        let real = [
            ("x-real-ip", "198.51.100.7"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(seen("192.0.2.1", &real), ("198.51.100.7".to_owned(), true));
        let twice = [("x-forwarded-proto", "https, http")];
        assert!(!seen("192.0.2.1", &twice).1, "the nearest proxy knows best");
    }

    #[test]
    fn a_network_that_is_none_is_refused() {
        assert!("10.0.0.0/33".parse::<TrustedProxies>().is_err());
        assert!("cloudflare".parse::<TrustedProxies>().is_err());
        assert!("".parse::<TrustedProxies>().unwrap().0.is_empty());
    }
}
