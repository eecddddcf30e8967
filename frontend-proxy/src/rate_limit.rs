//! How many requests one client may send: token buckets, for each address over the whole API, and
//! for each user or address over a class of routes.
//!
//! - The bucket of an **address** is in this process, so that a request costs no round trip. What
//!   was taken from it is reported to Redis a tenth of the bucket at a time, and the answer says
//!   what is left after all proxies: n proxies let through at most n − 1 tenths too much at once,
//!   and nothing too much in the long run.
//! - The bucket of a **class** is in Redis: one script for each decision, exact for any number of
//!   proxies.
//! - While Redis does not answer, both are in this process alone.

mod bucket;
mod remote;
mod settings;
mod table;

use std::{net::IpAddr, sync::Arc, time::Instant};

use http::{Method, Request};
use metrics::{Counter, counter};
use shared::{id::UserId, redis::Redis};

pub use self::settings::{ClassSettings, Per, QuotaSettings, RateLimitSettings, Verb};
use self::{
    bucket::Limit,
    remote::Remote,
    table::{Key, Subject},
};
pub(crate) use self::{bucket::Standing, table::Table};
use crate::{error::Failure, path_template, peer::Peer};

/// All limits, and who has used how much of them.
pub(crate) struct RateLimits {
    per_address: Class,
    classes: Vec<Arc<Class>>,
    table: Arc<Table>,
    remote: Option<Remote>,
}

/// Routes with a limit of their own.
pub(crate) struct Class {
    name: Arc<str>,
    verbs: Vec<Method>,
    /// Templates, such as `/api/orders/{id}`.
    paths: Vec<String>,
    per: Per,
    limit: Limit,
    refused: Counter,
}

impl RateLimits {
    /// The limits of these settings; none when they are switched off. Without a Redis each proxy
    /// counts alone.
    pub(crate) fn new(
        settings: &RateLimitSettings,
        redis: Option<&Redis>,
        table: Arc<Table>,
    ) -> Option<Self> {
        if !settings.enabled {
            return None;
        }
        let address = Class::new("address", &settings.per_address);
        let classes = settings.classes.iter().map(|class| {
            Arc::new(Class {
                verbs: class.methods.iter().map(|&verb| verb.into()).collect(),
                paths: class.paths.clone(),
                per: class.per,
                ..Class::new(&class.name, &class.quota())
            })
        });
        Some(Self {
            per_address: address,
            classes: classes.collect(),
            table,
            remote: redis.map(|redis| Remote::new(redis.clone(), settings.redis_deadline())),
        })
    }

    /// Counts a request of the API for the address that it comes from.
    ///
    /// # Errors
    /// `RateLimited`.
    pub(crate) fn admit(&self, client: &Peer) -> Result<(), Failure> {
        let class = &self.per_address;
        let key = Key::new(&class.name, Subject::of(client.ip));
        let bucket = self.table.bucket(&key);
        let standing = bucket.take(&class.limit, self.table.now());
        if let Some(remote) = &self.remote
            && let Some(count) = bucket.owed(&class.limit, standing)
        {
            let (limit, table) = (class.limit, Arc::clone(&self.table));
            remote.report(&key, &limit, count, move |ahead| {
                bucket.learn(&limit, table.now(), ahead);
            });
        }
        class.verdict(standing)
    }

    /// The class of routes that a request belongs to.
    pub(crate) fn class_of<B>(&self, request: &Request<B>) -> Option<Arc<Class>> {
        let class = self.classes.iter().find(|class| class.covers(request));
        class.map(Arc::clone)
    }

    /// Counts a request for a class; how the client stands then goes into the answer.
    ///
    /// # Errors
    /// `RateLimited`.
    pub(crate) async fn admit_to(
        &self,
        class: &Class,
        ip: IpAddr,
        user: Option<UserId>,
    ) -> Result<Standing, Failure> {
        let subject = match (class.per, user) {
            (Per::User, Some(user)) => Subject::User(user),
            _ => Subject::of(ip),
        };
        let key = Key::new(&class.name, subject);
        let bucket = self.table.bucket(&key);
        let standing = match &self.remote {
            Some(remote) => remote.take(&key, &class.limit).await,
            None => None,
        };
        let standing = match standing {
            Some(standing) => {
                // Should Redis go away now, this process goes on where it was.
                bucket.learn(&class.limit, self.table.now(), standing.ahead);
                standing
            }
            None => bucket.take(&class.limit, self.table.now()),
        };
        class.verdict(standing).map(|()| standing)
    }
}

impl Class {
    fn new(name: &str, quota: &QuotaSettings) -> Self {
        Self {
            name: name.into(),
            verbs: Vec::new(),
            paths: Vec::new(),
            per: Per::Address,
            limit: Limit::new(quota),
            refused: counter!("proxy_rate_limited_total", "class" => name.to_owned()),
        }
    }

    fn covers<B>(&self, request: &Request<B>) -> bool {
        let path = request.uri().path();
        // A service does for HEAD all that it does for GET.
        let method = match request.method() {
            &Method::HEAD => &Method::GET,
            method => method,
        };
        self.verbs.contains(method) && self.paths.iter().any(|it| path_template::covers(it, path))
    }

    fn verdict(&self, standing: Standing) -> Result<(), Failure> {
        if standing.is_allowed {
            return Ok(());
        }
        self.refused.increment(1);
        Err(Failure::RateLimited(standing))
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
