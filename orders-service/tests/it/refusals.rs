//! What cannot be ordered, told field by field.

use http::StatusCode;
use serde_json::{Value, json};

use crate::stage::{ORDERS, Stage, cart, item};

fn wrong_lines() -> Vec<(&'static str, Value)> {
    vec![
        ("quantity", json!(0)),
        ("quantity", json!(-5)),
        ("quantity", json!("-5")),
        ("quantity", json!(1.5)),
        ("quantity", json!(1001)),
        ("quantity", json!(4_294_967_297_i64)),
        ("quantity", json!("one")),
        ("quantity", json!(null)),
        ("quantity", json!([1])),
        ("price", json!("-1.00")),
        ("price", json!("1.001")),
        ("price", json!("")),
        ("price", json!("free")),
        ("price", json!("1e2")),
        ("price", json!(true)),
        ("price", json!("100000000.00")),
        ("product_id", json!(0)),
        ("product_id", json!(-1)),
        ("product_id", json!(1.5)),
        ("product_id", json!("1 OR 1=1")),
        ("product_id", json!(2_147_483_648_i64)),
        ("product_id", json!({})),
    ]
}

#[tokio::test]
async fn a_wrong_field_of_a_line_is_named() {
    let stage = Stage::create().await;
    for (field, value) in wrong_lines() {
        let mut line = item(9, "1.00", 1);
        line[field] = value.clone();

        let answer = stage
            .buyer
            .post(ORDERS, cart(&[item(8, "1.00", 1), line]))
            .await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}: {value}");
        assert_eq!(answer.body["code"], "VALIDATION_ERROR");
        let errors = answer.body["errors"].as_array().unwrap();
        let named: Vec<_> = errors
            .iter()
            .map(|it| it["field"].as_str().unwrap())
            .collect();
        assert_eq!(named, [format!("items[1].{field}")], "{value}");
    }
    assert_eq!(stage.count("orders").await, 0);
    assert_eq!(stage.count("outbox").await, 0);
}

#[tokio::test]
async fn a_cart_that_is_none_is_refused() {
    let stage = Stage::create().await;
    let line = item(8, "1.00", 1);
    let without = |field: &str| {
        let mut line = line.clone();
        line.as_object_mut().unwrap().remove(field);
        cart(&[line])
    };
    for (body, field, code) in [
        (cart(&[]), "items", "EMPTY_CART"),
        (cart(&vec![line.clone(); 101]), "items", "TOO_MANY"),
        (
            cart(&[item(8, "1.00", 600), item(8, "1.00", 401)]),
            "items[1].quantity",
            "OUT_OF_RANGE",
        ),
        (
            cart(&[line.clone(), item(8, "2.00", 1)]),
            "items[1].price",
            "TWO_PRICES",
        ),
        (without("quantity"), "body", "WRONG_TYPE"),
        (without("price"), "body", "WRONG_TYPE"),
        (without("product_id"), "body", "WRONG_TYPE"),
        (json!({}), "body", "WRONG_TYPE"),
        (json!([]), "body", "WRONG_TYPE"),
        (json!({"items": {}}), "body", "WRONG_TYPE"),
        (json!({"items": null}), "body", "WRONG_TYPE"),
        (
            json!({"items": [line], "status": "SHIPPED"}),
            "body",
            "WRONG_TYPE",
        ),
    ] {
        let answer = stage.buyer.post(ORDERS, body.clone()).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let error = &answer.body["errors"][0];
        assert_eq!(
            (&error["field"], &error["code"]),
            (&json!(field), &json!(code)),
            "{body}"
        );
    }
    assert_eq!(stage.count("orders").await, 0);
}

#[tokio::test]
async fn the_largest_cart_is_accepted() {
    let stage = Stage::create().await;
    let items: Vec<_> = (1..=100).map(|id| item(id, "1.00", 1000)).collect();

    let answer = stage.buyer.post(ORDERS, cart(&items)).await;

    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.body["itemCount"], 100);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let stage = Stage::create().await;
    for body in ["{", "items=1", "{\"items\": [}", "\u{0}"] {
        let answer = stage.buyer.send("POST", ORDERS, body).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.body["code"], "MALFORMED_JSON", "{body}");
    }
}
