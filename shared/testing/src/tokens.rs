//! Tokens for tests: a key pair of their own, and a bearer for any user.

use shared::{
    auth::{Bearer, KeyPair, Permission, Revocations, TokenSigner, TokenVerifier},
    id::UserId,
    messages::sessions::{SessionRevoked, SessionsMessage},
};
use uuid::Uuid;

/// Signs and verifies as one mesh would.
pub struct TestTokens {
    signer: TokenSigner,
    /// The verifier of the service under test.
    pub verifier: TokenVerifier,
    /// What the verifier holds as revoked.
    pub revocations: Revocations,
}

impl TestTokens {
    /// Makes a key pair.
    pub fn create() -> Self {
        let pair = KeyPair::generate().unwrap();
        let revocations = Revocations::default();
        let public = pair.public_pem.as_bytes();
        Self {
            signer: TokenSigner::from_pem(pair.private_pem.as_bytes()).unwrap(),
            verifier: TokenVerifier::from_pem(public, revocations.clone()).unwrap(),
            revocations,
        }
    }

    /// A token of the user with this id, called `user<id>`, who may do what users may.
    pub fn of(&self, user: i32) -> String {
        self.with(user, &USER)
    }

    /// Makes the session of this token end, as a logout does.
    pub fn end_session(&self, token: &str) {
        let claims = self.verifier.verify(token).unwrap();
        let ended = SessionsMessage::SessionRevoked(SessionRevoked {
            session_id: claims.session_id,
            expires_at: claims.exp,
        });
        self.revocations.apply(&ended);
    }

    /// A token of somebody who may do everything.
    pub fn of_admin(&self, user: i32) -> String {
        self.with(user, &Permission::ALL)
    }

    /// A token of somebody who may do just this.
    pub fn with(&self, user: i32, permissions: &[Permission]) -> String {
        let username = format!("user{user}");
        self.signer
            .sign(&Bearer {
                user_id: UserId(user),
                username: &username,
                email: &format!("{username}@demo.com"),
                role: "USER",
                permissions,
                session_id: Uuid::now_v7(),
                version: 0,
            })
            .unwrap()
    }
}

/// What the role `USER` has in a new database of auth-service.
const USER: [Permission; 4] = [
    Permission::WriteOwnAccount,
    Permission::WriteOwnProducts,
    Permission::PlaceOrders,
    Permission::ReadOwnOrders,
];
