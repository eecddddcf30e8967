//! Section `[rate_limits]` of the configuration.

use std::{num::NonZero, time::Duration};

use http::Method;
use serde::Deserialize;

/// What is limited, and to what.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitSettings {
    /// Whether anything is.
    pub enabled: bool,
    /// All requests of the API that come from one IPv4 address or one /64 of IPv6.
    pub per_address: QuotaSettings,
    /// Longest wait of a request for Redis (milliseconds); after it this proxy counts alone.
    pub redis_deadline_ms: u64,
    /// Classes of routes with a limit of their own. A list in the file replaces the default one.
    #[serde(rename = "class")]
    pub classes: Vec<ClassSettings>,
}

/// So many requests in so many seconds: a bucket of `burst` tokens that fills at that rate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaSettings {
    /// How many.
    pub requests: NonZero<u32>,
    /// In which time.
    pub seconds: NonZero<u32>,
    /// How many at once after a rest; `requests` when absent.
    pub burst: Option<NonZero<u32>>,
}

/// One `[[rate_limits.class]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassSettings {
    /// Its name in metrics and Redis.
    pub name: String,
    /// The methods that count.
    pub methods: Vec<Verb>,
    /// The paths that count, as services know them; `{id}` stands for any one segment.
    pub paths: Vec<String>,
    /// Who has a bucket.
    pub per: Per,
    /// As in [`QuotaSettings`].
    pub requests: NonZero<u32>,
    /// As in [`QuotaSettings`].
    pub seconds: NonZero<u32>,
    /// As in [`QuotaSettings`].
    pub burst: Option<NonZero<u32>>,
}

/// Who has a bucket of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// A user, wherever they are; the address of somebody who is not signed in.
    User,
    /// An address, whoever is there.
    Address,
}

/// A method that changes something, or reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Default for RateLimitSettings {
    /// A page of the shop asks for some twenty things at once and then for one now and then: many
    /// people can sit behind one address before they meet these limits.
    fn default() -> Self {
        let of = |name: &str, methods: &[Verb], paths: &[&str], per, requests| ClassSettings {
            name: name.to_owned(),
            methods: methods.to_vec(),
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
            per,
            requests: positive(requests),
            seconds: positive(60),
            burst: None,
        };
        Self {
            enabled: true,
            per_address: QuotaSettings {
                requests: positive(50),
                seconds: positive(1),
                burst: Some(positive(100)),
            },
            redis_deadline_ms: 50,
            classes: vec![
                of("orders", &[Verb::Post], &["/api/orders"], Per::User, 10),
                of(
                    "logins",
                    &[Verb::Post],
                    &["/api/auth/login", "/api/auth/signup"],
                    Per::Address,
                    5,
                ),
                // Each begins a session, which Redis keeps for a day.
                of(
                    "demos",
                    &[Verb::Post, Verb::Get],
                    &["/api/auth/demo-login", "/api/auth/demo"],
                    Per::Address,
                    30,
                ),
                // Each says whether a name is taken, and is told to every process.
                of("accounts", &[Verb::Patch], &["/api/auth/me"], Per::User, 10),
            ],
        }
    }
}

/// This number, or 1 in place of 0.
fn positive(number: u32) -> NonZero<u32> {
    NonZero::new(number).unwrap_or(NonZero::<u32>::MIN)
}

impl RateLimitSettings {
    /// No limits, as for load tests.
    pub fn off() -> Self {
        Self {
            enabled: false,
            ..Self::default()
        }
    }

    pub(super) fn redis_deadline(&self) -> Duration {
        Duration::from_millis(self.redis_deadline_ms)
    }
}

impl ClassSettings {
    pub(super) fn quota(&self) -> QuotaSettings {
        QuotaSettings {
            requests: self.requests,
            seconds: self.seconds,
            burst: self.burst,
        }
    }
}

impl From<Verb> for Method {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Get => Self::GET,
            Verb::Post => Self::POST,
            Verb::Put => Self::PUT,
            Verb::Patch => Self::PATCH,
            Verb::Delete => Self::DELETE,
        }
    }
}
