//! What a service can be asked, as OpenAPI 3.1: collected from the handlers, completed with what
//! holds for all of them, and served beside the routes that it describes.

pub mod fields;

mod flat;
mod refusals;

use axum::{Router, routing::get};
use http::{StatusCode, header};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema, openapi::OpenApi};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::http::ErrorBody;

/// Routes and their description, which cannot be added one without the other.
pub struct Api<S = ()> {
    name: &'static str,
    router: OpenApiRouter<S>,
}

impl<S: Clone + Send + Sync + 'static> Api<S> {
    /// An API that is called `name` and lives below `/api/<name>`.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            router: OpenApiRouter::default(),
        }
    }

    /// Adds what `routes!` knows of the handlers of one path, which may end with a slash or not.
    #[must_use]
    pub fn routes(mut self, routes: UtoipaMethodRouter<S>) -> Self {
        for path in routes.1.paths.keys() {
            let with_slash = format!("{path}/");
            self.router = self.router.route(&with_slash, routes.2.clone());
        }
        self.router = self.router.routes(routes);
        self
    }

    /// The description of all routes.
    pub fn document(&self) -> Value {
        document_of(self.name, self.router.get_openapi())
    }

    /// The routes, and one more that answers with their description.
    pub fn into_router(self) -> Router<S> {
        let document = self.document().to_string();
        let json = [(header::CONTENT_TYPE, "application/json")];
        let show = get(async move || (json, document));
        let (router, _) = self.router.split_for_parts();
        router.route(&path_of(self.name), show)
    }
}

fn path_of(name: &str) -> String {
    format!("/api/{name}/openapi.json")
}

fn document_of(name: &str, collected: &OpenApi) -> Value {
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Mesh: {name}"),
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/" }],
        "tags": [{ "name": name }],
        "paths": collected.paths,
        "components": {
            "schemas": collected.components.as_ref().map(|it| &it.schemas),
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "token" },
                "bearer": { "type": "http", "scheme": "bearer" },
            },
        },
    });
    document["paths"][path_of(name)] = json!({ "get": {
        "operationId": "openapi",
        "summary": "This description, as OpenAPI 3.1.",
        "responses": { "200": {
            "content": { "application/json": { "schema": { "type": "object" } } },
        } },
    } });
    add_schema::<ErrorBody<'_>>(&mut document);
    flat::flatten(&mut document);
    for (method, operation) in operations(&mut document) {
        complete(name, method, operation);
    }
    document["components"]["responses"] = refusals::common();
    document
}

/// What holds for every operation, so that no handler need say it.
fn complete(name: &str, method: &str, operation: &mut Map<String, Value>) {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let id = format!("{name}_{id}");
    operation.insert("operationId".to_owned(), id.into());
    operation.insert("tags".to_owned(), json!([name]));
    if operation.contains_key("security") {
        let either = json!([{ "session": [] }, { "bearer": [] }]);
        operation.insert("security".to_owned(), either);
    }
    if let Some(body) = operation.get_mut("requestBody") {
        complete_body(method, body);
    }
    refusals::add_to(operation);
    let responses = operation["responses"].as_object_mut();
    for (status, response) in responses.into_iter().flatten() {
        let is_described = response.get("description").is_some() || response.get("$ref").is_some();
        if !is_described {
            let status: Option<StatusCode> = status.parse().ok();
            let name = status.and_then(|it| it.canonical_reason());
            response["description"] = name.unwrap_or_default().into();
        }
    }
}

fn complete_body(method: &str, body: &mut Value) {
    let schema = body.pointer_mut("/content/application~1json/schema");
    let mut is_required = true;
    if let Some(schema) = schema {
        // An `Option`: the body may be absent, but not `null`.
        if let Some(some) = schema.pointer("/oneOf/0").cloned() {
            *schema = some;
            is_required = false;
        }
        // What is absent from a change stays as it is.
        if let (Some(fields), "patch") = (schema.as_object_mut(), method) {
            fields.remove("required");
        }
    }
    body["required"] = is_required.into();
}

fn operations(document: &mut Value) -> impl Iterator<Item = (&str, &mut Map<String, Value>)> {
    let paths = document["paths"].as_object_mut();
    paths
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(Value::as_object_mut)
        .flatten()
        .filter_map(|(method, operation)| Some((method.as_str(), operation.as_object_mut()?)))
}

fn add_schema<T: ToSchema + PartialSchema>(document: &mut Value) {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    for (name, schema) in schemas {
        document["components"]["schemas"][name] = json!(schema);
    }
}
