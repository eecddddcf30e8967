//! What guests, sellers and buyers see of the catalog.

use http::StatusCode;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::stage::{BUYER, PRODUCTS, SELLER, Stage, id_of, ids, lamp, list, path};

#[tokio::test]
async fn an_empty_catalog_is_an_empty_list() {
    let stage = Stage::create().await;
    for path in [
        "public",
        "public/",
        "public?page=1",
        "",
        "/",
        "my-home",
        "my-home/",
    ] {
        let slash = if path.starts_with('/') || path.is_empty() {
            ""
        } else {
            "/"
        };

        let answer = stage.seller.get(&format!("{PRODUCTS}{slash}{path}")).await;

        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let items = answer.body.get("items").unwrap_or(&answer.body);
        assert_eq!(items, &json!([]), "{path}");
    }
}

#[tokio::test]
async fn everybody_sees_every_product_with_its_price_as_text() {
    let stage = Stage::create().await;
    let first = stage.list(5).await;
    let second = id_of(&list(&stage.buyer, 0).await);

    let answer = stage.guest.get("/api/products/public/").await;

    assert_eq!(ids(&answer.body), [i64::from(first), i64::from(second)]);
    let mut product = answer.body[0].clone();
    assert!(
        product["created_at"]
            .take()
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    let expected = json!({
        "id": first, "name": "Lamp", "price": "10.00", "category": "Home", "quantity": 5,
        "user_id": SELLER, "seller_name": "user1", "version": 1, "created_at": null,
        "picture": null,
    });
    assert_eq!(product, expected);
}

#[tokio::test]
async fn pages_cut_the_list_without_gap_or_overlap() {
    let stage = Stage::create().await;
    for _ in 0..25 {
        stage.list(1).await;
    }
    let page = async |query: &str| {
        let answer = stage
            .guest
            .get(&format!("/api/products/public/?{query}"))
            .await;
        assert_eq!(answer.body["total"], 25, "{query}");
        (ids(&answer.body["items"]), answer.body)
    };

    let (first, body) = page("page=1&limit=10").await;
    let (second, _) = page("page=2&limit=10").await;
    let (third, _) = page("page=3&limit=10").await;
    let (beyond, _) = page("page=4&limit=10").await;
    let (default, _) = page("page=1").await;

    assert_eq!((&body["page"], &body["limit"]), (&json!(1), &json!(10)));
    assert_eq!(
        [first, second, third].concat(),
        (1..=25).rev().collect::<Vec<_>>()
    );
    assert!(beyond.is_empty());
    assert_eq!(default.len(), 20);
    let refused = stage.guest.get("/api/products/public?limit=101").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.body["errors"][0]["field"], "limit");
}

#[tokio::test]
async fn sellers_see_their_own_and_buyers_what_others_have_on_stock_newest_first() {
    let stage = Stage::create().await;
    let old = i64::from(stage.list(5).await);
    let sold_out = i64::from(stage.list(0).await);
    let new = i64::from(stage.list(1).await);
    let other = i64::from(id_of(&list(&stage.buyer, 5).await));

    let own = stage.seller.get("/api/products/").await;
    let home = stage.buyer.get("/api/products/my-home/").await;
    let sellers_home = stage.seller.get("/api/products/my-home").await;

    assert_eq!(ids(&own.body), [old, sold_out, new]);
    assert_eq!(ids(&home.body), [new, old]);
    assert_eq!(ids(&sellers_home.body), [other]);
}

#[tokio::test]
async fn newest_first_goes_by_when_a_product_was_listed() {
    let stage = Stage::create().await;
    let (first, second) = (stage.list(1).await, stage.list(1).await);
    let renew = format!("UPDATE products SET created_at = now() + '1 hour' WHERE id = {first}");
    stage.db.execute_unprepared(&renew).await.unwrap();

    let home = stage.buyer.get("/api/products/my-home").await;

    assert_eq!(ids(&home.body), [i64::from(first), i64::from(second)]);
}

#[tokio::test]
async fn what_belongs_to_a_user_asks_who_that_is() {
    let stage = Stage::create().await;
    let id = path(stage.list(5).await);
    let stranger = stage.guest.bearing("garbage");
    for guest in [&stage.guest, &stranger] {
        for answer in [
            guest.get(PRODUCTS).await,
            guest.get("/api/products/my-home/").await,
            guest.post(PRODUCTS, lamp()).await,
            guest.patch(&id, json!({"quantity": 0})).await,
            guest.delete(&id).await,
        ] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_eq!(answer.body["code"], "UNAUTHORIZED");
        }
    }
    assert_eq!(stage.guest.get(&id).await.body["quantity"], 5);
}

#[tokio::test]
async fn one_product_is_shown_to_everybody() {
    let stage = Stage::create().await;
    let id = stage.list(5).await;

    let shown = stage.guest.get(&path(id)).await;
    let with_slash = stage.guest.get(&format!("{}/", path(id))).await;

    assert_eq!(shown.status, StatusCode::OK);
    assert_eq!(shown.body["name"], "Lamp");
    assert_eq!(shown.body, with_slash.body);
    for (other, status) in [
        ("999999", 404),
        ("999999999999", 404),
        ("0", 404),
        ("abc", 400),
    ] {
        let answer = stage.guest.get(&format!("{PRODUCTS}/{other}")).await;

        assert_eq!(answer.status.as_u16(), status, "{other}");
    }
}

#[tokio::test]
async fn a_product_that_was_taken_off_sale_is_in_no_list() {
    let stage = Stage::create().await;
    let (gone, kept) = (stage.list(5).await, stage.list(5).await);

    let answer = stage.seller.delete(&path(gone)).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["message"], "Product deleted");
    assert_eq!(id_of(&answer), gone);
    for (client, list) in [
        (&stage.guest, "/api/products/public"),
        (&stage.seller, "/api/products"),
        (&stage.buyer, "/api/products/my-home"),
    ] {
        assert_eq!(
            ids(&client.get(list).await.body),
            [i64::from(kept)],
            "{list}"
        );
    }
    let page = stage.guest.get("/api/products/public?page=1").await;
    assert_eq!(page.body["total"], 1);
    assert_eq!(
        stage.guest.get(&path(gone)).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        stage.seller.delete(&path(gone)).await.status,
        StatusCode::NOT_FOUND
    );
    let revive = stage
        .seller
        .patch(&path(gone), json!({"quantity": 1}))
        .await;
    assert_eq!(revive.status, StatusCode::NOT_FOUND);
    let rows = format!("SELECT count(*) FROM products WHERE user_id <> {BUYER}");
    assert_eq!(stage.count(&rows).await, 2);
}
