//! An auth-service of one test, and the people who use it.

use std::sync::Arc;

use auth_service::{AppState, CookiePolicy, Migrator, Passwords, router};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};
use shared::{
    auth::{KeyPair, Revocations, TokenSigner, TokenVerifier},
    http::with_layers,
    stream::Outbox,
};
use shared_testing::{Answer, TestClient, TestDatabase};

/// The lowest cost of bcrypt: tests hash many passwords.
pub(crate) const COST: u32 = 4;

pub(crate) struct Stage {
    pub(crate) db: DatabaseConnection,
    pub(crate) database_url: String,
    pub(crate) state: AppState,
    pub(crate) revocations: Revocations,
    pub(crate) pair: KeyPair,
    /// A guest of the service, whose cookies may travel in the clear and which has no demo.
    pub(crate) guest: TestClient,
}

impl Stage {
    pub(crate) async fn create() -> Self {
        let TestDatabase { db, url } = TestDatabase::create::<Migrator>().await;
        let pair = KeyPair::generate().unwrap();
        let revocations = Revocations::default();
        let state = AppState {
            db: db.clone(),
            passwords: Passwords::new(COST).unwrap(),
            signer: Arc::new(TokenSigner::from_pem(pair.private_pem.as_bytes()).unwrap()),
            tokens: verifier(&pair, revocations.clone()),
            outbox: Outbox::default(),
            cookies: CookiePolicy {
                is_secure: false,
                allows_demo: false,
            },
        };
        Self {
            db,
            database_url: url,
            guest: client_of(state.clone()),
            state,
            revocations,
            pair,
        }
    }

    /// A guest of a service that differs in some part.
    pub(crate) fn guest_with(&self, change: impl FnOnce(&mut AppState)) -> TestClient {
        let mut state = self.state.clone();
        change(&mut state);
        client_of(state)
    }

    /// Signs somebody up whose password is `password1`.
    pub(crate) async fn sign_up(&self, username: &str) -> Answer {
        self.guest.post(SIGN_UP, sign_up_body(username)).await
    }

    /// Logs in with the password of [`Stage::sign_up`], and returns the token.
    pub(crate) async fn log_in(&self, username: &str) -> String {
        let body = login_body(&format!("{username}@demo.com"), "password1");
        token_of(&self.guest.post(LOGIN, body).await)
    }

    /// The first column of the first row, as text.
    pub(crate) async fn text(&self, query: &str) -> String {
        let query = Statement::from_string(sea_orm::DbBackend::Postgres, query);
        let row = self.db.query_one_raw(query).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }
}

pub(crate) const SIGN_UP: &str = "/api/auth/signup";
pub(crate) const LOGIN: &str = "/api/auth/login";

fn client_of(state: AppState) -> TestClient {
    TestClient::new(with_layers(router(state)))
}

/// What another service checks tokens with.
pub(crate) fn verifier(pair: &KeyPair, revocations: Revocations) -> TokenVerifier {
    TokenVerifier::from_pem(pair.public_pem.as_bytes(), revocations).unwrap()
}

pub(crate) fn sign_up_body(username: &str) -> Value {
    json!({
        "username": username,
        "email": format!("{username}@demo.com"),
        "password": "password1",
        "repeat_password": "password1",
    })
}

pub(crate) fn login_body(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

/// The one cookie that an answer sets, as its parts.
pub(crate) fn cookie(answer: &Answer) -> Vec<String> {
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    let [cookie] = cookies.as_slice() else {
        panic!("one cookie, not {cookies:?}");
    };
    let parts = cookie.to_str().unwrap().split("; ");
    parts.map(str::to_owned).collect()
}

/// The token in the session cookie of an answer.
pub(crate) fn token_of(answer: &Answer) -> String {
    let parts = cookie(answer);
    parts[0].strip_prefix("token=").unwrap().to_owned()
}
