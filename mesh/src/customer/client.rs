//! One person's keep-alive connection to the marketplace, as cheap as it can be: the load
//! shares the machine with what it measures.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use http_body_util::{BodyExt, Collected, Full};
use hyper::{
    Request, StatusCode, Uri,
    body::{Buf, Bytes},
    client::conn::http1::{self, SendRequest},
    header::{self, HeaderMap, HeaderValue},
    http::request::Builder,
};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::{net::TcpStream, time::timeout};

/// How long one answer may take; the proxy gives a service as long.
const PATIENCE: Duration = Duration::from_secs(30);

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A request whose body is at hand.
pub(crate) type Ask = Request<Full<Bytes>>;

/// Where the marketplace is: one door or several, that lead to the same.
pub(crate) struct Site {
    doors: Vec<Door>,
    /// How many clients have been given a door; they take turns.
    given: AtomicUsize,
}

struct Door {
    /// `host:port`
    authority: String,
    host: HeaderValue,
}

/// One connection, made when it is first needed and again after it broke.
pub(crate) struct Client {
    site: Arc<Site>,
    /// Counts on when a door does not answer.
    door: usize,
    cookie: Option<HeaderValue>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    body: Collected<Bytes>,
}

impl Site {
    /// The site at `urls`, e.g. `http://127.0.0.1:8080`, several with commas between them.
    pub(crate) fn parse(urls: &str) -> Result<Self> {
        Ok(Self {
            doors: urls.split(',').map(Door::parse).collect::<Result<_>>()?,
            given: AtomicUsize::default(),
        })
    }

    fn door(&self, number: usize) -> Result<&Door> {
        let door = self.doors.get(number % self.doors.len().max(1));
        door.context("the site has no door")
    }
}

impl Door {
    fn parse(url: &str) -> Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("{url} is not a URL"))?;
        let (Some("http"), Some(host)) = (uri.scheme_str(), uri.host()) else {
            bail!("{url} is not a URL such as http://127.0.0.1:8080");
        };
        let authority = format!("{host}:{}", uri.port_u16().unwrap_or(80));
        let host = HeaderValue::from_str(&authority)?;
        Ok(Self { authority, host })
    }
}

impl Client {
    /// A visitor nobody knows.
    pub(crate) fn guest(site: &Arc<Site>) -> Self {
        Self {
            site: Arc::clone(site),
            door: site.given.fetch_add(1, Ordering::Relaxed),
            cookie: None,
            sender: None,
        }
    }

    /// A second connection of the same person.
    pub(crate) fn another(&self) -> Self {
        Self {
            cookie: self.cookie.clone(),
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

    /// Keeps the session that `answer` to a login gives.
    pub(crate) fn remember(&mut self, answer: &Answer) -> Result<()> {
        let cookies = answer.headers.get_all(header::SET_COOKIE);
        let session = cookies
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .find(|pair| pair.starts_with("token="))
            .context("the answer to a login sets no cookie `token`")?;
        self.cookie = Some(HeaderValue::from_str(session)?);
        Ok(())
    }

    /// The token of the session, if there is one.
    pub(crate) fn token(&self) -> Option<String> {
        let cookie = self.cookie.as_ref()?.to_str().ok()?;
        cookie.strip_prefix("token=").map(str::to_owned)
    }

    /// Sends `ask` and waits for the whole answer.
    ///
    /// # Errors
    /// There is no answer: whether the server did what it was asked to is unknown.
    pub(crate) async fn send(&mut self, mut ask: Ask) -> Result<Answer> {
        let host = self.site.door(self.door)?.host.clone();
        let headers = ask.headers_mut();
        headers.insert(header::HOST, host);
        if let Some(cookie) = &self.cookie {
            headers.insert(header::COOKIE, cookie.clone());
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

impl Answer {
    /// This answer, if it has the `wanted` status.
    pub(crate) fn expect(self, wanted: StatusCode) -> Result<Self> {
        let status = self.status;
        ensure!(
            status == wanted,
            "{status} instead of {wanted}: {}",
            String::from_utf8_lossy(&self.bytes())
        );
        Ok(self)
    }

    /// The body, read as JSON.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T> {
        let body = self.bytes();
        serde_json::from_slice(&body)
            .with_context(|| format!("unexpected answer: {}", String::from_utf8_lossy(&body)))
    }

    /// The body.
    pub(crate) fn bytes(self) -> Bytes {
        self.body.to_bytes()
    }

    /// Size of the body in bytes.
    pub(crate) fn size(self) -> usize {
        self.body.aggregate().remaining()
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
    use super::*;

    #[test]
    fn clients_take_turns_at_the_doors() {
        let site = Arc::new(Site::parse("http://a:1,http://b:2").unwrap());
        let given = || {
            let client = Client::guest(&site);
            site.door(client.door).unwrap().authority.clone()
        };

        assert_eq!([given(), given(), given()], ["a:1", "b:2", "a:1"]);
    }
}
