//! Who may call what: every route, asked by a guest, by the owner of the thing, by somebody else
//! and by an administrator; through the door and past it.

mod table;

use std::fs;

use hyper::{Method, StatusCode, header::CONTENT_TYPE};
use mesh::{Mesh, Options, openapi};
use serde_json::{Value, json};

use self::table::{Row, accounts, address, leaving, reading, trading, ways_in};
use crate::shopper::{Shopper, eventually};

/// A picture of one grey point.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\
    \0\0\0\x0aIDATx\xdac`\0\0\0\x02\0\x01\xe5'\xde\xfc\0\0\0\0IEND\xaeB`\x82";

/// The four who ask.
struct People {
    guest: Shopper,
    other: Shopper,
    owner: Shopper,
    admin: Shopper,
}

impl People {
    async fn of(mesh: &Mesh) -> Self {
        let site = mesh.url();
        for name in ["other", "owner"] {
            Shopper::sign_up(site, name).await;
        }
        Self::sign_in(site).await
    }

    /// With a session of their own each.
    async fn sign_in(site: &str) -> Self {
        let mut admin = Shopper::guest(site);
        let login = json!({"email": "admin@admin.com", "password": "demotest"});
        admin.sign_in("/api/auth/login", &login).await;
        Self {
            guest: Shopper::guest(site),
            other: Shopper::sign_in_again(site, "other").await,
            owner: Shopper::sign_in_again(site, "owner").await,
            admin,
        }
    }

    fn all(&self) -> [(&'static str, &Shopper); 4] {
        [
            ("guest", &self.guest),
            ("other", &self.other),
            ("owner", &self.owner),
            ("admin", &self.admin),
        ]
    }
}

/// What the owner has.
#[derive(Default)]
struct Things {
    product: i64,
    /// For an administrator to withdraw.
    second_product: i64,
    order: i64,
    address: i64,
    session: String,
    /// The owner's id.
    user: i64,
}

impl Things {
    async fn of(people: &People) -> Self {
        let owner = &people.owner;
        let product = owner.list_product("5.00", 9).await;
        let second_product = owner.list_product("5.00", 9).await;
        let items = json!([{"product_id": 5, "price": "599.99", "quantity": 1}]);
        let (status, placed) = owner.order_until_answered(&items, "matrix").await;
        assert_eq!(status, StatusCode::CREATED, "{placed}");
        let (_, added) = owner.post("/api/auth/addresses", &address()).await;
        // Not the session that asks, so that its end is nobody's end: that of the sign-up.
        let (_, sessions) = owner.get("/api/auth/sessions").await;
        let sessions = sessions["items"].as_array().unwrap();
        let session = sessions.iter().find(|it| it["current"] == false).unwrap();
        Self {
            product,
            second_product,
            order: placed["orderId"].as_i64().unwrap(),
            address: added["address"]["id"].as_i64().unwrap(),
            session: session["id"].as_str().unwrap().to_owned(),
            user: owner.get("/api/auth/me").await.1["id"].as_i64().unwrap(),
        }
    }
}

#[test]
fn the_table_has_every_route_that_the_api_describes() {
    let document = fs::read_to_string(openapi::path()).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let things = Things::default();
    let table: Vec<_> = [
        ways_in(),
        reading(&things),
        trading(&things),
        accounts(&things),
        leaving(),
    ]
    .concat()
    .iter()
    .map(|row| (row.method.as_str().to_lowercase(), row.route))
    .collect();

    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let is_in_table = table.contains(&(method.clone(), path));
            assert!(is_in_table, "{method} {path} is missing");
        }
    }
}

/// Asks as these people, of whom the table speaks in this order, and says who got something else.
async fn ask(rows: &[Row], people: &[(&str, &Shopper)]) {
    for row in rows {
        for ((who, person), expected) in people.iter().zip(row.expected) {
            let body = row.body_of(who);
            let call = person.call(row.method.clone(), &row.path, body.as_ref());
            let (status, body) = call.await;
            let (method, route) = (&row.method, row.route);
            assert_eq!(status.as_u16(), expected, "{who}: {method} {route}: {body}");
        }
    }
}

/// What the table has no room for: an administrator's own way with a product, and a picture.
async fn ask_for_more(people: &People, things: &Things) {
    let path = format!("/api/products/{}", things.second_product);
    let (status, body) = people.admin.call(Method::DELETE, &path, None).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "an administrator withdraws anything: {body}"
    );

    let path = format!("/api/products/{}/picture", things.product);
    let picture = people.owner.request(Method::PUT, &path);
    let picture = picture.header(CONTENT_TYPE, "image/png");
    let answer = people.owner.exchange(picture, PICTURE).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn every_route_answers_each_caller_as_the_table_says() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let people = People::of(&mesh).await;
    let things = Things::of(&people).await;
    let reading = reading(&things);
    let writing = [trading(&things), accounts(&things)].concat();

    // Past the door, what is closed to a guest or to somebody else is as closed as at it.
    for (service, prefix) in [
        ("auth-service", "/api/auth"),
        ("products-service", "/api/products"),
        ("orders-service", "/api/orders"),
    ] {
        let state = mesh.state();
        let found = state.services.iter().find(|it| it.name == service).unwrap();
        let site = format!("http://{}", found.address);
        let (guest, other) = (Shopper::guest(&site), people.other.behind_the_door(&site));
        let is_closed = |row: &&Row| row.route.starts_with(prefix) && row.expected[1] > 400;
        let closed: Vec<_> = reading
            .iter()
            .chain(&writing)
            .filter(is_closed)
            .cloned()
            .collect();
        ask(&closed, &[("guest", &guest), ("other", &other)]).await;
    }
    ask(&ways_in(), &people.all()).await;
    ask(&reading, &people.all()).await;
    ask_for_more(&people, &things).await;
    ask(&writing, &people.all()).await;
    for row in leaving() {
        let people = People::sign_in(mesh.url()).await;
        ask(&[row], &people.all()).await;
    }
    mesh.stop().await;
}

#[tokio::test]
async fn a_disabled_account_is_refused_by_every_service() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let people = People::of(&mesh).await;
    let user = people.other.get("/api/auth/me").await.1["id"].clone();
    assert_eq!(people.other.get("/api/orders").await.0, StatusCode::OK);

    let change = json!({"is_disabled": true});
    let path = format!("/api/auth/users/{user}");
    let (status, body) = people.admin.call(Method::PATCH, &path, Some(&change)).await;
    assert_eq!(status, StatusCode::OK, "{body}");

    for path in ["/api/auth/me", "/api/products", "/api/orders"] {
        let status = || async { people.other.get(path).await.0 };
        eventually(status, |status| *status == StatusCode::UNAUTHORIZED).await;
    }
    mesh.stop().await;
}
