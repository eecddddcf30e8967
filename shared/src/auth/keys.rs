//! Ed25519 keys as PEM files.

use std::path::{Path, PathBuf};

use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{EncodePrivateKey, EncodePublicKey},
};
use pem::Pem;
use rand::{TryRng, rngs::SysRng};
use thiserror::Error;

use crate::hex;

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
        let mut seed = [0; 32];
        SysRng
            .try_fill_bytes(&mut seed)
            .map_err(|_| KeyError::Generate)?;
        let key = SigningKey::from_bytes(&seed);
        let private = key.to_pkcs8_der().map_err(|_| KeyError::Generate)?;
        let public = key.verifying_key().to_public_key_der();
        let public = public.map_err(|_| KeyError::Generate)?;
        Ok(Self {
            private_pem: pem::encode(&Pem::new("PRIVATE KEY", private.as_bytes())),
            public_pem: pem::encode(&Pem::new("PUBLIC KEY", public.as_bytes())),
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

/// The name of a public key in the header of a token: its first eight bytes, in hex.
///
/// Derived, so that nobody has to keep names and keys in step when keys rotate.
pub(super) fn key_id(key: &VerifyingKey) -> String {
    let mut id = hex(key.as_bytes());
    id.truncate(16);
    id
}
