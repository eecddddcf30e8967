//! What comes back when something fails, and the id that every answer has.

use axum::{Json, Router, routing::get};
use http::{StatusCode, header};
use serde_json::{Value, json};
use shared::{
    cause::Cause,
    http::{ApiError, with_layers},
};
use shared_testing::{Answer, TestClient};

fn client() -> TestClient {
    let routes = Router::new()
        .route("/fine", get(async || "fine"))
        .route("/panic", get(panics))
        .route("/broken", get(async || broken(ApiError::internal)))
        .route(
            "/busy",
            get(async || broken(|error| ApiError::unavailable(7, error))),
        )
        .route("/refused", get(async || refused()))
        .route(
            "/cause",
            get(async |cause: Cause| Json([cause.request_id, cause.traceparent])),
        );
    TestClient::new(with_layers(routes))
}

async fn panics() -> StatusCode {
    panic!("secret of the panic")
}

fn broken(wrap: impl Fn(std::io::Error) -> ApiError) -> ApiError {
    wrap(std::io::Error::other("secret of the cause"))
}

fn refused() -> ApiError {
    let status = StatusCode::CONFLICT;
    ApiError::new(status, "TAKEN", "somebody has it").with_details(&json!({ "lines": [1, 2] }))
}

fn request_id(answer: &Answer) -> String {
    answer.headers["x-request-id"].to_str().unwrap().to_owned()
}

/// The names in a body, and nothing that tells how the service works.
fn assert_plain(answer: &Answer, code: &str) {
    let body = answer.body.as_object().unwrap();
    let names: Vec<_> = body.keys().map(String::as_str).collect();
    assert_eq!(names, ["code", "message", "request_id"]);
    assert_eq!(answer.body["code"], code);
    assert_eq!(answer.body["request_id"], Value::from(request_id(answer)));
    assert!(!answer.body.to_string().contains("secret"));
}

#[tokio::test]
async fn a_failed_answer_has_its_message_code_details_and_request_id() {
    let answer = client().get("/refused").await;

    assert_eq!(answer.status, StatusCode::CONFLICT);
    let expected = json!({
        "message": "somebody has it",
        "code": "TAKEN",
        "lines": [1, 2],
        "request_id": request_id(&answer),
    });
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn a_failure_of_ours_tells_the_request_id_and_nothing_else() {
    let answer = client().get("/broken").await;

    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_plain(&answer, "INTERNAL_ERROR");
}

#[tokio::test]
async fn a_panic_is_answered_like_any_failure_of_ours() {
    let answer = client().get("/panic").await;

    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_plain(&answer, "INTERNAL_ERROR");
}

#[tokio::test]
async fn a_busy_service_says_when_to_try_again() {
    let answer = client().get("/busy").await;

    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers[header::RETRY_AFTER], "7");
    assert_plain(&answer, "UNAVAILABLE");
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let answer = client().get("/nothing").await;

    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_plain(&answer, "NOT_FOUND");
}

/// RFC 9110, section 15.5.6: the answer must name the methods that the path has.
#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let answer = client().delete("/fine").await;

    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_plain(&answer, "METHOD_NOT_ALLOWED");
    let allowed = answer.headers.get(header::ALLOW);
    assert_eq!(
        allowed.map(|value| value.to_str().unwrap()),
        Some("GET,HEAD")
    );
}

#[tokio::test]
async fn a_request_keeps_the_id_it_came_with() {
    let answer = client()
        .with("x-request-id", "Client_id-0001")
        .get("/cause")
        .await;

    assert_eq!(request_id(&answer), "Client_id-0001");
    assert_eq!(answer.body, serde_json::json!(["Client_id-0001", ""]));
}

#[tokio::test]
async fn a_request_keeps_the_trace_it_came_with() {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = client().with("traceparent", trace).get("/cause").await;

    assert_eq!(answer.body[1], trace);
}

#[tokio::test]
async fn a_request_without_a_proper_id_gets_a_new_one() {
    let too_long = "a".repeat(65);
    let mut given = Vec::new();
    for sent in [
        "",
        "short",
        "has space",
        "<script>",
        "caf\u{e9}-12345",
        &too_long,
    ] {
        let answer = client().with("x-request-id", sent).get("/fine").await;

        let id = request_id(&answer);
        assert_ne!(id, sent);
        assert_eq!(id.len(), 36, "{sent:?} became {id:?}");
        given.push(id);
    }
    let count = given.len();
    given.sort_unstable();
    given.dedup();
    assert_eq!(given.len(), count);
}
