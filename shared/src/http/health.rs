//! `/health` says that the process lives; `/health/ready` says what it needs and lacks.

use std::{pin::Pin, sync::Arc, time::Duration};

use axum::{Json, Router, extract::State, routing::get};
use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Map, Value, json};

/// A part that does not answer in this time is not ready.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type Outcome = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// One thing a service needs to be ready.
pub struct Check {
    name: &'static str,
    run: Box<dyn Fn() -> Outcome + Send + Sync>,
}

impl Check {
    /// A check called `name` that passes when the future does.
    pub fn new<F, E>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display,
    {
        Self {
            name,
            run: Box::new(move || {
                let outcome = run();
                Box::pin(async { outcome.await.map_err(|error| error.to_string()) })
            }),
        }
    }

    /// The database answers.
    #[cfg(feature = "database")]
    pub fn database(db: &sea_orm::DatabaseConnection) -> Self {
        let db = db.clone();
        Self::new("database", move || {
            let db = db.clone();
            async move { db.ping().await }
        })
    }

    /// Redis answers.
    pub fn redis(redis: &crate::redis::Redis) -> Self {
        let redis = redis.clone();
        Self::new("redis", move || {
            let redis = redis.clone();
            async move { redis.ping().await }
        })
    }

    async fn outcome(&self) -> Result<(), String> {
        match tokio::time::timeout(CHECK_TIMEOUT, (self.run)()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(format!("no answer within {} s", CHECK_TIMEOUT.as_secs())),
        }
    }
}

/// `GET /health` and `GET /health/ready`.
pub fn router(checks: Vec<Check>) -> Router {
    Router::new()
        .route("/health", get(live))
        .route("/health/ready", get(ready))
        .with_state(Arc::new(checks))
}

/// `GET /health`: 200 while the process runs.
async fn live() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /health/ready`: 200, or 503 naming the part that is not ready.
async fn ready(State(checks): State<Arc<Vec<Check>>>) -> (StatusCode, Json<Value>) {
    let outcomes = join_all(checks.iter().map(Check::outcome)).await;
    let is_ready = outcomes.iter().all(Result::is_ok);
    let mut body = Map::new();
    let status = if is_ready { "ready" } else { "not ready" };
    body.insert("status".to_owned(), status.into());
    for (check, outcome) in checks.iter().zip(outcomes) {
        let value = outcome.err().unwrap_or_else(|| "ok".to_owned());
        body.insert(check.name.to_owned(), value.into());
    }
    let code = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, Json(Value::Object(body)))
}
