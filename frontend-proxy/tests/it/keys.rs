//! The keys of one mesh, and tokens good and bad.

use jsonwebtoken::{EncodingKey, decode_header, encode, get_current_timestamp};
use serde_json::json;
use shared::{
    auth::{KeyPair, Revocations, TokenSigner, TokenVerifier},
    id::UserId,
};
use uuid::Uuid;

pub(crate) struct Keys {
    pair: KeyPair,
    pub(crate) verifier: TokenVerifier,
    pub(crate) revocations: Revocations,
}

impl Keys {
    pub(crate) fn create() -> Self {
        let pair = KeyPair::generate().unwrap();
        let revocations = Revocations::default();
        let public = pair.public_pem.as_bytes();
        Self {
            verifier: TokenVerifier::from_pem(public, revocations.clone()).unwrap(),
            revocations,
            pair,
        }
    }

    /// The file that tokens are checked with.
    pub(crate) fn public_pem(&self) -> &str {
        &self.pair.public_pem
    }

    /// A token as auth-service signs it.
    pub(crate) fn token_of(&self, user: i32) -> String {
        let signer = TokenSigner::from_pem(self.pair.private_pem.as_bytes()).unwrap();
        let name = format!("user{user}");
        signer
            .sign(UserId(user), &name, "user@demo.com", "USER")
            .unwrap()
    }

    /// A token that ends this many seconds after now, signed by `signer` under our key's name.
    pub(crate) fn token_ending_in(&self, seconds: i64, signer: &Self) -> String {
        let ends = get_current_timestamp().saturating_add_signed(seconds);
        let claims = json!({
            "userId": 1, "username": "demo", "email": "demo@demo.com", "role": "USER",
            "jti": Uuid::now_v7(), "iat": 1, "exp": ends, "aud": "mesh",
        });
        let header = decode_header(self.token_of(1)).unwrap();
        let private = pem::parse(&signer.pair.private_pem).unwrap();
        let key = EncodingKey::from_ed_der(private.contents());
        encode(&header, &claims, &key).unwrap()
    }
}
