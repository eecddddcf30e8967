//! What a service says of itself, held against what it does, at every request of every test.

use std::{collections::BTreeMap, fmt::Write};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// A document and the validators of all its schemas.
pub struct Contract {
    operations: Vec<Operation>,
}

/// What is asked, and what comes back.
struct Exchange {
    method: Method,
    path: String,
    sent: Bytes,
    is_signed_in: bool,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

struct Operation {
    method: String,
    template: String,
    needs_session: bool,
    request: Option<Validator>,
    /// By status; the content type and, for JSON, its schema.
    answers: BTreeMap<String, Option<(String, Option<Validator>)>>,
}

impl Contract {
    /// Reads a document; a schema that is none fails the test.
    pub fn new(document: &Value) -> Self {
        let mut operations = Vec::new();
        for (template, item) in object(&document["paths"]) {
            for (method, operation) in object(item) {
                operations.push(Operation {
                    method: method.to_uppercase(),
                    template: template.clone(),
                    needs_session: operation.get("security").is_some(),
                    request: schema_of(&operation["requestBody"])
                        .map(|schema| validator(document, schema)),
                    answers: answers_of(document, operation),
                });
            }
        }
        Self { operations }
    }

    /// The same routes; an answer that is not as the document says fails the test.
    pub fn around(&'static self, routes: Router) -> Router {
        routes.layer(from_fn(|request, next| self.watch(request, next)))
    }

    async fn watch(&self, request: Request, next: Next) -> Response {
        let (head, sent) = request.into_parts();
        let sent = sent.collect().await.unwrap().to_bytes();
        let mut exchange = Exchange {
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            sent: sent.clone(),
            is_signed_in: head.headers.contains_key(header::AUTHORIZATION),
            status: StatusCode::default(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        let response = next.run(Request::from_parts(head, Body::from(sent))).await;
        let (head, body) = response.into_parts();
        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            return Response::from_parts(head, body);
        }
        exchange.status = head.status;
        exchange.headers = head.headers.clone();
        exchange.body = body.collect().await.unwrap().to_bytes();
        self.check(&exchange);
        Response::from_parts(head, Body::from(exchange.body))
    }

    fn check(&self, exchange: &Exchange) {
        if let Err(why) = self.judge(exchange) {
            let Exchange {
                method,
                path,
                status,
                ..
            } = exchange;
            let body = String::from_utf8_lossy(&exchange.body);
            panic!("{method} {path} is {status}, which is not as documented: {why}\n{body}");
        }
    }

    fn judge(&self, exchange: &Exchange) -> Result<(), String> {
        let Some(operation) = self.operation(exchange)? else {
            return Ok(());
        };
        if operation.needs_session && !exchange.is_signed_in {
            expect(exchange, StatusCode::UNAUTHORIZED)?;
        }
        let is_taken = exchange.status.is_success() && !exchange.sent.is_empty();
        if let (true, Some(request)) = (is_taken, &operation.request) {
            judge_json(request, &exchange.sent).map_err(|why| format!("of the request, {why}"))?;
        }
        let answer = operation.answers.get(exchange.status.as_str());
        match answer.ok_or("the status")? {
            None if exchange.body.is_empty() => Ok(()),
            None => Err("a body".to_owned()),
            Some((kind, schema)) => {
                let sent = exchange.headers.get(header::CONTENT_TYPE);
                if sent.is_none_or(|sent| sent != kind) {
                    return Err(format!("the content type {sent:?}"));
                }
                let schema = schema.as_ref();
                schema.map_or(Ok(()), |schema| judge_json(schema, &exchange.body))
            }
        }
    }

    /// The operation that is asked for; none when none is documented, and none there is.
    fn operation(&self, exchange: &Exchange) -> Result<Option<&Operation>, String> {
        let fitting = self.operations.iter();
        let fitting = fitting.filter(|it| fits(&it.template, &exchange.path));
        // What is written out wins over a parameter.
        let template = fitting
            .map(|it| &it.template)
            .min_by_key(|it| it.contains('{'));
        let Some(template) = template else {
            return expect(exchange, StatusCode::NOT_FOUND).map(|()| None);
        };
        let method = match exchange.method.as_str() {
            "HEAD" => return Ok(None),
            method => method,
        };
        let mut all = self.operations.iter();
        let operation = all.find(|it| it.template == *template && it.method == method);
        if operation.is_none() {
            expect(exchange, StatusCode::METHOD_NOT_ALLOWED)?;
            exchange.headers.get(header::ALLOW).ok_or("no Allow")?;
        }
        Ok(operation)
    }
}

fn expect(exchange: &Exchange, status: StatusCode) -> Result<(), String> {
    if exchange.status == status {
        return Ok(());
    }
    Err(format!("expected {status}"))
}

/// Whether a path is one of the template, with or without a slash at the end.
fn fits(template: &str, path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let is_same = |(of_template, segment): (&str, &str)| {
        of_template == segment || (of_template.starts_with('{') && !segment.is_empty())
    };
    template.split('/').count() == path.split('/').count()
        && template.split('/').zip(path.split('/')).all(is_same)
}

fn answers_of(
    document: &Value,
    operation: &Value,
) -> BTreeMap<String, Option<(String, Option<Validator>)>> {
    let answer = |(status, response): (&String, &Value)| {
        let response = resolve(document, response);
        let content = response.get("content").map(|content| {
            let (kind, media) = object(content).iter().next().unwrap();
            let schema = media.get("schema").map(|schema| {
                // The objects of the answer have what is documented and nothing else.
                validator(
                    document,
                    &json!({ "allOf": [schema], "unevaluatedProperties": false }),
                )
            });
            (kind.clone(), schema)
        });
        (status.clone(), content)
    };
    object(&operation["responses"]).iter().map(answer).collect()
}

/// The schema of a JSON body.
fn schema_of(body: &Value) -> Option<&Value> {
    body.pointer("/content/application~1json/schema")
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(reference) = value["$ref"].as_str() else {
        return value;
    };
    document.pointer(reference.trim_start_matches('#')).unwrap()
}

fn validator(document: &Value, schema: &Value) -> Validator {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(&schema)
        .unwrap_or_else(|error| panic!("{error} in {schema:#}"))
}

fn judge_json(schema: &Validator, bytes: &[u8]) -> Result<(), String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| "no JSON".to_owned())?;
    let mut faults = String::new();
    for error in schema.iter_errors(&value) {
        write!(faults, "{} at {}; ", error, error.instance_path()).unwrap();
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value
        .as_object()
        .unwrap_or_else(|| panic!("no object: {value}"))
}

#[cfg(test)]
mod tests {
    use axum::{Json, routing::get};

