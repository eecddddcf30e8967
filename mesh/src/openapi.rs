//! `cargo mesh openapi`: what the services say can be asked, in one document for the browser.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::{
    say::{self, Say},
    workspace,
};

/// In the order in which people meet them.
const SERVICES: [&str; 3] = ["auth-service", "products-service", "orders-service"];

/// Where the document is, of which the build of the browser app makes `/api/openapi.json`.
pub fn path() -> PathBuf {
    workspace::root().join("frontend-proxy/web/public/api/openapi.json")
}

/// Writes the document anew.
///
/// # Errors
/// The services cannot be built, or do not fit together.
pub async fn run() -> Result<ExitCode> {
    let programs = workspace::build(None, Say::Aloud).await?;
    let path = path();
    fs::write(&path, merged(&programs)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    say::line(format_args!("wrote {}", path.display()));
    Ok(ExitCode::SUCCESS)
}

/// The document of the services in this folder.
///
/// # Errors
/// A service cannot be started, or two of them mean different things by one name.
pub fn merged(programs: &Path) -> Result<String> {
    let mut whole = json!({});
    for service in SERVICES {
        let output = Command::new(programs.join(service))
            .arg("openapi")
            .output()
            .with_context(|| format!("cannot start {service}"))?;
        let part: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{service} says no JSON"))?;
        let (Value::Object(whole), Value::Object(part)) = (&mut whole, part) else {
            bail!("{service} says no object");
        };
        merge(whole, part, service)?;
    }
    whole["info"]["title"] = "Mesh".into();
    Ok(format!("{whole:#}\n"))
}

/// Adds what is new. What is there already must be the same, but for the titles and lists of tags.
fn merge(whole: &mut Map<String, Value>, part: Map<String, Value>, place: &str) -> Result<()> {
    for (key, value) in part {
        let place = format!("{place}/{key}");
        match (whole.get_mut(&key), value) {
            (None, value) => drop(whole.insert(key, value)),
            (Some(known), value) if *known == value || key == "title" => {}
            (Some(Value::Object(known)), Value::Object(more)) => merge(known, more, &place)?,
            (Some(Value::Array(known)), Value::Array(more)) if key == "tags" => known.extend(more),
            (Some(_), _) => bail!("{place} is something else in another service"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge_two(one: Value, other: Value) -> Result<Value> {
        let (Value::Object(mut one), Value::Object(other)) = (one, other) else {
            bail!("no objects");
        };
        merge(&mut one, other, "").map(|()| one.into())
    }

    #[test]
    fn what_two_services_say_is_one_document() {
        let one = json!({ "tags": ["a"], "schemas": { "Error": 1, "A": 2 } });
        let other = json!({ "tags": ["b"], "schemas": { "Error": 1, "B": 3 } });

        let whole = json!({ "tags": ["a", "b"], "schemas": { "Error": 1, "A": 2, "B": 3 } });
        assert_eq!(merge_two(one, other).unwrap(), whole);
    }

    #[test]
    fn one_name_for_two_things_is_refused() {
        let one = json!({ "schemas": { "Item": { "type": "object" } } });
        let other = json!({ "schemas": { "Item": { "type": "string" } } });

        assert!(merge_two(one, other).is_err());
    }
}
