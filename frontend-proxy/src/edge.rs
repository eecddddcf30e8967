//! What the door asks of every request before it looks for whom it is.

use std::{net::IpAddr, sync::Arc};

use http::Request;
use shared::{id::UserId, redis::Redis};

use crate::{
    config::Settings,
    cors::Cors,
    error::Failure,
    peer::Peer,
    rate_limit::{Class, RateLimits, Standing, Table},
    trusted_proxies::TrustedProxies,
};

/// All of it, as the configuration wants it; shared by all workers.
pub(crate) struct Edge {
    pub(crate) cors: Cors,
    pub(crate) trusted_proxies: TrustedProxies,
    rate_limits: Option<RateLimits>,
}

/// What outlives a reading of the configuration.
#[derive(Clone, Default)]
pub struct Lasting {
    redis: Option<Redis>,
    table: Arc<Table>,
}

impl Lasting {
    /// With a Redis that all proxies share; without one each counts requests alone.
    pub fn with(redis: Redis) -> Self {
        Self {
            redis: Some(redis),
            ..Self::default()
        }
    }
}

impl Edge {
    /// What these settings ask for.
    pub(crate) fn new(settings: &Settings, lasting: &Lasting) -> Self {
        let table = Arc::clone(&lasting.table);
        Self {
            cors: Cors::new(&settings.cors),
            trusted_proxies: settings.trusted_proxies.clone().unwrap_or_default(),
            rate_limits: RateLimits::new(&settings.rate_limits, lasting.redis.as_ref(), table),
        }
    }

    /// Counts a request of the API for its address.
    ///
    /// # Errors
    /// `RateLimited`.
    pub(crate) fn admit(&self, client: &Peer) -> Result<(), Failure> {
        self.rate_limits
            .as_ref()
            .map_or(Ok(()), |limits| limits.admit(client))
    }

    /// The class of routes with a limit of their own that a request belongs to.
    pub(crate) fn class_of<B>(&self, request: &Request<B>) -> Option<&Class> {
        self.rate_limits.as_ref()?.class_of(request)
    }

    /// Counts a request for its class, and says how the client stands.
    ///
    /// # Errors
    /// `RateLimited`.
    pub(crate) async fn admit_to(
        &self,
        class: Option<&Class>,
        ip: IpAddr,
        user: Option<UserId>,
    ) -> Result<Option<Standing>, Failure> {
        match (&self.rate_limits, class) {
            (Some(limits), Some(class)) => limits.admit_to(class, ip, user).await.map(Some),
            _ => Ok(None),
        }
    }
}
