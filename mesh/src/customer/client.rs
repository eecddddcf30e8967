//! One person's keep-alive connection to the marketplace, as cheap as it can be: the load
//! shares the machine with what it measures.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, StatusCode,
    body::Bytes,
    client::conn::http1::{self, SendRequest},
    header::{self, HeaderValue},
    http::request::Builder,
};
use hyper_util::rt::TokioIo;
use shared::auth::TOKEN_LIFETIME;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};

use super::{answer::Answer, site::Site};

/// How long one answer may take; the proxy gives a service as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A session this old is replaced by a new one, while its token still holds.
const RENEW_AFTER: Duration = Duration::from_secs(TOKEN_LIFETIME.as_secs() / 4 * 3);

const LOGIN: &str = "/api/auth/login";

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A request whose body is at hand.
pub(crate) type Ask = Request<Full<Bytes>>;

/// One connection, made when it is first needed and again after it broke.
pub(crate) struct Client {
    site: Arc<Site>,
    /// Counts on when a door does not answer.
    door: usize,
    session: Option<Session>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// What makes a client somebody.
#[derive(Clone)]
struct Session {
    /// The body of a login, to begin the next session with.
    login: Bytes,
    cookie: HeaderValue,
    renew_at: Instant,
}

impl Client {
    /// A visitor nobody knows.
    pub(crate) fn guest(site: &Arc<Site>) -> Self {
        Self {
            site: Arc::clone(site),
            door: site.next_door(),
            session: None,
            sender: None,
        }
    }

    /// A second connection of the same person.
    pub(crate) fn another(&self) -> Self {
        Self {
            session: self.session.clone(),
            ..Self::guest(&self.site)
        }
    }

    /// Sends `GET path`.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        let ask = Request::get(path).body(Full::default())?;
        let answer = self.send(ask).await;
        answer.with_context(|| format!("GET {path}"))
    }

    /// Sends `DELETE path`.
    pub(crate) async fn delete(&mut self, path: &str) -> Result<Answer> {
        let ask = Request::delete(path).body(Full::default())?;
        let answer = self.send(ask).await;
        answer.with_context(|| format!("DELETE {path}"))
    }

    /// Sends `POST path` with a JSON body.
    pub(crate) async fn post(&mut self, path: &str, body: String) -> Result<Answer> {
        let answer = self.send(post(path, body.into())?).await;
        answer.with_context(|| format!("POST {path}"))
    }

    /// Tries to begin a session; keeps the old one unless the answer is a new one.
    pub(crate) async fn try_login(&mut self, login: Bytes) -> Result<Answer> {
        let answer = self.send_as_is(post(LOGIN, login.clone())?).await?;
        if answer.status == StatusCode::OK {
            self.session = Some(Session {
                login,
                cookie: answer.session_cookie()?,
                renew_at: Instant::now() + RENEW_AFTER,
            });
        }
        Ok(answer)
    }

    /// The body of a login as whoever this is; `None` for a guest.
    pub(crate) fn login(&self) -> Option<Bytes> {
        Some(self.session.as_ref()?.login.clone())
    }

    /// Sends `ask` and waits for the whole answer.
    ///
    /// # Errors
    /// There is no answer: whether the server did what it was asked to is unknown.
    pub(crate) async fn send(&mut self, ask: Ask) -> Result<Answer> {
        self.renew_session().await;
        self.send_as_is(ask).await
    }

    /// Logs in again when the session is old. Refreshing it would be cheaper, but an answer that
    /// gets lost on the way would cost the session: a refresh cookie is good for one time.
    async fn renew_session(&mut self) {
        let is_old = |it: &&Session| it.renew_at <= Instant::now();
        let Some(login) = self
            .session
            .as_ref()
            .filter(is_old)
            .map(|it| it.login.clone())
        else {
            return;
        };
        // The old session holds for a while: the next request tries again.
        self.try_login(login).await.ok();
    }

    async fn send_as_is(&mut self, mut ask: Ask) -> Result<Answer> {
        let host = self.site.door(self.door)?.host.clone();
        let headers = ask.headers_mut();
        headers.insert(header::HOST, host);
        if let Some(session) = &self.session {
            headers.insert(header::COOKIE, session.cookie.clone());
        }
        let answer = timeout(PATIENCE, self.exchange(ask)).await;
        let answer = answer.unwrap_or_else(|_| bail!("no answer within {PATIENCE:?}"));
        if answer.is_err() {
            self.sender = None;
            self.door += 1;
        }
        answer
    }

    async fn exchange(&mut self, ask: Ask) -> Result<Answer> {
        let mut sender = self.connected().await?;
        let (head, body) = sender.send_request(ask).await?.into_parts();
        let body = body.collect().await?;
        self.sender = Some(sender);
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }

    /// The connection at hand, or a new one when there is none or the server closed it.
    async fn connected(&mut self) -> Result<SendRequest<Full<Bytes>>> {
        if let Some(mut sender) = self.sender.take()
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        let address = &self.site.door(self.door)?.authority;
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot reach {address}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // What goes wrong with the connection, its sender hears too.
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// `POST path` with a JSON body.
pub(crate) fn post(path: &str, body: Bytes) -> Result<Ask> {
    with_json(Request::post(path), body)
}

/// `PATCH path` with a JSON body.
pub(crate) fn patch(path: &str, body: Bytes) -> Result<Ask> {
    with_json(Request::patch(path), body)
}

fn with_json(ask: Builder, body: Bytes) -> Result<Ask> {
    Ok(ask
        .header(header::CONTENT_TYPE, JSON)
        .body(Full::new(body))?)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::{Router, routing};

    use hyper::header::HeaderMap;

    use super::*;

    /// A site where the nth login gives the cookie `token=n`, and `/me` tells the cookie.
    async fn site() -> Arc<Site> {
        let logins = Arc::new(AtomicUsize::new(1));
        let log_in = async move || {
            let number = logins.fetch_add(1, Ordering::Relaxed);
            [("set-cookie", format!("token={number}; HttpOnly"))]
        };
        let me = async |headers: HeaderMap| headers["cookie"].to_str().unwrap().to_owned();
        let router = Router::new()
            .route(LOGIN, routing::post(log_in))
            .route("/me", routing::get(me));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Arc::new(Site::parse(&url).unwrap())
    }

    #[tokio::test]
    async fn an_old_session_is_replaced_before_the_next_request() {
        let mut client = Client::guest(&site().await);
        client.try_login(Bytes::from_static(b"{}")).await.unwrap();
        let young = client.get("/me").await.unwrap();
        client.session.as_mut().unwrap().renew_at = Instant::now();

        let old = client.another().get("/me").await.unwrap();

        assert_eq!(young.bytes(), "token=1");
        assert_eq!(old.bytes(), "token=2");
    }
}
