//! A person with a browser: keeps the session cookie and speaks JSON.

mod wire;

use std::{future::Future, net::IpAddr, time::Duration};

use http_body_util::Full;
use hyper::{Method, StatusCode, body::Bytes};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

pub(crate) use self::wire::cookies_of;

/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(15);

/// What must come true does so within this time.
const DEADLINE: Duration = Duration::from_mins(1);

/// A visitor of one marketplace.
#[derive(Clone)]
pub(crate) struct Shopper {
    client: Client<HttpConnector, Full<Bytes>>,
    site: String,
    cookie: String,
    /// The session, where no proxy makes it of the cookie.
    bearer: String,
}

impl Shopper {
    /// Somebody who is not signed in.
    pub(crate) fn guest(site: &str) -> Self {
        Self::behind(HttpConnector::new(), site)
    }

    /// Somebody who is not signed in, and comes from this address of the machine.
    pub(crate) fn guest_from(address: IpAddr, site: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_local_address(Some(address));
        Self::behind(connector, site)
    }

    fn behind(connector: HttpConnector, site: &str) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            site: site.to_owned(),
            cookie: String::new(),
            bearer: String::new(),
        }
    }

    /// The same browser with these cookies, `name=value; …`.
    pub(crate) fn with_cookies(&self, cookies: &str) -> Self {
        Self {
            cookie: cookies.to_owned(),
            ..self.clone()
        }
    }

    /// A new account, signed in.
    pub(crate) async fn sign_up(site: &str, name: &str) -> Self {
        let shopper = Self::guest(site);
        let email = format!("{name}@example.com");
        let account = json!({"username": name, "email": email, "password": "demotest1",
            "repeat_password": "demotest1"});
        let (status, body) = shopper.post("/api/auth/signup", &account).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        Self::sign_in_again(site, name).await
    }

    /// Signs in to an account that [`Shopper::sign_up`] made.
    pub(crate) async fn sign_in_again(site: &str, name: &str) -> Self {
        let mut shopper = Self::guest(site);
        let email = format!("{name}@example.com");
        let login = json!({"email": email, "password": "demotest1"});
        shopper.sign_in("/api/auth/login", &login).await;
        shopper
    }

    /// The token of the session.
    pub(crate) fn session(&self) -> &str {
        self.cookie.trim_start_matches("token=")
    }

    /// The same person at a service, behind the proxy.
    pub(crate) fn behind_the_door(&self, site: &str) -> Self {
        Self {
            site: site.to_owned(),
            bearer: format!("Bearer {}", self.session()),
            ..self.clone()
        }
    }

    /// Keeps the cookie of a login.
    pub(crate) async fn sign_in(&mut self, path: &str, body: &Value) {
        let answer = self.send_until_answered(Method::POST, path, Some(body), "");
        let (status, cookie, body) = answer.await;
        assert_eq!(status, StatusCode::OK, "{body}");
        self.cookie = cookie.expect("a session cookie");
    }

    /// `GET path`; panics when there is no answer.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let answer = self.send(Method::GET, path, None, "").await;
        let (status, _, body) = answer.expect("an answer");
        (status, body)
    }

    /// `POST path`; panics when there is no answer.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let answer = self.send(Method::POST, path, Some(body), "").await;
        let (status, _, body) = answer.expect("an answer");
        (status, body)
    }

    /// Any call; panics when there is no answer.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let answer = self.send(method, path, body, "").await;
        let (status, _, body) = answer.expect("an answer");
        (status, body)
    }

    /// `GET path`, when there is an answer.
    pub(crate) async fn try_get(&self, path: &str) -> Option<(StatusCode, Value)> {
        let (status, _, body) = self.send(Method::GET, path, None, "").await?;
        Some((status, body))
    }

    /// `POST path`, keeping the cookie of the answer beside the session's.
    pub(crate) async fn post_and_keep(&mut self, path: &str, body: &Value) -> (StatusCode, Value) {
        let answer = self.send(Method::POST, path, Some(body), "").await;
        let (status, cookie, body) = answer.expect("an answer");
        assert!(status.is_success(), "{body}");
        self.cookie += "; ";
        self.cookie += &cookie.expect("a cookie");
        (status, body)
    }

    /// Lists a product and returns its id.
    pub(crate) async fn list_product(&self, price: &str, quantity: i64) -> i64 {
        let product = json!({"name": "Thing", "price": price, "category": "Toys",
            "quantity": quantity});
        let (status, body) = self.post("/api/products", &product).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body["product"]["id"].as_i64().unwrap()
    }

    /// Orders under one key until there is an answer that is no failure of the mesh.
    pub(crate) async fn order_until_answered(
        &self,
        items: &Value,
        key: &str,
    ) -> (StatusCode, Value) {
        let body = json!({ "items": items });
        let answer = self.send_until_answered(Method::POST, "/api/orders", Some(&body), key);
        let (status, _, body) = answer.await;
        (status, body)
    }

    /// Orders once: the status of the answer, or nothing when there was none.
    pub(crate) async fn order(&self, items: &Value, key: &str) -> Option<StatusCode> {
        let body = json!({ "items": items });
        let answer = self
            .send(Method::POST, "/api/orders", Some(&body), key)
            .await;
        answer.map(|(status, _, _)| status)
    }

    /// Every order of this person.
    pub(crate) async fn orders(&self) -> Vec<Value> {
        let mut orders = Vec::new();
        for page in 1.. {
            let path = format!("/api/orders?limit=100&page={page}");
            let answer = self.send_until_answered(Method::GET, &path, None, "");
            let (status, _, body) = answer.await;
            assert_eq!(status, StatusCode::OK, "{body}");
            let items = body["items"].as_array().unwrap();
            if items.is_empty() {
                break;
            }
            orders.extend(items.iter().cloned());
        }
        orders
    }

    /// Sends a request that may be repeated until there is an answer that is no failure of the mesh:
    /// what was just started again is asked by the proxy as soon as that has noticed.
    async fn send_until_answered(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: &str,
    ) -> (StatusCode, Option<String>, Value) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let answer = self.send(method.clone(), path, body, key).await;
            if let Some(answer) = answer
                && !answer.0.is_server_error()
            {
                return answer;
            }
            assert!(Instant::now() < deadline, "no answer to {method} {path}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Asks `probe` until `accept` likes the answer; fails with the last one after a minute.
pub(crate) async fn eventually<T: std::fmt::Debug, F: Future<Output = T>>(
    mut probe: impl FnMut() -> F,
    accept: impl Fn(&T) -> bool,
) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let value = probe().await;
        if accept(&value) {
            return value;
        }
        assert!(Instant::now() < deadline, "still not true: {value:?}");
        sleep(Duration::from_millis(50)).await;
    }
}
