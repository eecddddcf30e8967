//! A proxy in front of a service, and a client in front of the proxy.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use bytes::Bytes;
use frontend_proxy::{
    Addresses, Assets, Door, HealthCheckSettings, Lasting, ListenerSettings, Proxy,
    RateLimitSettings, Settings, Site, UpstreamSettings, UpstreamsSettings,
};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{keys::Keys, service::Service};

/// A running proxy; dropped, it ends.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    /// All that it listens on; the first is `address`.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) door: Door,
    pub(crate) keys: Keys,
    pub(crate) stop: CancellationToken,
    pub(crate) ended: JoinHandle<()>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Stage {
    /// A proxy that takes this service for all three.
    pub(crate) async fn before(service: &Service) -> Self {
        Self::with(&service.address.to_string(), Assets::plain()).await
    }

    /// A proxy with these settings besides, that takes this service for all three.
    pub(crate) async fn set(service: &Service, set: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings([&service.address.to_string(); 3]);
        set(&mut settings);
        Self::open(Site {
            settings,
            assets: Assets::plain(),
        })
        .await
    }

    /// A proxy with these addresses, separated by commas, for each of the three services.
    pub(crate) async fn with(addresses: &str, assets: Assets) -> Self {
        Self::start([addresses; 3], assets).await
    }

    /// A proxy in front of auth-, products- and orders-service, each at an address of its own.
    pub(crate) async fn before_each(services: [&Service; 3]) -> Self {
        let addresses = services.map(|service| service.address.to_string());
        Self::start(addresses.each_ref().map(String::as_str), Assets::plain()).await
    }

    async fn start(addresses: [&str; 3], assets: Assets) -> Self {
        Self::open(Site {
            settings: settings(addresses),
            assets,
        })
        .await
    }

    /// A proxy with this configuration.
    pub(crate) async fn open(site: Site) -> Self {
        Self::open_with(site, Lasting::default()).await
    }

    /// A proxy with this configuration that knows this already.
    pub(crate) async fn open_with(site: Site, lasting: Lasting) -> Self {
        let keys = Keys::create();
        let proxy = Proxy::bind(site, keys.verifier.clone(), lasting);
        let proxy = proxy.await.unwrap();
        let stop = CancellationToken::new();
        let addresses = proxy.addresses().unwrap();
        let (door, served) = proxy.start(stop.clone()).unwrap();
        Self {
            address: addresses[0],
            addresses,
            door,
            keys,
            stop,
            ended: tokio::spawn(served),
        }
    }

    /// `GET path`.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[]).await
    }

    /// `GET path` with headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(Method::GET, path, headers, "").await
    }

    /// Any request, over a connection of its own.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let mut client = connect(self.address).await;
        let mut request = request(method, path, body);
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        read(client.send_request(request).await.unwrap()).await
    }

    /// A connection for several requests.
    pub(crate) async fn connect(&self) -> SendRequest<Full<Bytes>> {
        connect(self.address).await
    }

    /// A connection for bytes.
    pub(crate) async fn socket(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// What a proxy in front of auth-, products- and orders-service has to know.
pub(crate) fn settings(addresses: [&str; 3]) -> Settings {
    let [auth, products, orders] = addresses.map(|addresses| UpstreamSettings {
        addresses: Some(addresses.parse::<Addresses>().unwrap()),
        // Tests count requests.
        health_check: HealthCheckSettings {
            interval: Duration::ZERO,
            ..HealthCheckSettings::default()
        },
        ..UpstreamSettings::default()
    });
    Settings {
        listeners: vec![ListenerSettings::at("127.0.0.1:0".parse().unwrap())],
        upstreams: UpstreamsSettings {
            auth,
            products,
            orders,
            others: BTreeMap::new(),
        },
        rate_limits: RateLimitSettings::off(),
        ..Settings::default()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// A header that the echoing service received.
    pub(crate) fn received(&self, name: &str) -> Option<String> {
        let value = &self.json()["headers"][name];
        value.as_str().map(str::to_owned)
    }

    /// Fails unless this is the proxy's own refusal with this status and code.
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        let body = self.json();
        assert_eq!(body["code"], code);
        assert!(
            body["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
    }
}

/// A connection to whoever listens here.
pub(crate) async fn connect(address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let socket = TcpStream::connect(address).await.unwrap();
    let (client, driver) = http1::handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(driver);
    client
}

/// `GET path` of whoever listens here.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Reply {
    let request = request(Method::GET, path, "");
    let mut client = connect(address).await;
    read(client.send_request(request).await.unwrap()).await
}

pub(crate) fn request(method: Method, path: &str, body: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "mesh.test")
        .body(Full::from(body.to_owned()))
        .unwrap()
}

pub(crate) async fn read(response: http::Response<hyper::body::Incoming>) -> Reply {
    let (head, body) = response.into_parts();
    Reply {
        status: head.status,
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}
