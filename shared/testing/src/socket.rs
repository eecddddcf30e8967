//! A WebSocket as a browser opens it, against routes that listen on a port.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use futures_util::{SinkExt, StreamExt};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

/// What does not come in this time fails the test, as with `eventually`.
const DEADLINE: Duration = Duration::from_mins(1);

/// The client's end of a WebSocket.
pub struct TestSocket {
    inner: WebSocketStream<TcpStream>,
}

/// Serves routes on a free local port until the test ends.
pub async fn serve_router(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

impl TestSocket {
    /// Opens a WebSocket, or says with which status it was refused.
    ///
    /// # Errors
    /// The status, when it is another than 101.
    pub async fn open(
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, StatusCode> {
        let mut request = format!("ws://{address}{path}")
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            let value: HeaderValue = value.parse().unwrap();
            request.headers_mut().insert(name, value);
        }
        let stream = TcpStream::connect(address).await.unwrap();
        match client_async(request, stream).await {
            Ok((inner, _)) => Ok(Self { inner }),
            Err(Error::Http(answer)) => Err(answer.status()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Says a text.
    pub async fn say(&mut self, text: impl ToString) {
        let text = Message::text(text.to_string());
        self.inner.send(text).await.unwrap();
    }

    /// Says a text, again and again, until the server has ended the connection.
    pub async fn say_until_dropped(&mut self, text: &str) {
        let talk = async { while self.inner.send(Message::text(text)).await.is_ok() {} };
        timeout(DEADLINE, talk).await.unwrap();
    }

    /// The next text, as JSON.
    pub async fn hear(&mut self) -> Value {
        match self.next().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("no text but {other:?}"),
        }
    }

    /// The first text that `accept` likes.
    pub async fn hear_until(&mut self, accept: impl Fn(&Value) -> bool) -> Value {
        loop {
            let heard = self.hear().await;
            if accept(&heard) {
                return heard;
            }
        }
    }

    /// The code with which the server closes; none when it just ends.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.next().await {
                Some(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                Some(_) => {}
                None => return None,
            }
        }
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            let next = timeout(DEADLINE, self.inner.next()).await;
            match next.unwrap_or_else(|_| panic!("nothing for {DEADLINE:?}")) {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Some(message),
                Some(Err(_)) | None => return None,
            }
        }
    }
}
