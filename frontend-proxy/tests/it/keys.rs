//! The keys of one mesh, and tokens good and bad.

use jsonwebtoken::{EncodingKey, decode_header, encode, get_current_timestamp};
use serde_json::json;
use shared::{
    auth::{Bearer, KeyPair, Permission, Revocations, TokenSigner, TokenVerifier},
    id::UserId,
    messages::sessions::{SessionRevoked, SessionsMessage},
};
use uuid::Uuid;

pub(crate) struct Keys {
    pair: KeyPair,
    pub(crate) verifier: TokenVerifier,
    revocations: Revocations,
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
        signer
            .sign(&Bearer {
                user_id: UserId(user),
                username: &format!("user{user}"),
                email: "user@demo.com",
                role: "USER",
                permissions: &[Permission::PlaceOrders],
                session_id: Uuid::now_v7(),
                version: 0,
            })
            .unwrap()
    }

    /// Makes the session of this token end, as a logout does.
    pub(crate) fn end_session(&self, token: &str) {
        let claims = self.verifier.verify(token).unwrap();
        let ended = SessionsMessage::SessionRevoked(SessionRevoked {
            session_id: claims.session_id,
            expires_at: claims.exp,
        });
        self.revocations.apply(&ended);
    }

    /// A token that ends this many seconds after now, signed by `signer` under our key's name.
    pub(crate) fn token_ending_in(&self, seconds: i64, signer: &Self) -> String {
        let ends = get_current_timestamp().saturating_add_signed(seconds);
        let claims = json!({
            "userId": 1, "username": "demo", "email": "demo@demo.com", "role": "USER",
            "scope": "", "sid": Uuid::now_v7(), "ver": 0,
            "jti": Uuid::now_v7(), "iat": 1, "exp": ends, "aud": "mesh",
        });
        let header = decode_header(self.token_of(1)).unwrap();
        let private = pem::parse(&signer.pair.private_pem).unwrap();
        let key = EncodingKey::from_ed_der(private.contents());
        encode(&header, &claims, &key).unwrap()
    }
}
