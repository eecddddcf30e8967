//! Listing a product and changing it.

use http::StatusCode;
use serde_json::json;
use shared::db;
use shared_testing::{TestLink, eventually};
use tokio::join;

use crate::stage::{BUYER, PRODUCTS, Stage, client, id_of, lamp, path};

#[tokio::test]
async fn a_product_belongs_to_whoever_listed_it_whatever_the_body_says() {
    let stage = Stage::create().await;
    let mut body = lamp();
    body["user_id"] = json!(1);

    let answer = stage.buyer.post(PRODUCTS, body).await;

    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.body["message"], "Product created");
    assert_eq!(answer.body["product"]["user_id"], BUYER);
    assert_eq!(answer.body["product"]["seller_name"], "user2");
    assert_eq!(answer.body["product"]["version"], 1);
}

#[tokio::test]
async fn numbers_may_be_text_and_keep_every_cent() {
    let stage = Stage::create().await;
    for (price, quantity, kept) in [
        (json!("12.5"), json!("3"), "12.50"),
        (json!(12.5), json!(3), "12.50"),
        (json!("0.10"), json!(0), "0.10"),
        (json!(0), json!(1_000_000), "0.00"),
        (json!("99999999.99"), json!(1), "99999999.99"),
        (json!(99_999_999.99), json!(1), "99999999.99"),
    ] {
        let body =
            json!({"name": "Lamp", "price": price, "category": "Home", "quantity": quantity});

        let answer = stage.seller.post(PRODUCTS, body).await;

        let stored = stage.guest.get(&path(id_of(&answer))).await;
        assert_eq!(stored.body["price"], kept);
        assert_eq!(answer.body["product"], stored.body);
    }
}

#[tokio::test]
async fn a_product_without_a_quantity_is_one_and_its_name_is_trimmed() {
    let stage = Stage::create().await;
    let body = json!({"name": "  L\u{e4}mp \u{1f4a1} ", "price": "10", "category": "Home"});

    let answer = stage.seller.post("/api/products/", body).await;

    assert_eq!(answer.body["product"]["quantity"], 1);
    assert_eq!(answer.body["product"]["name"], "L\u{e4}mp \u{1f4a1}");
}

#[tokio::test]
async fn a_change_touches_what_it_names_and_raises_the_version() {
    let stage = Stage::create().await;
    let id = path(stage.list(5).await);
    let mut expected = stage.guest.get(&id).await.body;
    for (number, (field, value)) in [
        ("name", json!("Desk lamp")),
        ("price", json!("12.34")),
        ("category", json!("Furniture")),
        ("quantity", json!(7)),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = stage
            .seller
            .patch(&id, json!({ field: value.clone() }))
            .await;

        expected[field] = value;
        expected["version"] = json!(number + 2);
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body["message"], "Product updated!");
        assert_eq!(answer.body["product"], expected);
        assert_eq!(stage.guest.get(&id).await.body, expected);
    }
}

#[tokio::test]
async fn a_change_of_a_version_that_is_not_the_newest_is_refused() {
    let stage = Stage::create().await;
    let id = path(stage.list(5).await);
    let change = |price: &str| {
        stage
            .seller
            .patch(&id, json!({"price": price, "version": 1}))
    };

    let (first, second) = join!(change("11.00"), change("12.00"));

    let (done, refused) = match first.status {
        StatusCode::OK => (first, second),
        _ => (second, first),
    };
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.body["code"], "STALE_VERSION");
    assert_eq!(stage.guest.get(&id).await.body, done.body["product"]);
    let again = stage
        .seller
        .patch(&id, json!({"price": "12.00", "version": 2}))
        .await;
    assert_eq!(again.status, StatusCode::OK);
}

#[tokio::test]
async fn only_its_seller_changes_a_product_or_takes_it_off_sale() {
    let stage = Stage::create().await;
    let id = path(stage.list(5).await);
    let before = stage.guest.get(&id).await.body;

    let changed = stage.buyer.patch(&id, json!({"price": "0.01"})).await;
    let withdrawn = stage.buyer.delete(&id).await;

    for answer in [changed, withdrawn] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.body["code"], "FORBIDDEN");
    }
    assert_eq!(stage.guest.get(&id).await.body, before);
}

#[tokio::test]
async fn a_product_that_does_not_exist_cannot_be_changed() {
    let stage = Stage::create().await;
    for (id, status) in [("999", 404), ("99999999999", 404), ("abc", 400)] {
        let id = format!("{PRODUCTS}/{id}");
        let changed = stage.seller.patch(&id, json!({"quantity": 1})).await;
        let withdrawn = stage.seller.delete(&id).await;

        assert_eq!(
            [changed, withdrawn].map(|it| it.status.as_u16()),
            [status; 2]
        );
    }
}

#[tokio::test]
async fn while_the_database_is_away_the_answer_is_try_again() {
    let stage = Stage::create().await;
    let link = TestLink::to(&stage.database_url).await;
    let linked = client(db::connect(link.url()).await.unwrap(), &stage.tokens);
    let seller = linked.bearing(&stage.tokens.of(1));
    let list = || seller.post(PRODUCTS, lamp());
    assert_eq!(list().await.status, StatusCode::CREATED);

    link.cut();
    for answer in [list().await, linked.get("/api/products/public").await] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.body["code"], "UNAVAILABLE");
    }

    link.restore();
    eventually(list, |answer| answer.status == StatusCode::CREATED).await;
}
