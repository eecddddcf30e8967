//! The sections of the configuration file that add paths to the API.

use serde::Deserialize;
use thiserror::Error;

use super::{ConfigError, Settings, file::Source};
use crate::route_table::Access;

/// One `[[location]]`: paths that belong to a service beside the three of the mesh.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocationSettings {
    /// What the paths begin with, up to the end of a segment; the longest beginning counts.
    pub prefix: Prefix,
    /// Who answers: `auth`, `products`, `orders`, or the name of another section of `[upstreams]`.
    pub upstream: String,
    /// Who may pass.
    #[serde(default)]
    pub access: Access,
}

/// The beginning of paths of the API, such as `/api/reports`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Prefix(String);

/// Why a location leads nowhere.
#[derive(Debug, Error)]
pub enum LocationError {
    /// It is no path of the API.
    #[error("a location begins with /api/ and has names of letters, digits, - and _ only")]
    Prefix,
    /// There is no such section.
    #[error("there is no [upstreams.{0}]")]
    NoUpstream(String),
    /// Nobody is asked.
    #[error("[upstreams.{0}] has no addresses")]
    NoAddress(String),
    /// Another location has it.
    #[error("{0} has a location already")]
    Twice(String),
    /// Nothing leads there.
    #[error("no location leads to [upstreams.{0}]")]
    Idle(String),
}

impl TryFrom<String> for Prefix {
    type Error = LocationError;

    fn try_from(text: String) -> Result<Self, LocationError> {
        let names = text.strip_prefix("/api/").ok_or(LocationError::Prefix)?;
        let is_name = |name: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            !name.is_empty() && name.bytes().all(is_plain)
        };
        if names.split('/').all(is_name) {
            return Ok(Self(text));
        }
        Err(LocationError::Prefix)
    }
}

impl Prefix {
    /// The path.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Source<'_> {
    /// Looks for a location that leads nowhere, and for a service that none leads to: a name that was
    /// written wrong is one of both.
    pub(super) fn check_locations(&self, settings: &Settings) -> Result<(), ConfigError> {
        let (locations, upstreams) = (&settings.locations, &settings.upstreams);
        for (index, location) in locations.iter().enumerate() {
            let number = index.to_string();
            let fault = |key, error| Err(self.fault_at(&["location", &number, key], &error));
            let name = location.upstream.clone();
            let Some(upstream) = upstreams.named(&name) else {
                return fault("upstream", LocationError::NoUpstream(name));
            };
            if upstream.addresses.as_ref().is_none_or(|it| it.0.is_empty()) {
                return fault("upstream", LocationError::NoAddress(name));
            }
            let prefix = location.prefix.as_str();
            let mut earlier = locations.iter().take(index);
            if earlier.any(|it| it.prefix.as_str() == prefix) {
                return fault("prefix", LocationError::Twice(prefix.to_owned()));
            }
        }
        let mut names = upstreams.others.keys();
        let is_idle = |name: &&String| !locations.iter().any(|it| it.upstream == **name);
        match names.find(is_idle) {
            Some(name) => {
                Err(self.fault_at(&["upstreams", name], &LocationError::Idle(name.clone())))
            }
            None => Ok(()),
        }
    }
}
