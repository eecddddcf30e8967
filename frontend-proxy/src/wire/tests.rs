//! A connection over real sockets, with more of a request than fits into them.

use std::{convert::Infallible, future::pending, net::Ipv4Addr, time::Duration};

use http::{HeaderValue, Request, Response};
use http_body_util::Empty;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{DuplexStream, duplex},
    net::TcpSocket,
    sync::mpsc,
    time::timeout,
};

use super::*;
use crate::{
    body::Upload,
    config::LimitSettings,
    headers::Origin,
    pace::MinRate,
    peer::{HTTPS, Peer},
};

const LARGE: u32 = 1 << 20;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A request of HTTP/2, where each frame is a piece, and the client that is to send its body.
async fn put(length: &str) -> (Request<Incoming>, DuplexStream) {
    let (mut client, server) = duplex(LARGE as usize * 2);
    let (came, mut coming) = mpsc::channel(1);
    let service = service_fn(move |request| {
        came.try_send(request).unwrap();
        pending::<Result<Response<Empty<Bytes>>, Infallible>>()
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .max_frame_size(LARGE)
        .initial_stream_window_size(LARGE)
        .initial_connection_window_size(LARGE)
        .serve_connection(TokioIo::new(server), service);
    tokio::spawn(connection);
    let mut block = Vec::new();
    for (name, value) in [
        (":method", "PUT"),
        (":scheme", "https"),
        (":authority", "a"),
        (":path", "/"),
        ("content-length", length),
    ] {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    let preface = &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..];
    // It says nothing of itself and agrees to what the server says.
    let settings = [frame(4, 0, 0, &[]), frame(4, 1, 0, &[])].concat();
    let head = [preface, &settings, &frame(1, 4, 1, &block)].concat();
    client.write_all(&head).await.unwrap();
    (coming.recv().await.unwrap(), client)
}

fn outgoing(request: Request<Incoming>) -> Outgoing {
    let rate = MinRate::new(&LimitSettings::default());
    let request = request.map(|body| Upload::of(body, LARGE.into(), rate));
    let client = Peer::at(Ipv4Addr::LOCALHOST.into(), HTTPS).unwrap();
    let request_id = HeaderValue::from_static("1");
    let origin = Origin {
        request_id: &request_id,
        client: &client,
    };
    Outgoing::of(request, &origin).unwrap()
}

/// A connection with room for much less than a piece, and its other end.
async fn narrow() -> (Wire, TcpStream) {
    let [ours, theirs] = [TcpSocket::new_v4().unwrap(), TcpSocket::new_v4().unwrap()];
    ours.set_send_buffer_size(4096).unwrap();
    theirs.set_recv_buffer_size(4096).unwrap();
    theirs.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = theirs.listen(1).unwrap();
    let socket = ours.connect(listener.local_addr().unwrap()).await.unwrap();
    let wire = Wire {
        socket,
        inbox: Inbox::default(),
    };
    (wire, listener.accept().await.unwrap().0)
}

#[tokio::test]
async fn a_connection_with_half_a_piece_on_it_is_not_used_again() {
    let piece = vec![b'x'; LARGE as usize / 4];
    let (request, mut client) = put(&piece.len().to_string()).await;
    let mut request = outgoing(request);
    let (mut wire, mut service) = narrow().await;

    let service = async {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(service.read_u8().await.unwrap());
        }
        client.write_all(&frame(0, 1, 1, &piece)).await.unwrap();
        // The first byte of the only piece.
        service.read_u8().await.unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        service.write_all(answer).await.unwrap();
    };
    let talk = async { tokio::join!(wire.exchange(&mut request), service).0 };
    let answer = timeout(Duration::from_mins(1), talk).await.unwrap();

    assert!(answer.unwrap().is_last);
}
