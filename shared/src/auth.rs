//! Who the caller is. auth-service signs tokens with a private key; everybody else checks them
//! with public keys and cannot sign.

mod caller;
mod eddsa;
mod keys;
mod permission;
mod revocations;
mod token;

pub use caller::Caller;
pub use keys::{KeyError, KeyPair};
pub use permission::{Permission, UnknownPermission};
pub use revocations::{Revocations, follow_revocations};
pub use token::{
    Bearer, Claims, SESSION_LIFETIME, TOKEN_LIFETIME, TokenError, TokenSigner, TokenVerifier,
};

/// Name of the session cookie; the proxy turns it into a bearer token.
pub const SESSION_COOKIE: &str = "token";

/// Name of the cookie that renews a session; auth-service alone reads what is in it.
pub const REFRESH_COOKIE: &str = "refresh";
