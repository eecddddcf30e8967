//! Redis: the connection that commands share, and the names of keys.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
};
use tracing::warn;

use crate::config::RedisConfig;

/// A command that is not answered in this time has failed; its outcome is unknown.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A server that does not accept a connection in this time is away.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// The Redis of the mesh.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    commands: ConnectionManager,
    key_prefix: String,
}

impl Redis {
    /// Prepares the connection without opening it: a service starts while Redis is down.
    ///
    /// # Errors
    /// When the URL is not one of Redis.
    pub fn new(config: &RedisConfig) -> RedisResult<Self> {
        let client = Client::open(config.redis_url.as_str())?;
        let manager = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECTION_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_secs(1));
        Ok(Self {
            commands: ConnectionManager::new_lazy_with_config(client.clone(), manager)?,
            client,
            key_prefix: config.redis_key_prefix.clone(),
        })
    }

    /// The connection for commands that do not block; it reconnects by itself.
    pub fn commands(&self) -> ConnectionManager {
        self.commands.clone()
    }

    /// A connection of its own for a reader that blocks up to `block` on the server.
    ///
    /// On a shared connection a blocked read would hold up every other command. After any error
    /// the owner drops it and asks for a new one: the old one may still get an answer.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn reader(&self, block: Duration) -> RedisResult<MultiplexedConnection> {
        // Redis may end a block late, never early; well above it a silent socket is a dead one.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECTION_TIMEOUT))
            .set_response_timeout(Some(block * 2 + Duration::from_secs(5)));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    /// The full name of a key.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.key_prefix)
    }

    /// Answers when Redis does, within two seconds.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn ping(&self) -> Result<(), RedisError> {
        redis::cmd("PING").exec_async(&mut self.commands()).await
    }

    /// Warns when Redis may evict streams: with any policy but `noeviction` it may.
    pub async fn warn_unless_durable(&self) {
        let policy: RedisResult<Vec<String>> = redis::cmd("CONFIG")
            .arg("GET")
            .arg("maxmemory-policy")
            .query_async(&mut self.commands())
            .await;
        if let Ok(policy) = policy
            && let Some(policy) = policy.get(1)
            && policy != "noeviction"
        {
            warn!(
                policy,
                "Redis may evict streams when its memory is full; set maxmemory-policy noeviction"
            );
        }
    }
}
