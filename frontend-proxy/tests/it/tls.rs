//! TLS at the door, and the way there.

use std::{fs, net::SocketAddr, sync::Arc};

use frontend_proxy::{Assets, ListenerSettings, Settings, Site, Tls};
use http::Method;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};

use crate::{
    config::File,
    service::Service,
    stage::{Reply, Stage, get, read, request, settings},
    upgrade::switching,
};

const HTTP_1: &[u8] = b"http/1.1";

/// A certificate for `mesh.test` in files.
pub(crate) struct Certificate {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) file: File,
    pub(crate) key: File,
}

impl Certificate {
    pub(crate) fn create() -> Self {
        let (der, pem, key) = generate();
        Self {
            der,
            file: File::of(&pem),
            key: File::of(&key),
        }
    }

    /// Puts another certificate into the files.
    fn renew(&mut self) {
        let (der, pem, key) = generate();
        self.der = der;
        fs::write(&self.file.0, pem).unwrap();
        fs::write(&self.key.0, key).unwrap();
    }

    fn tls(&self) -> Tls {
        let [file, key] = [&self.file, &self.key].map(|it| it.0.display());
        toml::from_str(&format!("certificate = '{file}'\nkey = '{key}'\n")).unwrap()
    }
}

fn generate() -> (CertificateDer<'static>, String, String) {
    let made = rcgen::generate_simple_self_signed(["mesh.test".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    (made.cert.der().clone(), made.cert.pem(), key)
}

/// A proxy with TLS at its first address, and a redirect to it at its second.
pub(crate) async fn stage(service: &Service, certificate: &Certificate) -> Stage {
    open(with_tls(service, certificate)).await
}

pub(crate) fn with_tls(service: &Service, certificate: &Certificate) -> Settings {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let mut settings = settings([&service.address.to_string(); 3]);
    let mut secure = ListenerSettings::at(any);
    secure.tls = Some(certificate.tls());
    let mut redirect = ListenerSettings::at(any);
    redirect.redirect_to_https = true;
    settings.listeners = vec![secure, redirect];
    settings
}

pub(crate) async fn open(settings: Settings) -> Stage {
    let assets = Assets::plain();
    Stage::open(Site { settings, assets }).await
}

/// Connects with trust in this certificate and no other.
pub(crate) async fn connect(
    stage: &Stage,
    certificate: &CertificateDer<'static>,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let socket = TcpStream::connect(stage.address).await.unwrap();
    let name = ServerName::try_from("mesh.test").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await
}

/// `GET path` over HTTP/1.1 in TLS.
async fn get_secure(stage: &Stage, certificate: &Certificate, path: &str) -> Reply {
    let socket = connect(stage, &certificate.der, HTTP_1).await.unwrap();
    let (mut client, driver) = http1::handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(driver);
    let request = request(Method::GET, path, "");
    read(client.send_request(request).await.unwrap()).await
}

#[tokio::test]
async fn a_request_in_tls_reaches_its_service_which_knows_that_it_was() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let stage = stage(&service, &certificate).await;

    let reply = get_secure(&stage, &certificate, "/api/products/").await;

    assert_eq!(reply.status, 200);
    let scheme = reply.received("x-forwarded-proto");
    assert_eq!(scheme.as_deref(), Some("https"));
    let hsts = reply.header("strict-transport-security");
    assert_eq!(hsts, Some("max-age=31536000"));
}

#[tokio::test]
async fn answers_without_tls_do_not_ask_for_it() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let reply = stage.get("/api/products/").await;

    assert_eq!(reply.header("strict-transport-security"), None);
}

#[tokio::test]
async fn who_comes_without_tls_is_sent_there_with_path_and_query() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let stage = stage(&service, &certificate).await;
    let (https, http) = (stage.addresses[0], stage.addresses[1]);

    let redirect = get(http, "/cart?a=%20b").await;
    let health = get(http, "/health").await;

    assert_eq!(redirect.status, 308);
    let location = format!("https://mesh.test:{}/cart?a=%20b", https.port());
    assert_eq!(redirect.header("location"), Some(location.as_str()));
    assert_eq!(health.status, 200);
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_without_a_restart() {
    let (service, mut certificate) = (Service::echoing().await, Certificate::create());
    let stage = stage(&service, &certificate).await;
    let old = certificate.der.clone();
    assert!(connect(&stage, &old, HTTP_1).await.is_ok());

    certificate.renew();
    stage.door.refresh_certificates();

    assert!(connect(&stage, &certificate.der, HTTP_1).await.is_ok());
    assert!(connect(&stage, &old, HTTP_1).await.is_err());
}

#[tokio::test]
async fn half_a_renewal_changes_nothing() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let stage = stage(&service, &certificate).await;

    fs::write(&certificate.file.0, generate().1).unwrap();
    stage.door.refresh_certificates();

    assert!(connect(&stage, &certificate.der, HTTP_1).await.is_ok());
}

#[tokio::test]
async fn a_reload_takes_another_certificate() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let mut stage = stage(&service, &certificate).await;
    let other = Certificate::create();

    let (settings, assets) = (with_tls(&service, &other), Assets::plain());
    stage.door.renew(Site { settings, assets }).await;

    let reply = get_secure(&stage, &other, "/api/products/").await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_websocket_opens_in_tls() {
    let (service, certificate) = (switching().await, Certificate::create());
    let stage = stage(&service, &certificate).await;
    let mut socket = connect(&stage, &certificate.der, HTTP_1).await.unwrap();

    let request = "GET /api/products/live HTTP/1.1\r\nhost: mesh.test\r\nconnection: upgrade\r\n\
                   upgrade: websocket\r\nsec-websocket-key: key\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    socket.write_all(b"hello").await.unwrap();
    let mut echoed = [0; 5];
    socket.read_exact(&mut echoed).await.unwrap();

    assert!(head.starts_with(b"HTTP/1.1 101 "));
    assert_eq!(&echoed, b"hello");
}

#[tokio::test]
async fn what_is_no_tls_does_not_reach_a_service() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let stage = stage(&service, &certificate).await;
    let mut socket = stage.socket().await;
    let mut answer = Vec::new();

    let request = b"GET /api/products/ HTTP/1.1\r\nhost: a\r\n\r\n";
    socket.write_all(request).await.unwrap();
    // An alert, or a reset.
    _ = socket.read_to_end(&mut answer).await;

    assert!(!answer.starts_with(b"HTTP"));
    assert_eq!(service.requests(), 0);
}
