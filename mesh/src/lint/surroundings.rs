//! Workflows, playbooks and alerts, each judged by the tools made for them, without the network.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use super::tools::{Python, judge, promtool};
use crate::workspace;

/// The inventories that come with the playbooks. Others, which people add, need their secrets.
const INVENTORIES: [&str; 2] = ["inventories/one-host", "inventories/three-hosts"];

/// What is unsafe or malformed in a workflow of GitHub.
pub(super) async fn workflows() -> Result<bool> {
    let python = Python::with_tools().await?;
    let folder = workspace::root().join(".github");
    let mut zizmor = python.command("zizmor");
    zizmor
        .args(["--offline", "--quiet", "--persona=auditor"])
        .args(["--strict-collection", "."])
        .current_dir(&folder);
    let mut schema = python.command("check-jsonschema");
    schema
        .args(["--builtin-schema", "vendor.github-workflows"])
        .args(yaml_files(&folder.join("workflows"))?)
        .current_dir(folder.join("workflows"));
    // Both, also when the first has found something.
    Ok(judge(&mut zizmor)? & judge(&mut schema)?)
}

/// Playbooks and roles: that they can be read with each inventory, and what is known to be bad.
pub(super) async fn ansible() -> Result<bool> {
    let python = Python::with_tools().await?;
    let folder = workspace::root().join("ansible");
    let mut playbooks = yaml_files(&folder)?;
    playbooks.retain(|name| !name.ends_with(".example.yml"));
    let mut good = true;
    for inventory in INVENTORIES {
        let mut playbook = python.command("ansible-playbook");
        playbook
            .args(["--syntax-check", "--inventory", inventory])
            .args(&playbooks)
            .current_dir(&folder);
        good &= judge(&mut playbook)?;
    }
    let mut lint = python.command("ansible-lint");
    lint.args(["--offline", "-q"]).current_dir(&folder);
    Ok(good & judge(&mut lint)?)
}

/// What Prometheus is told to ask, and its alerts with their unit tests.
pub(super) fn alerts() -> Result<bool> {
    let folder = workspace::root().join("observability/prometheus");
    let mut good = true;
    for arguments in [
        ["check", "config", "prometheus.yml"],
        ["test", "rules", "alerts_test.yml"],
    ] {
        good &= judge(promtool()?.args(arguments).current_dir(&folder))?;
    }
    Ok(good)
}

/// The names of the `.yml` files in `folder`, of which there has to be one: no step passes because
/// what it judges has moved away.
fn yaml_files(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = fs::read_dir(folder);
    for entry in entries.with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yml") {
            names.extend(
                path.file_name()
                    .map(|name| name.to_string_lossy().into_owned()),
            );
        }
    }
    if names.is_empty() {
        bail!("there is no .yml file in {}", folder.display());
    }
    names.sort();
    Ok(names)
}
