//! One object where serde has flattened one into another.
//!
//! utoipa describes both with an `allOf`. There each of them may refuse the fields of the other, and
//! nothing would fit both.

use serde_json::{Map, Value};

/// Makes one schema of each `allOf` in the document.
pub(super) fn flatten(document: &mut Value) {
    let known = document["components"]["schemas"].clone();
    walk(document, &known);
}

fn walk(value: &mut Value, known: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, known)),
        Value::Object(fields) => {
            if let Some(Value::Array(parts)) = fields.remove("allOf") {
                for part in &parts {
                    add(fields, resolve(part, known));
                }
            }
            fields.values_mut().for_each(|field| walk(field, known));
        }
        _ => {}
    }
}

/// Adds the properties of `part`, and what it requires and refuses.
fn add(whole: &mut Map<String, Value>, part: &Value) {
    for (key, value) in part.as_object().into_iter().flatten() {
        match (whole.get_mut(key), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more.clone()),
            (Some(Value::Array(known)), Value::Array(more)) => known.extend_from_slice(more),
            // The description of the whole is better than that of a part.
            (Some(_), _) => {}
            (None, value) => {
                whole.insert(key.clone(), value.clone());
            }
        }
    }
}

fn resolve<'a>(part: &'a Value, known: &'a Value) -> &'a Value {
    let name = part["$ref"].as_str();
    let name = name.and_then(|name| name.strip_prefix("#/components/schemas/"));
    name.map_or(part, |name| &known[name])
}
