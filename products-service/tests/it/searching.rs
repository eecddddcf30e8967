//! Searching, filtering and sorting the catalog.

use http::StatusCode;
use products_service::demo;
use serde_json::{Value, json};

use crate::stage::{SELLER, Stage, ids, lamp};

const PUBLIC: &str = "/api/products/public";

/// The sample products: 1 to 4 of the seller, 5 to 8 of the buyer.
async fn stage() -> Stage {
    let stage = Stage::create().await;
    demo::seed(&stage.db).await.unwrap();
    stage
}

async fn add(stage: &Stage, name: &str) -> i64 {
    let mut body = lamp();
    body["name"] = json!(name);
    let answer = stage.seller.post("/api/products", body).await;
    answer.body["product"]["id"].as_i64().unwrap()
}

/// What a guest finds.
async fn find(stage: &Stage, query: &str) -> Vec<i64> {
    let answer = stage.guest.get(&format!("{PUBLIC}/?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {answer:?}");
    let found = ids(&answer.body["items"]);
    assert_eq!(answer.body["total"], found.len(), "{query}");
    found
}

#[tokio::test]
async fn a_search_forgives_case_accents_typing_errors_and_missing_ends() {
    let stage = stage().await;
    let table = add(&stage, "Caf\u{e9} Stra\u{df}e").await;

    for query in ["pixel", "PIXEL", "pixle", "pix", "p%C3%ADxel", "ixel"] {
        let mut found = find(&stage, &format!("q={query}")).await;
        found.sort_unstable();
        assert_eq!(found, [4, 5], "{query}");
    }
    for query in ["cafe", "CAF%C3%89", "strasse", "straze%20cafe"] {
        let found = find(&stage, &format!("q={query}")).await;
        assert_eq!(found.first(), Some(&table), "{query}");
    }
    assert_eq!(find(&stage, "q=desk+chair").await[0], 2);
    assert_eq!(find(&stage, "q=chair+desk").await[0], 2);
}

#[tokio::test]
async fn the_best_match_comes_first() {
    let stage = stage().await;

    assert_eq!(find(&stage, "q=pixel+10").await, [4, 5]);
    assert_eq!(find(&stage, "q=pixel+9").await, [5, 4]);
}

#[tokio::test]
async fn what_is_searched_for_is_never_sql() {
    let stage = stage().await;

    for query in [
        "%27%20OR%201=1--",
        "%25",
        "_",
        "%5C",
        "%22",
        "%27;DROP%20TABLE%20products;--",
        "%F0%9F%92%A3",
        "$$",
        "?",
    ] {
        assert_eq!(find(&stage, &format!("q={query}")).await, [0; 0], "{query}");
    }
    assert_eq!(find(&stage, "q=").await.len(), 8);
}

#[tokio::test]
async fn filters_hold_together() {
    let stage = stage().await;
    let id = |id: i64| format!("/api/products/{id}");
    stage.seller.patch(&id(1), json!({"quantity": 0})).await;

    let mut electronics = find(&stage, "category=Electronics").await;
    electronics.sort_unstable();

    assert_eq!(electronics, [1, 4, 5, 8]);
    assert_eq!(
        find(&stage, "category=Electronics&in_stock=true&sort=price_asc").await,
        [5, 4, 8]
    );
    assert_eq!(
        find(&stage, "min=49.99&max=149.99&sort=price_desc").await,
        [2, 6, 7]
    );
    assert_eq!(find(&stage, "q=pixel&max=600").await, [5]);
    assert_eq!(find(&stage, "in_stock=false").await.len(), 8);
    assert_eq!(find(&stage, "ids=7,3,99&sort=name").await, [3, 7]);
    assert_eq!(find(&stage, "min=100&max=1").await, [0; 0]);
}

#[tokio::test]
async fn every_order_is_total() {
    let stage = stage().await;
    let newest = add(&stage, "apple").await;

    assert_eq!(find(&stage, "sort=newest").await[0], newest);
    assert_eq!(find(&stage, "sort=name").await[..3], [newest, 3, 6]);
    let up = find(&stage, "sort=price_asc").await;
    let mut down = find(&stage, "sort=price_desc").await;
    down.reverse();
    assert_eq!(up, down);
}

#[tokio::test]
async fn people_look_through_what_others_sell_or_what_they_sell_themselves() {
    let stage = stage().await;
    let sellers = |body: &Value| {
        let items = body["items"].as_array().unwrap();
        let mut sellers: Vec<_> = items.iter().map(|it| it["user_id"].clone()).collect();
        sellers.dedup();
        (sellers, body["total"].clone())
    };

    let others = stage.seller.get("/api/products/my-home?sort=name").await;
    let own = stage.seller.get("/api/products/?sort=name").await;
    let guest = stage.guest.get("/api/products/my-home?q=x").await;

    assert_eq!(sellers(&others.body), (vec![json!(2)], json!(4)));
    assert_eq!(sellers(&own.body), (vec![json!(SELLER)], json!(4)));
    assert_eq!(guest.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn categories_are_counted_in_their_fixed_order() {
    let stage = stage().await;
    stage.seller.delete("/api/products/3").await;

    let answer = stage.guest.get("/api/products/categories").await;

    let count = |name, count| json!({"name": name, "count": count});
    let expected = json!([
        count("Electronics", 4),
        count("Furniture", 2),
        count("Accessories", 1),
        count("Clothing", 0),
        count("Home", 0),
        count("Sports", 0),
        count("Toys", 0),
        count("Beauty", 0),
    ]);
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn a_wish_that_makes_no_sense_is_refused() {
    let stage = stage().await;
    let long = format!("q={}", "e".repeat(101));
    for query in [
        "category=toys",
        "category=",
        "min=-1",
        "max=x",
        "in_stock=maybe",
        "sort=best",
        "ids=1,x",
        "ids=99999999999",
        "page=x",
        "q=%00",
        &long,
    ] {
        let answer = stage.guest.get(&format!("{PUBLIC}?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.body["code"], "BAD_QUERY", "{query}");
    }
}
