//! An auth-service of one test, and the people who use it.

use std::sync::LazyLock;

use auth_service::{AppState, CookiePolicy, Migrator, Passwords, demo::Open, router};
use http::header::RETRY_AFTER;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};
use shared::{
    auth::{Claims, KeyPair, Revocations, TokenSigner, TokenVerifier, follow_revocations},
    http::with_layers,
    messages::sessions::SessionsMessage,
    redis::Redis,
    shutdown::Shutdown,
    stream::{Outbox, Relay, StreamPolicy},
};
use shared_testing::{Answer, Contract, TestClient, TestDatabase, TestRedis};

/// The lowest cost of bcrypt: tests hash many passwords.
pub(crate) const COST: u32 = 4;

/// What the service says of itself; every answer is held against it.
static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::new(&auth_service::document()));

pub(crate) struct Stage {
    pub(crate) db: DatabaseConnection,
    pub(crate) database_url: String,
    pub(crate) redis: Redis,
    pub(crate) outbox: Outbox,
    pub(crate) state: AppState,
    pub(crate) revocations: Revocations,
    pub(crate) pair: KeyPair,
    /// A guest of the service, whose cookies may travel in the clear and which has no demo.
    pub(crate) guest: TestClient,
}

impl Stage {
    pub(crate) async fn create() -> Self {
        Self::with_redis(TestRedis::create()).await
    }

    /// A stage whose service uses this Redis.
    pub(crate) async fn with_redis(redis: Redis) -> Self {
        let TestDatabase { db, url } = TestDatabase::create::<Migrator>().await;
        let pair = KeyPair::generate().unwrap();
        let revocations = Revocations::default();
        let outbox = Outbox::default();
        let signer = TokenSigner::from_pem(pair.private_pem.as_bytes()).unwrap();
        let tokens = verifier(&pair, revocations.clone());
        let state = AppState::new(
            (db.clone(), redis.clone(), outbox.clone()),
            Passwords::new(COST).unwrap(),
            (signer, tokens, revocations.clone()),
            (CookiePolicy { is_secure: false }, Open::default()),
        );
        Self {
            db,
            database_url: url,
            redis,
            outbox,
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

    /// Starts what auth-service runs beside its routes.
    pub(crate) async fn start_workers(&self) {
        let redis = &self.redis;
        let shutdown = Shutdown::default();
        let (db, outbox) = (self.db.clone(), self.outbox.clone());
        let streams = vec![StreamPolicy::of::<SessionsMessage>()];
        let relay = Relay::new((db, redis.clone(), outbox), "auth-service", streams);
        shutdown.spawn(relay.run(shutdown.token()));
        let known = self.revocations.clone();
        follow_revocations(redis.clone(), known, &shutdown).await;
    }

    /// Signs somebody up whose password is `password1`.
    pub(crate) async fn sign_up(&self, username: &str) -> Answer {
        self.guest.post(SIGN_UP, sign_up_body(username)).await
    }

    /// Logs in with the password of [`Stage::sign_up`], and returns the token.
    pub(crate) async fn log_in(&self, username: &str) -> String {
        self.enter(username).await.token
    }

    /// Logs in as a browser does, and keeps its cookies.
    pub(crate) async fn enter(&self, username: &str) -> Entered {
        let body = login_body(&format!("{username}@demo.com"), "password1");
        Entered::of(&self.guest.post(LOGIN, body).await)
    }

    /// Signs somebody up and in.
    pub(crate) async fn newcomer(&self, username: &str) -> TestClient {
        self.sign_up(username).await;
        self.guest.bearing(&self.log_in(username).await)
    }

    /// An administrator called `admin`, signed in.
    pub(crate) async fn admin(&self) -> TestClient {
        self.sign_up("admin").await;
        let promote = "UPDATE users SET role = 'ADMIN' WHERE username = 'admin'";
        self.db.execute_unprepared(promote).await.unwrap();
        self.guest.bearing(&self.log_in("admin").await)
    }

    /// What a token says, as long as it holds.
    pub(crate) fn claims(&self, token: &str) -> Option<Claims> {
        let claims = self.state.tokens.verify(token).ok()?;
        Some(Claims::clone(&claims))
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
    TestClient::new(CONTRACT.around(with_layers(router(state))))
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

/// What a browser has after a login.
pub(crate) struct Entered {
    pub(crate) token: String,
    pub(crate) refresh: String,
}

impl Entered {
    pub(crate) fn of(answer: &Answer) -> Self {
        let value = |name| cookie(answer, name).map(|parts| parts[0].clone());
        Self {
            token: value("token").unwrap(),
            refresh: value("refresh").unwrap(),
        }
    }

    /// The client with the refresh cookie, as a browser sends it to this service.
    pub(crate) fn refreshing(&self, client: &TestClient) -> TestClient {
        client.with("cookie", &format!("refresh={}", self.refresh))
    }
}

/// Value and attributes of a cookie that an answer sets.
pub(crate) fn cookie(answer: &Answer, name: &str) -> Option<Vec<String>> {
    let cookies = answer.headers.get_all("set-cookie").iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
    let text = cookies.find_map(|it| it.strip_prefix(name)?.strip_prefix('='))?;
    Some(text.split("; ").map(str::to_owned).collect())
}

/// The token in the session cookie of an answer.
pub(crate) fn token_of(answer: &Answer) -> String {
    cookie(answer, "token").unwrap()[0].clone()
}

/// The seconds to wait that an answer names.
pub(crate) fn retry_after(answer: &Answer) -> u32 {
    let seconds = answer.headers[RETRY_AFTER].to_str().unwrap();
    seconds.parse().unwrap()
}
