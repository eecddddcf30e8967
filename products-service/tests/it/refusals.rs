//! What a product cannot be, told field by field.

use http::StatusCode;
use serde_json::{Value, json};

use crate::stage::{PRODUCTS, Stage, lamp, path};

fn wrong_values() -> Vec<(&'static str, Value)> {
    vec![
        ("name", json!("")),
        ("name", json!("   ")),
        ("name", json!("a".repeat(256))),
        ("name", json!("a\u{0}b")),
        ("name", json!("a\nb")),
        ("name", json!(5)),
        ("name", json!(["Lamp"])),
        ("price", json!(-1)),
        ("price", json!("-0.01")),
        ("price", json!("1.999")),
        ("price", json!(1.999)),
        ("price", json!("")),
        ("price", json!("free")),
        ("price", json!("NaN")),
        ("price", json!(1e30)),
        ("price", json!("100000000.00")),
        ("price", json!(true)),
        ("category", json!("")),
        ("category", json!("Weapons")),
        ("category", json!("home")),
        ("quantity", json!(-1)),
        ("quantity", json!(1.5)),
        ("quantity", json!("many")),
        ("quantity", json!("")),
        ("quantity", json!(1_000_001)),
        ("quantity", json!(99_999_999_999_i64)),
    ]
}

fn fields(body: &Value) -> Vec<&str> {
    let errors = body["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_wrong_field_of_a_new_product_is_named() {
    let stage = Stage::create().await;
    for (field, value) in wrong_values() {
        let mut body = lamp();
        body[field] = value.clone();

        let answer = stage.seller.post(PRODUCTS, body).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}: {value}");
        assert_eq!(answer.body["message"], "Validation Error");
        assert_eq!(fields(&answer.body), [field], "{value}");
    }
    assert_eq!(stage.count("SELECT count(*) FROM products").await, 0);
    assert_eq!(stage.count("SELECT count(*) FROM outbox").await, 0);
}

#[tokio::test]
async fn a_wrong_field_of_a_change_is_named_and_nothing_changes() {
    let stage = Stage::create().await;
    let id = path(stage.list(5).await);
    let before = stage.guest.get(&id).await.body;
    for (field, value) in wrong_values() {
        let mut body = json!({"name": "New name"});
        body[field] = value.clone();

        let answer = stage.seller.patch(&id, body).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}: {value}");
        assert_eq!(fields(&answer.body), [field], "{value}");
    }
    assert_eq!(stage.guest.get(&id).await.body, before);
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    let stage = Stage::create().await;

    let answer = stage.seller.post(PRODUCTS, json!({"quantity": -1})).await;

    assert_eq!(
        fields(&answer.body),
        ["name", "price", "category", "quantity"]
    );
}

#[tokio::test]
async fn a_change_of_nothing_is_refused() {
    let stage = Stage::create().await;
    let id = path(stage.list(5).await);
    for body in [
        json!({}),
        json!({"version": 1}),
        json!({"user_id": 2}),
        json!({"name": null}),
    ] {
        let answer = stage.seller.patch(&id, body.clone()).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.body["errors"][0]["code"], "EMPTY", "{body}");
    }
    assert_eq!(stage.guest.get(&id).await.body["version"], 1);
}

#[tokio::test]
async fn a_field_that_no_product_has_is_refused() {
    let stage = Stage::create().await;
    let id = path(stage.list(5).await);
    for field in [
        "id",
        "seller_name",
        "withdrawn_at",
        "created_at",
        "discount",
    ] {
        let mut body = lamp();
        body[field] = json!(1);

        let created = stage.seller.post(PRODUCTS, body.clone()).await;
        let changed = stage.seller.patch(&id, body).await;

        for answer in [created, changed] {
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}");
            assert!(
                answer.body["errors"][0]["message"]
                    .as_str()
                    .unwrap()
                    .contains(field)
            );
        }
    }
}
