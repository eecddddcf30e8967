//! TLS at the door, HTTP/2, and the way there.

use std::{fs, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use frontend_proxy::{Assets, ListenerSettings, Settings, Site, Tls};
use http::{Method, Request};
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
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
    stage::{Reply, Stage, get, read, settings},
    upgrade::switching,
};

const HTTP_1: &[u8] = b"http/1.1";
const HTTP_2: &[u8] = b"h2";

/// A certificate for `mesh.test` in files.
pub(crate) struct Certificate {
    der: CertificateDer<'static>,
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
async fn stage(service: &Service, certificate: &Certificate) -> Stage {
    open(with_tls(service, certificate)).await
}

fn with_tls(service: &Service, certificate: &Certificate) -> Settings {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let mut settings = settings([&service.address.to_string(); 3]);
    let mut secure = ListenerSettings::at(any);
    secure.tls = Some(certificate.tls());
    let mut redirect = ListenerSettings::at(any);
    redirect.redirect_to_https = true;
    settings.listeners = vec![secure, redirect];
    settings
}

async fn open(settings: Settings) -> Stage {
    let assets = Assets::plain();
    Stage::open(Site { settings, assets }).await
}

/// Connects with trust in this certificate and no other.
async fn connect(
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

fn request(method: Method, path: &str, body: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(format!("https://mesh.test{path}"))
        .body(Full::from(body.to_owned()))
        .unwrap()
}

/// `GET path` over HTTP/1.1 in TLS.
async fn get_secure(stage: &Stage, certificate: &Certificate, path: &str) -> Reply {
    let socket = connect(stage, &certificate.der, HTTP_1).await.unwrap();
    let (mut client, driver) = http1::handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(driver);
    let request = crate::stage::request(Method::GET, path, "");
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
async fn requests_of_one_http_2_connection_are_answered_together() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let stage = stage(&service, &certificate).await;
    let socket = connect(&stage, &certificate.der, HTTP_2).await.unwrap();
    assert_eq!(socket.get_ref().1.alpn_protocol(), Some(HTTP_2));
    let (client, driver) = http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
        .await
        .unwrap();
    tokio::spawn(driver);
    let cookie = format!("token={}", stage.keys.token_of(1));
    let large = "x".repeat(100_000);

    let ask = async |number: usize| {
        let mut client = client.clone();
        let mut request = request(Method::POST, &format!("/api/orders/{number}"), &large);
        // HTTP/2 may send each cookie in a header of its own (RFC 9113 §8.2.3).
        for cookie in ["a=1", &cookie] {
            let cookie = cookie.parse().unwrap();
            request.headers_mut().append("cookie", cookie);
        }
        read(client.send_request(request).await.unwrap()).await
    };
    let replies = futures_util::future::join_all((0..20).map(ask)).await;

    for (number, reply) in replies.iter().enumerate() {
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.json()["uri"], format!("/api/orders/{number}"));
        assert_eq!(reply.json()["size"], 100_000);
        assert_eq!(reply.received("host").as_deref(), Some("mesh.test"));
        assert_eq!(reply.received("cookie").as_deref(), Some("a=1"));
        let bearer = reply.received("authorization").unwrap();
        assert!(bearer.starts_with("Bearer "), "{bearer}");
    }
}

/// The type of the first frame that answers a request of these headers and this body.
async fn answered(
    (stage, certificate): (&Stage, &Certificate),
    headers: &[(&str, &str)],
    body: &str,
) -> Option<u8> {
    let mut socket = connect(stage, &certificate.der, HTTP_2).await.unwrap();
    let mut block = Vec::new();
    for (name, value) in headers {
        // A literal that is not indexed, its texts shorter than 127 bytes (RFC 7541 §6.2.2).
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let (settings, headers) = ((4, 0, 0_u32, &[][..]), (1, 4, 1, block.as_slice()));
    for (kind, flags, stream, payload) in [settings, headers, (0, 1, 1, body.as_bytes())] {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        bytes.extend(&length[1..]);
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
    }
    socket.write_all(&bytes).await.unwrap();
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        socket.read_exact(&mut payload).await.ok()?;
        // HEADERS, RST_STREAM or GOAWAY.
        if [1, 3, 7].contains(&head[3]) {
            return Some(head[3]);
        }
    }
}

#[tokio::test]
async fn nothing_of_http_2_becomes_another_request_of_http_1() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let stage = stage(&service, &certificate).await;
    let good = [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "mesh.test"),
        (":path", "/api/products/"),
    ];
    let both = (&stage, &certificate);
    assert_eq!(answered(both, &good, "{}").await, Some(1));
    assert_eq!(service.requests(), 1);

    for header in [
        ("connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("x-line", "a\r\nhost: evil.test"),
        ("x-line", "a\nhost: evil.test"),
        ("x\r\nhost", "evil.test"),
        ("x-zero", "\0"),
        ("X-Large", "a"),
        (":path", "/api/orders"),
        (":unknown", "a"),
    ] {
        let headers: Vec<_> = good.into_iter().chain([header]).collect();
        answered(both, &headers, "{}").await;
        assert_eq!(service.requests(), 1, "{header:?}");
    }
    for (index, value) in [
        (3, "/api/products/ HTTP/1.1\r\nhost: evil.test"),
        (3, ""),
        (3, "*"),
        (2, "user@mesh.test"),
        (2, "mesh.test/path"),
        (0, "GET /api/orders HTTP/1.1"),
    ] {
        let mut headers = good;
        headers[index].1 = value;
        answered(both, &headers, "{}").await;
        assert_eq!(service.requests(), 1, "{value:?}");
    }
}

#[tokio::test]
async fn an_http_2_connection_without_requests_is_closed() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let mut settings = with_tls(&service, &certificate);
    settings.limits.idle_deadline = Duration::from_millis(50);
    let stage = open(settings).await;
    let socket = connect(&stage, &certificate.der, HTTP_2).await.unwrap();
    let (_client, driver) =
        http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .unwrap();

    driver.await.unwrap();
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
