//! Who a request comes from, and what they may do.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use shared::{
    auth::{Caller, Permission},
    http::{ApiError, with_layers},
};
use shared_testing::{TestClient, TestTokens};

#[tokio::test]
async fn a_caller_is_whoever_the_bearer_token_names() {
    let tokens = TestTokens::create();
    let routes = Router::new()
        .route("/me", get(async |caller: Caller| Json(caller.id())))
        .route(
            "/who",
            get(async |caller: Option<Caller>| Json(caller.map(|it| it.id()))),
        )
        .with_state(tokens.verifier.clone());
    let guest = TestClient::new(with_layers(routes));
    let token = tokens.of(7);

    for (header, is_known) in [
        (format!("Bearer {token}"), true),
        (format!("bearer {token}"), true),
        (format!("Basic {token}"), false),
        (token.clone(), false),
        ("Bearer garbage".to_owned(), false),
        ("Bearer".to_owned(), false),
    ] {
        let client = guest.with("authorization", &header);
        let (me, who) = (client.get("/me").await, client.get("/who").await);

        assert_eq!(
            me.status.as_u16(),
            if is_known { 200 } else { 401 },
            "{header}"
        );
        assert_eq!(
            who.body,
            if is_known { json!(7) } else { Value::Null },
            "{header}"
        );
    }
    assert_eq!(guest.get("/me").await.body["code"], "UNAUTHORIZED");
}

#[tokio::test]
async fn a_route_that_asks_for_a_permission_refuses_whoever_lacks_it() {
    let tokens = TestTokens::create();
    let manage = async |caller: Caller| {
        caller.may(Permission::ManageUsers)?;
        Ok::<_, ApiError>(Json(caller.id()))
    };
    let routes = Router::new()
        .route("/users", get(manage))
        .with_state(tokens.verifier.clone());
    let guest = TestClient::new(with_layers(routes));
    let ask = async |token: String| guest.bearing(&token).get("/users").await;

    let refused = ask(tokens.of(1)).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["code"]),
        (403, &json!("FORBIDDEN"))
    );
    assert_eq!(
        ask(tokens.with(1, &[Permission::ManageUsers]))
            .await
            .status
            .as_u16(),
        200
    );
}
