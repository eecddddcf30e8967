//! TLS: the certificate of a listener, which may be replaced while connections come in.

use std::{path::PathBuf, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use http::HeaderValue;
use serde::Deserialize;
use thiserror::Error;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};
use tracing::{info, warn};

/// What is spoken inside, the best first.
const PROTOCOLS: [&[u8]; 2] = [HTTP_2, b"http/1.1"];

/// What a client that speaks HTTP/2 asks for.
pub(crate) const HTTP_2: &[u8] = b"h2";

/// The TLS of one listener, with its certificate read.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "TlsSettings")]
pub struct Tls {
    config: Arc<ServerConfig>,
    certificate: Arc<Certificate>,
    /// What tells browsers to stay with HTTPS, if anything.
    pub(crate) hsts: Option<HeaderValue>,
}

/// `tls = {…}` of a listener.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsSettings {
    /// PEM file with the certificate, and those that lead from it to a root.
    certificate: PathBuf,
    /// PEM file with its private key.
    key: PathBuf,
    /// How long browsers shall refuse to come without TLS; not at all when zero.
    #[serde(with = "humantime_serde", default = "a_year")]
    hsts: Duration,
}

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
enum CertificateError {
    #[error("cannot read {path}: {fault}")]
    Read { path: PathBuf, fault: pem::Error },
    #[error("{path} has no certificate")]
    Empty { path: PathBuf },
    #[error("{key} is not the key of {path}: {fault}")]
    Mismatch {
        path: PathBuf,
        key: PathBuf,
        fault: rustls::Error,
    },
    #[error("TLS cannot be set up: {0}")]
    Setup(rustls::Error),
}

/// A certificate, its key, and where they are.
#[derive(Debug)]
struct Certificate {
    file: PathBuf,
    key_file: PathBuf,
    current: ArcSwap<CertifiedKey>,
}

fn a_year() -> Duration {
    Duration::from_hours(365 * 24)
}

impl TryFrom<TlsSettings> for Tls {
    type Error = String;

    fn try_from(settings: TlsSettings) -> Result<Self, String> {
        Self::read(settings).map_err(|error| error.to_string())
    }
}

impl Tls {
    fn read(settings: TlsSettings) -> Result<Self, CertificateError> {
        let current = load(&settings.certificate, &settings.key)?;
        let certificate = Arc::new(Certificate {
            file: settings.certificate,
            key_file: settings.key,
            current: ArcSwap::from_pointee(current),
        });
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(CertificateError::Setup)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
        // Tickets keep no state here: no core waits for another to resume a session.
        config.ticketer = ring::Ticketer::new().map_err(CertificateError::Setup)?;
        let seconds = settings.hsts.as_secs();
        let hsts = HeaderValue::try_from(format!("max-age={seconds}")).ok();
        Ok(Self {
            config: Arc::new(config),
            certificate,
            hsts: hsts.filter(|_| seconds > 0),
        })
    }

    /// What begins TLS on a connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Reads the files again, and shows clients another certificate from now on if there is one.
    pub(crate) fn refresh(&self) {
        let Certificate {
            file,
            key_file,
            current,
        } = &*self.certificate;
        match load(file, key_file) {
            Ok(loaded) if loaded.cert == current.load().cert => {}
            Ok(loaded) => {
                current.store(Arc::new(loaded));
                info!("{} has a new certificate", file.display());
            }
            // Perhaps only one of both files is new so far.
            Err(error) => warn!(%error, "the old certificate stays"),
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn load(file: &PathBuf, key_file: &PathBuf) -> Result<CertifiedKey, CertificateError> {
    let unreadable = |path: &PathBuf| {
        let path = path.clone();
        |fault| CertificateError::Read { path, fault }
    };
    let chain = CertificateDer::pem_file_iter(file).map_err(unreadable(file))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(unreadable(file))?;
    if chain.is_empty() {
        return Err(CertificateError::Empty { path: file.clone() });
    }
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(unreadable(key_file))?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|fault| CertificateError::Mismatch {
        path: file.clone(),
        key: key_file.clone(),
        fault,
    })
}
