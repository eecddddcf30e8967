//! What the door asks of every request before it looks for whom it is.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use http::Request;
use shared::{id::UserId, redis::Redis};
use tracing::error;

use crate::{
    access_log::{AccessLog, AccessLogSettings},
    compression::CompressionSettings,
    config::{AnswerHeaders, HeadersSettings, Settings},
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
    pub(crate) access_log: Option<AccessLog>,
    pub(crate) compression: CompressionSettings,
    headers: HeadersSettings,
    rate_limits: Option<RateLimits>,
}

/// What outlives a reading of the configuration.
#[derive(Clone, Default)]
pub struct Lasting {
    redis: Option<Redis>,
    table: Arc<Table>,
    /// The log that is written now.
    access_log: Arc<Mutex<Option<AccessLog>>>,
}

impl Lasting {
    /// With a Redis that all proxies share; without one each counts requests alone.
    pub fn with(redis: Redis) -> Self {
        Self {
            redis: Some(redis),
            ..Self::default()
        }
    }

    /// Writes what waits to be written; the last thing that a process does.
    pub fn finish(&self) {
        let log = self.access_log.lock();
        if let Some(log) = &*log.unwrap_or_else(PoisonError::into_inner) {
            log.flush();
        }
    }

    fn open_log(&self, settings: &AccessLogSettings) -> Option<AccessLog> {
        let opened = AccessLog::open(settings).unwrap_or_else(|error| {
            error!(%error, "no access log: it cannot be opened");
            None
        });
        let log = self.access_log.lock();
        (*log.unwrap_or_else(PoisonError::into_inner)).clone_from(&opened);
        opened
    }
}

impl Edge {
    /// What these settings ask for.
    pub(crate) fn new(settings: &Settings, lasting: &Lasting) -> Self {
        let table = Arc::clone(&lasting.table);
        Self {
            access_log: lasting.open_log(&settings.access_log),
            compression: settings.compression.clone(),
            cors: Cors::new(&settings.cors),
            headers: settings.headers.clone(),
            trusted_proxies: settings.trusted_proxies.clone().unwrap_or_default(),
            rate_limits: RateLimits::new(&settings.rate_limits, lasting.redis.as_ref(), table),
        }
    }

    /// What an answer says besides: one of the browser app, or another.
    pub(crate) fn headers_of(&self, is_page: bool) -> &AnswerHeaders {
        if is_page {
            &self.headers.pages
        } else {
            &self.headers.api
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
    pub(crate) fn class_of<B>(&self, request: &Request<B>) -> Option<Arc<Class>> {
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
