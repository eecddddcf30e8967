//! Ed25519 keys as PEM files.

use std::path::{Path, PathBuf};

use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use pem::Pem;
use thiserror::Error;

/// A new key pair, ready to be written to two files.
pub struct KeyPair {
    /// PKCS#8 private key, PEM. Only auth-service may read it.
    pub private_pem: String,
    /// Public key, PEM. Everybody may read it.
    pub public_pem: String,
}

/// Why a key cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The system's random generator or the encoder failed.
    #[error("cannot make a key pair")]
    Generate,
    /// The file is not there or not ours to read.
    #[error("cannot read the key file {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not PEM.
    #[error("the key file is not PEM")]
    Pem(#[from] pem::PemError),
    /// PEM of something else.
    #[error("the key file holds no Ed25519 key of the expected kind")]
    Kind,
}

impl KeyPair {
    /// Makes a key pair from the system's random generator.
    ///
    /// # Errors
    /// When the generator fails.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Generate)?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Generate)?;
        let public: PublicKeyX509Der<'_> =
            pair.public_key().as_der().map_err(|_| KeyError::Generate)?;
        Ok(Self {
            private_pem: pem::encode(&Pem::new("PRIVATE KEY", private.as_ref())),
            public_pem: pem::encode(&Pem::new("PUBLIC KEY", public.as_ref())),
        })
    }
}

/// The content of a key file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    std::fs::read(path).map_err(|source| KeyError::Read {
        path: path.to_owned(),
        source,
    })
}

/// The name of a public key in the header of a token: the start of its SHA-256, in hex.
///
/// Derived, so that nobody has to keep names and keys in step when keys rotate.
pub fn key_id(public_key: &[u8]) -> String {
    use std::fmt::Write;

    let hash = digest(&SHA256, public_key);
    hash.as_ref()
        .iter()
        .take(8)
        .fold(String::new(), |mut id, byte| {
            // Writing to a String cannot fail.
            _ = write!(id, "{byte:02x}");
            id
        })
}
