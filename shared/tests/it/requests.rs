//! What a request must be, and what is told when it is not.

use axum::{
    Json, Router,
    routing::{get, post},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::{
    http::{ApiError, Body, PageQuery, PathId, QueryParams, with_layers},
    id::ProductId,
};
use shared_testing::{Answer, TestClient};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Parcel {
    name: String,
    weight: Option<u32>,
}

fn client() -> TestClient {
    let routes = Router::new()
        .route(
            "/parcels",
            post(async |Body(parcel): Body<Parcel>| Json(parcel)),
        )
        .route("/maybe", post(is_parcel_sent))
        .route(
            "/parcels/{id}",
            get(async |PathId(id): PathId<ProductId>| id.to_string()),
        )
        .route("/list", get(list));
    TestClient::new(with_layers(routes))
}

async fn is_parcel_sent(body: Option<Body<Parcel>>) -> Json<bool> {
    Json(body.is_some())
}

async fn list(QueryParams(query): QueryParams<PageQuery>) -> Result<Json<(u32, u32)>, ApiError> {
    Ok(Json(query.page_and_limit()?))
}

fn outcome(answer: &Answer) -> (u16, &str) {
    let code = answer.body["code"].as_str().unwrap_or_default();
    (answer.status.as_u16(), code)
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_with_the_reason() {
    for (body, status, code) in [
        ("{\"name\":", 400, "MALFORMED_JSON"),
        ("name=lamp", 400, "MALFORMED_JSON"),
        ("{\"name\":\"a\"} {}", 400, "MALFORMED_JSON"),
        ("[]", 400, "VALIDATION_ERROR"),
        ("[\"a\", 5]", 400, "VALIDATION_ERROR"),
        ("null", 400, "VALIDATION_ERROR"),
        ("{}", 400, "VALIDATION_ERROR"),
        ("{\"name\":5}", 400, "VALIDATION_ERROR"),
        ("{\"name\":\"a\",\"weight\":-1}", 400, "VALIDATION_ERROR"),
        ("{\"name\":\"a\",\"admin\":true}", 400, "VALIDATION_ERROR"),
        ("{\"name\":\"a\",\"name\":\"b\"}", 400, "VALIDATION_ERROR"),
    ] {
        let answer = client().send("POST", "/parcels", body).await;

        assert_eq!(outcome(&answer), (status, code), "{body}");
        assert!(!answer.body["message"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_refused_body_names_what_is_wrong_with_it() {
    let sent = "{\"name\":\"a\",\"admin\":true}";

    let answer = client().send("POST", "/parcels", sent).await;

    let error = &answer.body["errors"][0];
    assert_eq!(error["field"], "body");
    assert_eq!(error["code"], "WRONG_TYPE");
    assert!(error["message"].as_str().unwrap().contains("admin"));
}

#[tokio::test]
async fn a_body_of_another_content_type_is_refused() {
    let form = client().with("content-type", "text/plain");

    let answer = form.send("POST", "/parcels", "").await;

    assert_eq!(outcome(&answer), (415, "UNSUPPORTED_MEDIA_TYPE"));
}

#[tokio::test]
async fn a_body_may_have_one_mebibyte_and_not_a_byte_more() {
    let of_size = |size: usize| format!("{{\"name\":\"{}\"}}", "a".repeat(size - 11));

    let fits = client().send("POST", "/parcels", &of_size(1 << 20)).await;
    let exceeds = client()
        .send("POST", "/parcels", &of_size((1 << 20) + 1))
        .await;

    assert_eq!(fits.status, StatusCode::OK);
    assert_eq!(outcome(&exceeds), (413, "PAYLOAD_TOO_LARGE"));
}

#[tokio::test]
async fn a_body_that_may_be_absent_is_checked_when_it_is_there() {
    let sent = |body| client_send("/maybe", body);

    assert_eq!(sent("").await.body, false);
    assert_eq!(sent("{\"name\":\"a\"}").await.body, true);
    assert_eq!(outcome(&sent("{").await), (400, "MALFORMED_JSON"));
}

async fn client_send(path: &str, body: &str) -> Answer {
    client().send("POST", path, body).await
}

#[tokio::test]
async fn an_id_in_the_path_is_a_whole_number() {
    for (id, status, code) in [
        ("7", 200, ""),
        ("2147483647", 200, ""),
        ("2147483648", 404, "NOT_FOUND"),
        ("99999999999999999999999", 404, "NOT_FOUND"),
        ("abc", 400, "BAD_ID"),
        ("1abc", 400, "BAD_ID"),
        ("-1", 400, "BAD_ID"),
        ("+1", 400, "BAD_ID"),
        ("1.5", 400, "BAD_ID"),
        ("%20", 400, "BAD_ID"),
        ("%ff", 400, "BAD_ID"),
        ("%D9%A3", 400, "BAD_ID"),
    ] {
        let answer = client().get(&format!("/parcels/{id}")).await;

        assert_eq!(outcome(&answer), (status, code), "{id}");
    }
}

#[tokio::test]
async fn a_page_has_limits() {
    for (query, status, code) in [
        ("", 200, ""),
        ("?page=10000&limit=100", 200, ""),
        ("?page=0", 400, "VALIDATION_ERROR"),
        ("?page=10001", 400, "VALIDATION_ERROR"),
        ("?limit=0", 400, "VALIDATION_ERROR"),
        ("?limit=101", 400, "VALIDATION_ERROR"),
        ("?page=-1", 400, "BAD_QUERY"),
        ("?page=two", 400, "BAD_QUERY"),
        ("?page=", 400, "BAD_QUERY"),
        ("?page=1&page=2", 400, "BAD_QUERY"),
        ("?limit=4294967296", 400, "BAD_QUERY"),
    ] {
        let answer = client().get(&format!("/list{query}")).await;

        assert_eq!(outcome(&answer), (status, code), "{query}");
    }
    assert_eq!(client().get("/list").await.body, serde_json::json!([1, 20]));
}
