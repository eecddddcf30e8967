//! Who the caller is. auth-service signs tokens with a private key; everybody else checks them
//! with public keys and cannot sign.

mod caller;
mod eddsa;
mod keys;
mod revocations;
mod token;

pub use caller::Caller;
pub use keys::{KeyError, KeyPair};
pub use revocations::{Revocations, follow_revocations};
pub use token::{Claims, SESSION_LIFETIME, TokenError, TokenSigner, TokenVerifier};

/// Name of the session cookie; the proxy turns it into a bearer token.
pub const SESSION_COOKIE: &str = "token";
