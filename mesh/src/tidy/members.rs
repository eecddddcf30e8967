//! What the members of the workspace may depend on.

use super::tree::Tree;

/// The three services; each with its configuration and its manifest.
const SERVICES: [&str; 3] = ["auth-service", "products-service", "orders-service"];

/// Services share messages, not code: their only common crate is `shared`.
pub(super) fn services_depend_on_shared_only(tree: &Tree) -> Vec<String> {
    let members = SERVICES.into_iter().chain(["frontend-proxy", "mesh"]);
    let forbidden: Vec<&str> = members.clone().collect();
    members
        .filter(|member| *member != "mesh")
        .flat_map(|member| {
            let manifest = format!("{member}/Cargo.toml");
            let found = dependencies(tree.text(&manifest));
            found
                .filter(|name| forbidden.contains(name))
                .map(|name| {
                    format!("{manifest}: remove the dependency on {name}; services share messages")
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// One database a service: two URLs in a configuration would be somebody else's data.
pub(super) fn a_service_has_one_database(tree: &Tree) -> Vec<String> {
    let count = |text: &str| text.matches("DATABASE_URL\"").count();
    SERVICES
        .into_iter()
        .map(|service| (format!("{service}/src/config.rs"), service))
        .filter(|(path, _)| count(tree.text(path)) != 1)
        .map(|(path, service)| {
            format!("{path}: {service} needs one variable DATABASE_URL, for its own database")
        })
        .collect()
}

/// The proxy forwards; what it would keep belongs to a service.
pub(super) fn the_proxy_has_no_database(tree: &Tree) -> Vec<String> {
    let manifest = tree.text("frontend-proxy/Cargo.toml");
    let of_shared = manifest.lines().filter(|line| line.starts_with("shared"));
    let direct = dependencies(manifest).filter(|name| name.starts_with("sea-orm"));
    direct
        .map(str::to_owned)
        .chain(
            of_shared
                .filter(|line| line.contains("\"database\""))
                .map(|_| "the feature \"database\" of shared".to_owned()),
        )
        .map(|what| format!("frontend-proxy/Cargo.toml: remove {what}; the proxy has no database"))
        .collect()
}

/// Every crate we depend on was chosen; the reason stands beside it.
pub(super) fn a_dependency_has_a_reason(tree: &Tree) -> Vec<String> {
    section(tree.text("Cargo.toml"), "[workspace.dependencies]")
        .filter(|line| !line.starts_with('#') && line.contains('='))
        .filter(|line| !line.contains("path =") && !line.contains(" # "))
        .filter_map(|line| line.split([' ', '=']).next())
        .map(|name| format!("Cargo.toml: say why {name} is needed, in a comment on its line"))
        .collect()
}

/// Names of the crates that a manifest depends on, for whatever purpose.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    [
        "[dependencies]",
        "[dev-dependencies]",
        "[build-dependencies]",
    ]
    .into_iter()
    .flat_map(|title| section(manifest, title))
    .filter_map(|line| line.split(['.', ' ', '=']).next())
}

/// The lines between the line `title` and the next title.
fn section<'a>(manifest: &'a str, title: &'a str) -> impl Iterator<Item = &'a str> {
    manifest
        .lines()
        .skip_while(move |line| *line != title)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_depends_on_another_is_found() {
        let good = "[dependencies]\nshared.workspace = true\n";
        let bad = "[dependencies]\nshared.workspace = true\n\n[dev-dependencies]\n\
                   auth-service = { path = \"../auth-service\" }\n";
        let tree = Tree::of(&[
            ("products-service/Cargo.toml", good),
            ("orders-service/Cargo.toml", bad),
        ]);

        let problems = services_depend_on_shared_only(&tree);

        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("orders-service/Cargo.toml: remove"));
    }

    #[test]
    fn a_second_database_is_found() {
        let one = "#[arg(env = \"DATABASE_URL\")]";
        let two = "#[arg(env = \"DATABASE_URL\")] #[arg(env = \"AUTH_DATABASE_URL\")]";
        let tree = Tree::of(&[
            ("auth-service/src/config.rs", one),
            ("products-service/src/config.rs", one),
            ("orders-service/src/config.rs", two),
        ]);

        assert_eq!(a_service_has_one_database(&tree).len(), 1);
    }

    #[test]
    fn a_database_in_the_proxy_is_found() {
        let manifest = "[dependencies]\nsea-orm.workspace = true\n\
                        shared = { workspace = true, features = [\"database\"] }\n";
        let tree = Tree::of(&[("frontend-proxy/Cargo.toml", manifest)]);

        assert_eq!(the_proxy_has_no_database(&tree).len(), 2);
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let manifest = "[workspace.dependencies]\nshared = { path = \"shared\" }\n\
                        a = \"1\" # because\nb = \"1\"\n[workspace.lints]\nc = \"1\"\n";
        let tree = Tree::of(&[("Cargo.toml", manifest)]);

        let problems = a_dependency_has_a_reason(&tree);

        assert_eq!(
            problems,
            ["Cargo.toml: say why b is needed, in a comment on its line"]
        );
    }
}
