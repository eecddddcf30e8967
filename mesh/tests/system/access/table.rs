//! The calls of the API, and what each of the four who ask gets.

use hyper::Method;
use serde_json::{Value, json};

use super::Things;

/// A call, and the status that each of the four gets, in this order.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) method: Method,
    /// With `{…}` as the API's description has it.
    pub(super) route: &'static str,
    pub(super) path: String,
    /// `{who}` in it stands for the one who asks.
    body: Option<Value>,
    pub(super) expected: [u16; 4],
}

impl Row {
    /// What this one of the four sends.
    pub(super) fn body_of(&self, who: &str) -> Option<Value> {
        let text = self.body.as_ref()?.to_string().replace("{who}", who);
        Some(text.parse().unwrap())
    }
}

pub(super) fn address() -> Value {
    json!({"name": "Owner", "line1": "1 Main Street", "city": "Tokyo",
        "postal_code": "100-0001", "country": "JP"})
}

fn row(method: Method, route: &'static str, body: Option<Value>, expected: [u16; 4]) -> Row {
    Row {
        method,
        path: route.to_owned(),
        route,
        body,
        expected,
    }
}

/// Everybody gets the same.
const ALL: [u16; 4] = [200; 4];

/// Whoever is signed in sees their own.
const SIGNED_IN: [u16; 4] = [401, 200, 200, 200];

/// The thing is its owner's; others may know that it exists.
const OWNERS: [u16; 4] = [401, 403, 200, 403];

/// The thing is its owner's; for others it does not exist.
const SECRET: [u16; 4] = [401, 404, 200, 404];

/// How one gets in; whoever is in may do so once more.
pub(super) fn ways_in() -> Vec<Row> {
    let post = |route, body, expected| row(Method::POST, route, body, expected);
    let account = json!({"username": "{who}1", "email": "{who}1@example.com",
        "password": "demotest1", "repeat_password": "demotest1"});
    let login = json!({"email": "{who}1@example.com", "password": "demotest1"});
    vec![
        post("/api/auth/signup", Some(account), [201; 4]),
        post("/api/auth/login", Some(login), ALL),
        post("/api/auth/demo-login", Some(json!({"as": "buyer"})), ALL),
        row(Method::GET, "/api/auth/demo", None, ALL),
        // For a cookie that none of them sends; sessions.rs has one.
        post("/api/auth/refresh", None, [401; 4]),
    ]
}

pub(super) fn reading(things: &Things) -> Vec<Row> {
    let get = |route, expected| row(Method::GET, route, None, expected);
    let mut rows = vec![
        get("/api/auth/checkIsAuth", ALL),
        get("/api/auth/permissions", SIGNED_IN),
        get("/api/auth/me", SIGNED_IN),
        get("/api/auth/sessions", SIGNED_IN),
        get("/api/auth/addresses", SIGNED_IN),
        get("/api/auth/users", [401, 403, 403, 200]),
        get("/api/products/public", ALL),
        get("/api/products/categories", ALL),
        get("/api/products", SIGNED_IN),
        get("/api/products/my-home", SIGNED_IN),
        get("/api/products/{id}", ALL),
        get("/api/products/{id}/picture", [404; 4]),
        get("/api/products/ws", [400; 4]),
        get("/api/orders", SIGNED_IN),
        get("/api/orders/sales", SIGNED_IN),
        get("/api/orders/{id}", [401, 404, 200, 200]),
        get("/api/orders/ws", [401, 400, 400, 400]),
        get("/api/auth/openapi.json", ALL),
        get("/api/products/openapi.json", ALL),
        get("/api/orders/openapi.json", ALL),
        // The proxy's own, but for /api/openapi.json, which comes and goes with the browser app.
        get("/health", ALL),
        get("/health/all", ALL),
        get("/api/docs", ALL),
    ];
    for row in &mut rows {
        let id = if row.route.starts_with("/api/orders") {
            things.order
        } else {
            things.product
        };
        row.path = row.path.replace("{id}", &id.to_string());
    }
    rows
}

/// A call about one thing.
fn about(
    id: &dyn ToString,
    method: Method,
    route: &'static str,
    body: Option<Value>,
    expected: [u16; 4],
) -> Row {
    Row {
        path: route.replace("{id}", &id.to_string()),
        ..row(method, route, body, expected)
    }
}

pub(super) fn trading(things: &Things) -> Vec<Row> {
    let (post, id) = (Method::POST, &things.product);
    let listing = json!({"name": "New", "price": "1.00", "category": "Toys", "quantity": 1});
    let cart = json!({"items": [{"product_id": 5, "price": "599.99", "quantity": 1}]});
    let (one, picture) = ("/api/products/{id}", "/api/products/{id}/picture");
    let (name, units) = (json!({"name": "Changed"}), json!({"quantity": 1}));
    vec![
        row(
            post.clone(),
            "/api/products",
            Some(listing),
            [401, 201, 201, 201],
        ),
        row(
            post.clone(),
            "/api/orders",
            Some(cart),
            [401, 201, 201, 201],
        ),
        about(id, Method::PATCH, one, Some(name), OWNERS),
        about(id, post, "/api/products/{id}/restock", Some(units), OWNERS),
        about(id, Method::DELETE, picture, None, OWNERS),
        // No picture is sent, and who may not send one is told that first.
        about(id, Method::PUT, picture, None, [401, 403, 400, 403]),
        about(id, Method::DELETE, one, None, [401, 403, 200, 404]),
    ]
}

pub(super) fn accounts(things: &Things) -> Vec<Row> {
    let (patch, delete) = (Method::PATCH, Method::DELETE);
    let (book, entry) = ("/api/auth/addresses", "/api/auth/addresses/{id}");
    let (user, session) = ("/api/auth/users/{id}", "/api/auth/sessions/{id}");
    let (city, enabled) = (json!({"city": "Kyoto"}), json!({"is_disabled": false}));
    vec![
        row(Method::POST, book, Some(address()), [401, 201, 201, 201]),
        about(&things.address, patch.clone(), entry, Some(city), SECRET),
        about(&things.address, delete.clone(), entry, None, SECRET),
        about(&things.session, delete.clone(), session, None, SECRET),
        about(
            &things.user,
            patch,
            user,
            Some(enabled),
            [401, 403, 403, 200],
        ),
    ]
}

/// After each of these the token of the one who asked is void.
pub(super) fn leaving() -> Vec<Row> {
    let name = json!({"username": "{who}2"});
    vec![
        row(Method::PATCH, "/api/auth/me", Some(name), SIGNED_IN),
        row(Method::DELETE, "/api/auth/sessions", None, SIGNED_IN),
        row(Method::POST, "/api/auth/logout", None, ALL),
    ]
}
