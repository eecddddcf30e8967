//! The way of spans to a collector: OTLP over HTTP, in batches, dropped when it cannot keep up.

use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use thiserror::Error;
use tokio::{runtime::Handle, time::timeout};
use tracing::warn;

use super::TRACER;

/// How long one batch may take on its way.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest answer that is read (bytes); what counts is its status.
const MAX_ANSWER: usize = 64 * 1024;

/// How long a process that ends waits for its last batch.
const LAST_BATCH: Duration = Duration::from_secs(2);

/// Where the spans of this process go; drop nothing of it before the process ends.
#[must_use = "the last spans are sent by `finish`"]
pub struct Collector(Option<SdkTracerProvider>);

/// Why spans cannot be sent.
#[derive(Debug, Error)]
#[error("spans cannot be sent to {endpoint}: {source}")]
pub struct CollectorError {
    endpoint: String,
    source: ExporterBuildError,
}

impl Collector {
    /// No collector: no spans.
    pub fn none() -> Self {
        Self(None)
    }

    /// The collector at `endpoint`, `http://host:port`; call once, on the runtime that sends.
    ///
    /// # Errors
    /// When the endpoint is not a URL.
    pub fn at(endpoint: &str, service: &'static str) -> Result<Self, CollectorError> {
        let client = OnRuntime {
            runtime: Handle::current(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_timeout(EXPORT_TIMEOUT)
            .build()
            .map_err(|source| CollectorError {
                endpoint: endpoint.to_owned(),
                source,
            })?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder().with_service_name(service).build())
            .build();
        drop(TRACER.set(provider.tracer("mesh")));
        Ok(Self(Some(provider)))
    }

    /// Sends the spans that still wait.
    pub async fn finish(self) {
        let Some(provider) = self.0 else { return };
        // It waits for its thread, which needs this runtime to send.
        let last = move || provider.shutdown_with_timeout(LAST_BATCH);
        match tokio::task::spawn_blocking(last).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!(%error, "the last spans were not sent"),
            Err(error) => warn!(%error, "the last spans were not sent"),
        }
    }
}

/// A client whose caller, the thread that gathers spans, has no runtime.
#[derive(Debug)]
struct OnRuntime {
    runtime: Handle,
    client: Client<HttpConnector, Full<Bytes>>,
}

#[async_trait]
impl HttpClient for OnRuntime {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = send(self.client.clone(), request);
        self.runtime.spawn(sent).await?
    }
}

async fn send(
    client: Client<HttpConnector, Full<Bytes>>,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    let sent = client.request(request.map(Full::new));
    let (head, body) = timeout(EXPORT_TIMEOUT, sent).await??.into_parts();
    let answer = Limited::new(body, MAX_ANSWER).collect();
    let body = timeout(EXPORT_TIMEOUT, answer).await??.to_bytes();
    Ok(Response::from_parts(head, body))
}
