//! Spans, as a collector gets them.

use std::{
    collections::HashMap,
    fs,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, routing::post};
use mesh::{Mesh, Options};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message;
use serde_json::json;
use tokio::net::TcpListener;

use crate::shopper::{Shopper, eventually};

/// A span, and the process that it comes from.
#[derive(Clone)]
struct Told {
    process: String,
    span: Span,
}

/// A collector that keeps what it gets.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Told>>>);

impl Collector {
    /// Listens on a free port; the address comes with it.
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let keep = collector.clone();
        let take = post(async move |body: Bytes| keep.take(body));
        let router = Router::new().route("/v1/traces", take);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, router).into_future());
        (collector, format!("http://{address}"))
    }

    fn take(&self, body: Bytes) {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        for resource in request.resource_spans {
            let attributes = resource.resource.unwrap().attributes;
            let process = text(&attributes, "service.name");
            let spans = resource.scope_spans.into_iter().flat_map(|it| it.spans);
            let told = spans.map(|span| Told {
                process: process.clone(),
                span,
            });
            self.0.lock().unwrap().extend(told);
        }
    }

    /// The spans of the trace that holds a span with this name.
    fn trace_with(&self, name: &str) -> Vec<Told> {
        let told = self.0.lock().unwrap();
        let names: Vec<_> = told.iter().map(|it| it.span.name.as_str()).collect();
        let found = told.iter().find(|it| it.span.name == name);
        assert!(found.is_some(), "no {name} in {names:?}");
        let trace = found.map(|it| &it.span.trace_id);
        let is_of_it = |it: &&Told| Some(&it.span.trace_id) == trace;
        told.iter().filter(is_of_it).cloned().collect()
    }
}

fn text(attributes: &[KeyValue], name: &str) -> String {
    let found = attributes.iter().find(|it| it.key == name);
    match found.and_then(|it| it.value.clone()?.value) {
        Some(Value::StringValue(text)) => text,
        _ => String::new(),
    }
}

#[tokio::test]
async fn an_order_is_one_trace_from_the_door_to_its_end() {
    let (collector, endpoint) = Collector::start().await;
    let mesh = Mesh::start(Options {
        otlp_endpoint: Some(endpoint),
        log_format: "json".to_owned(),
        ..Options::default()
    })
    .await
    .unwrap();
    let seller = Shopper::sign_up(mesh.url(), "seller").await;
    let buyer = Shopper::sign_up(mesh.url(), "buyer").await;
    let product = seller.list_product("2.50", 100).await;
    let items = json!([{"product_id": product, "price": "2.50", "quantity": 1}]);
    buyer.order_until_answered(&items, "one").await;
    eventually(
        || buyer.orders(),
        |orders| orders[0]["status"] == "COMPLETED",
    )
    .await;
    let logs = mesh.logs();
    let read = |service: &str| fs::read_to_string(logs.join(format!("{service}.log"))).unwrap();
    let told = ["orders-service", "products-service"].map(read);

    // What a process that ends has not sent yet, it sends then.
    mesh.stop().await;

    let trace = collector.trace_with("process order.created.v1");
    let spans: HashMap<_, _> = trace
        .iter()
        .map(|it| ((it.process.as_str(), it.span.name.as_str()), &it.span))
        .collect();
    let span = |process, name| spans[&(process, name)];
    let door = span("frontend-proxy", "POST /api/orders");
    let placed = span("orders-service", "POST /api/orders");
    let decided = span("products-service", "process order.created.v1");
    let settled = span("orders-service", "process verdict.reached.v1");
    assert!(door.parent_span_id.is_empty());
    assert_eq!(placed.parent_span_id, door.span_id);
    assert_eq!(decided.parent_span_id, placed.span_id);
    assert_eq!(settled.parent_span_id, decided.span_id);
    let first_wait = span("products-service", "wait in orders_stream");
    assert_eq!(first_wait.parent_span_id, placed.span_id);
    assert!(first_wait.end_time_unix_nano <= decided.start_time_unix_nano);
    let second_wait = span("orders-service", "wait in inventory_stream");
    assert_eq!(second_wait.parent_span_id, decided.span_id);
    assert!(second_wait.start_time_unix_nano <= second_wait.end_time_unix_nano);
    assert_eq!(trace.len(), 6, "nothing is told twice");

    let trace_id = u128::from_be_bytes(door.trace_id.as_slice().try_into().unwrap());
    let trace_id = format!("{trace_id:032x}");
    let lines = |log: &String| log.lines().filter(|line| line.contains(&trace_id)).count();
    assert_eq!(
        told.each_ref().map(lines),
        [2, 1],
        "placed and final; decided"
    );
}
