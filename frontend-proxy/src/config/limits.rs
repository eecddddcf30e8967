//! The section of the configuration file about what one client may take.

use std::time::Duration;

use serde::Deserialize;

/// `[limits]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Connections at one time.
    pub max_connections: usize,
    /// Connections of one address, or one /64 of IPv6, at one time; those of trusted proxies are
    /// not counted.
    pub max_connections_per_client: usize,
    /// Longest head of a request, at least 8192 bytes.
    pub max_head_bytes: HeadBytes,
    /// Longest path with its query (bytes).
    pub max_url_bytes: usize,
    /// How long a client may take to send the head of a request, and stay idle before it.
    #[serde(with = "humantime_serde")]
    pub head_deadline: Duration,
    /// How long a connection of HTTP/2 stays open without a new request; others, as long as a
    /// head may take.
    #[serde(with = "humantime_serde")]
    pub idle_deadline: Duration,
    /// How long a client may take to send `min_body_bytes` of a body, or the rest of it; the time
    /// that it waits for us does not count.
    #[serde(with = "humantime_serde")]
    pub body_deadline: Duration,
    /// What a client must send of a body in `body_deadline`.
    pub min_body_bytes: usize,
    /// How long a client may take none of what is sent to it.
    #[serde(with = "humantime_serde")]
    pub stall_deadline: Duration,
}

/// The longest head of a request (bytes).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u32")]
pub struct HeadBytes(u32);

impl TryFrom<u32> for HeadBytes {
    type Error = &'static str;

    fn try_from(bytes: u32) -> Result<Self, Self::Error> {
        match bytes {
            8192..=1_048_576 => Ok(Self(bytes)),
            _ => Err("a head has a limit of 8192 to 1048576 bytes"),
        }
    }
}

impl HeadBytes {
    /// The number.
    pub(crate) fn get(self) -> u32 {
        self.0
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            max_connections: 16384,
            max_connections_per_client: 1024,
            max_head_bytes: HeadBytes(32 * 1024),
            max_url_bytes: 8 * 1024,
            head_deadline: Duration::from_secs(10),
            idle_deadline: Duration::from_mins(1),
            body_deadline: Duration::from_secs(10),
            min_body_bytes: 4 * 1024,
            stall_deadline: Duration::from_secs(30),
        }
    }
}
