//! Tokens for tests: a key pair of their own, and a bearer for any user.

use shared::{
    auth::{KeyPair, Revocations, TokenSigner, TokenVerifier},
    id::UserId,
};

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

    /// A token of the user with this id, called `user<id>`.
    pub fn of(&self, user: i32) -> String {
        let name = format!("user{user}");
        let email = format!("{name}@demo.com");
        self.signer
            .sign(UserId(user), &name, &email, "USER")
            .unwrap()
    }
}
