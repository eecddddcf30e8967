//! Addresses of services, as flags and the file write them.

use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

/// The addresses of one service, each `host:port`; none when the service is not installed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Addresses(pub(crate) Vec<String>);

/// An address that is not `host:port`.
#[derive(Debug, Error)]
#[error("{0:?} is not host:port")]
pub struct AddressError(String);

impl FromStr for Addresses {
    type Err = AddressError;

    fn from_str(list: &str) -> Result<Self, AddressError> {
        list.split(',')
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .map(|address| checked(address.to_owned()))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl TryFrom<Vec<String>> for Addresses {
    type Error = AddressError;

    fn try_from(list: Vec<String>) -> Result<Self, AddressError> {
        let checked: Result<_, _> = list.into_iter().map(checked).collect();
        checked.map(Self)
    }
}

fn checked(address: String) -> Result<String, AddressError> {
    let is_address = address
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if is_address {
        return Ok(address);
    }
    Err(AddressError(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_addresses_may_be_empty_but_not_wrong() {
        let read = |list: &str| list.parse::<Addresses>().map(|addresses| addresses.0);

        assert_eq!(read("a:1, [::1]:2").unwrap(), ["a:1", "[::1]:2"]);
        assert_eq!(read("").unwrap(), Vec::<String>::new());
        assert!(read("orders").is_err());
        assert!(read("orders:http").is_err());
        assert!(read(":80").is_err());
    }
}
