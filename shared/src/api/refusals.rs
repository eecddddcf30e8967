//! How an operation may be refused: what its handler says, and what follows from what it takes.
//!
//! A handler names its own refusals as ``(status = 409, description = "`STALE_VERSION`: why")``. What
//! stands in backquotes there are the codes that programs can rely on.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A status, a code and what it means.
type Refusal = (&'static str, &'static str, &'static str);

/// What can happen to any request, in a service or on the way to it.
const ANY: [Refusal; 6] = [
    (
        "400",
        "BAD_REQUEST",
        "the path or a header is not well-formed",
    ),
    (
        "429",
        "RATE_LIMITED",
        "too many requests; try again after `Retry-After` seconds",
    ),
    (
        "500",
        "INTERNAL_ERROR",
        "a bug; the log has the cause under the request id",
    ),
    (
        "502",
        "BAD_GATEWAY",
        "the service could not be reached; try again",
    ),
    (
        "503",
        "UNAVAILABLE",
        "a part is restarting or overloaded; try again after `Retry-After` seconds",
    ),
    (
        "504",
        "GATEWAY_TIMEOUT",
        "the service did not answer in time",
    ),
];

const SECURED: [Refusal; 2] = [
    ("401", "UNAUTHORIZED", "not signed in, or no longer; log in"),
    ("403", "FORBIDDEN", "what you are does not allow it"),
];

const WITH_ID: [Refusal; 2] = [
    ("400", "BAD_ID", "the id in the path is not a whole number"),
    (
        "404",
        "NOT_FOUND",
        "nothing has this id, or it is somebody else's",
    ),
];

const WITH_QUERY: [Refusal; 1] = [("400", "BAD_QUERY", "the query string is not of its form")];

const WITH_PAGES: [Refusal; 1] = [(
    "400",
    "VALIDATION_ERROR",
    "`errors` names what is out of range",
)];

const WITH_BODY: [Refusal; 2] = [
    ("400", "MALFORMED_BODY", "the body did not arrive whole"),
    ("413", "PAYLOAD_TOO_LARGE", "the body is too large"),
];

const WITH_JSON: [Refusal; 3] = [
    (
        "400",
        "VALIDATION_ERROR",
        "`errors` names the fields that break their rules",
    ),
    ("400", "MALFORMED_JSON", "the body is not JSON"),
    (
        "415",
        "UNSUPPORTED_MEDIA_TYPE",
        "send `content-type: application/json`",
    ),
];

const ALL: [&[Refusal]; 7] = [
    &ANY,
    &SECURED,
    &WITH_ID,
    &WITH_QUERY,
    &WITH_PAGES,
    &WITH_BODY,
    &WITH_JSON,
];

/// Responses of one code, which the operations refer to.
pub(super) fn common() -> Value {
    let response = |refusal: &Refusal| {
        let (status, code, _) = *refusal;
        (
            code.to_owned(),
            response(status, &[line_of(*refusal)], None),
        )
    };
    // Those of status 400 have other codes beside them, wherever they are.
    let alone = ALL
        .into_iter()
        .flatten()
        .filter(|(status, ..)| *status != "400");
    alone.map(response).collect()
}

/// Adds a response for every status with which this operation may be refused.
pub(super) fn add_to(operation: &mut Map<String, Value>) {
    let common = common_to(operation);
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    let mut refusals: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (status, response) in responses.iter() {
        if status.starts_with(['4', '5']) {
            let said = response["description"].as_str().unwrap_or_default();
            refusals.insert(status.clone(), vec![said.to_owned()]);
        }
    }
    for refusal in common {
        let (status, code, _) = refusal;
        let lines = refusals.entry(status.to_owned()).or_default();
        if !lines.iter().any(|line| codes_in(line).any(|it| it == code)) {
            lines.push(line_of(refusal));
        }
    }
    for (status, lines) in refusals {
        let own = responses.get(&status);
        let own = own.and_then(|own| own.pointer("/content/application~1json/schema").cloned());
        let shared = ALL.iter().copied().flatten();
        let shared = shared
            .filter(|_| own.is_none())
            .find(|it| lines == [line_of(**it)]);
        let response = match shared {
            Some((status, code, _)) if *status != "400" => {
                json!({ "$ref": format!("#/components/responses/{code}") })
            }
            _ => response(&status, &lines, own),
        };
        responses.insert(status, response);
    }
}

/// What follows from what the operation takes.
fn common_to(operation: &Map<String, Value>) -> Vec<Refusal> {
    let mut refusals = ANY.to_vec();
    if operation.contains_key("security") {
        refusals.extend(SECURED);
    }
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let has = |key: &str, value: &str| {
        parameters.is_some_and(|list| list.iter().any(|parameter| parameter[key] == value))
    };
    if has("in", "path") {
        refusals.extend(WITH_ID);
    }
    if has("in", "query") {
        refusals.extend(WITH_QUERY);
    }
    if has("name", "page") {
        refusals.extend(WITH_PAGES);
    }
    if let Some(body) = operation.get("requestBody") {
        refusals.extend(WITH_BODY);
        if body.pointer("/content/application~1json").is_some() {
            refusals.extend(WITH_JSON);
        }
    }
    refusals
}

/// A failed answer with one of the codes in `lines`, and with more where the handler says so.
fn response(status: &str, lines: &[String], own: Option<Value>) -> Value {
    let codes: Vec<&str> = lines.iter().flat_map(|line| codes_in(line)).collect();
    let mut schema = json!({ "allOf": [
        { "$ref": "#/components/schemas/ErrorBody" },
        { "properties": { "code": { "enum": codes } } },
    ] });
    if let (Some(own), Some(all)) = (own, schema["allOf"].as_array_mut()) {
        all.push(own);
    }
    let description = match lines {
        [line] => line.clone(),
        lines => format!("- {}", lines.join("\n- ")),
    };
    let mut response = json!({
        "description": description.trim_end(),
        "content": { "application/json": { "schema": schema } },
    });
    if ["429", "503"].contains(&status) {
        let seconds = json!({ "schema": { "type": "integer", "minimum": 1 } });
        response["headers"] = json!({ "Retry-After": seconds });
    }
    response
}

fn line_of((_, code, meaning): Refusal) -> String {
    format!("`{code}`: {meaning}")
}

/// What stands in backquotes and in capitals.
fn codes_in(line: &str) -> impl Iterator<Item = &str> {
    let is_code = |word: &&str| word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    line.split('`').skip(1).step_by(2).filter(is_code)
}