    use super::*;
    use crate::TestClient;

    /// Routes that are documented as one: `GET /things/{id}`, 200 with `{"id": 1}`.
    fn client(answer: fn() -> (StatusCode, Json<Value>)) -> TestClient {
        let id = json!({ "type": "object", "properties": { "id": { "type": "integer" } } });
        let contract = Contract::new(
            &json!({ "components": {}, "paths": { "/things/{id}": { "get": {
            "security": [{ "session": [] }],
            "responses": {
                "200": { "content": { "application/json": { "schema": id } } },
                "401": { "content": { "application/json": {} } },
            },
        } } } }),
        );
        let routes = Router::new().route("/things/{id}", get(async move || answer()));
        let routes = routes.route("/hidden", get(async move || answer()));
        TestClient::new(Box::leak(Box::new(contract)).around(routes)).bearing("x")
    }

    async fn passes(client: &TestClient, path: &str) -> bool {
        let (client, path) = (client.clone(), path.to_owned());
        tokio::spawn(async move { client.get(&path).await })
            .await
            .is_ok()
    }

    #[tokio::test]
    async fn an_answer_that_is_not_documented_fails_the_test() {
        let good = client(|| (StatusCode::OK, Json(json!({ "id": 1 }))));
        let another_status = client(|| (StatusCode::CONFLICT, Json(json!({ "id": 1 }))));
        let another_type = client(|| (StatusCode::OK, Json(json!({ "id": "1" }))));
        let one_field_more = client(|| (StatusCode::OK, Json(json!({ "id": 1, "x": 1 }))));

        assert!(passes(&good, "/things/1").await);
        assert!(passes(&good, "/nothing").await);
        for bad in [another_status, another_type, one_field_more] {
            assert!(!passes(&bad, "/things/1").await);
        }
    }

    #[tokio::test]
    async fn a_route_that_is_not_documented_fails_the_test() {
        let client = client(|| (StatusCode::OK, Json(json!({ "id": 1 }))));

        assert!(!passes(&client, "/hidden").await);
    }
}
