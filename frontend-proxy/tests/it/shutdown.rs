//! The end of the process.

use std::{sync::Arc, time::Duration};

use http::Method;
use tokio::{io::AsyncReadExt, net::TcpStream, sync::Notify, time::timeout};

use crate::{
    service::{Service, text},
    stage::{Stage, read, request},
};

/// Far less than the proxy would wait for a request that does not end.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_request_under_way_is_finished_and_no_other_begun() {
    let (arrived, proceed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&arrived), Arc::clone(&proceed));
    let service = Service::answering("127.0.0.1:0", move |_| {
        let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
        async move {
            tell.notify_one();
            wait.notified().await;
            text("late but whole")
        }
    });
    let service = service.await;
    let mut stage = Stage::before(&service).await;
    let mut client = stage.connect().await;
    let answer = tokio::spawn(async move {
        let request = request(Method::GET, "/api/products/", "");
        read(client.send_request(request).await.unwrap()).await
    });
    arrived.notified().await;

    stage.stop.cancel();
    let refused = shared_testing::eventually(
        || async { TcpStream::connect(stage.address).await.is_err() },
        |refused| *refused,
    );
    assert!(refused.await);
    proceed.notify_one();

    assert_eq!(answer.await.unwrap().body, "late but whole");
    assert!(timeout(SOON, &mut stage.ended).await.is_ok());
}

#[tokio::test]
async fn idle_connections_do_not_hold_the_end_up() {
    let service = Service::echoing().await;
    let mut stage = Stage::before(&service).await;
    let mut silent = stage.socket().await;
    let mut used = stage.connect().await;
    let request = request(Method::GET, "/health", "");
    read(used.send_request(request).await.unwrap()).await;

    stage.stop.cancel();

    assert!(timeout(SOON, &mut stage.ended).await.is_ok());
    assert_eq!(silent.read(&mut [0; 8]).await.unwrap_or(0), 0);
}
