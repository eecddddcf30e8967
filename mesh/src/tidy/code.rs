//! Where code may be, how it is named, and how long it gets.

use super::tree::{Source, Tree};

/// A file over this is two ideas.
const MOST_LINES: usize = 400;

/// What `routes/` and `consumers/` may name of SeaORM: handles to pass on, a type of columns
/// and the error.
const NO_QUERY: [&str; 5] = [
    "DatabaseConnection",
    "DatabaseTransaction",
    "DbErr",
    "prelude",
    "TimeDateTimeWithTimeZone",
];

/// File names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 12] = [
    "mod.rs",
    "util.rs",
    "utils.rs",
    "helper.rs",
    "helpers.rs",
    "common.rs",
    "misc.rs",
    "types.rs",
    "constants.rs",
    "prelude.rs",
    "manager.rs",
    "models.rs",
];

/// Folders that sort by layer instead of by noun.
const LAYERS: [&str; 7] = [
    "utils",
    "helpers",
    "services",
    "controllers",
    "repositories",
    "dto",
    "models",
];

/// Routes and consumers translate; the queries are in the operations they call.
pub(super) fn entry_points_hold_no_query(tree: &Tree) -> Vec<String> {
    let is_entry = |path: &str| path.contains("/src/routes") || path.contains("/src/consumers");
    tree.production()
        .filter(|source| is_entry(&source.path))
        .flat_map(|source| {
            names_of_sea_orm(source)
                .into_iter()
                .filter(|name| !NO_QUERY.contains(&name.as_str()))
                .map(|name| {
                    let path = &source.path;
                    format!("{path}: move what uses sea_orm's {name} into an operation")
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Entities are tables; a rule in them would hide from who looks into the noun's file.
pub(super) fn entities_hold_no_rule(tree: &Tree) -> Vec<String> {
    tree.production()
        .filter(|source| source.path.contains("/src/entity/"))
        .filter(|source| {
            source
                .code()
                .any(|(_, line)| line.contains("async fn") || line.contains("txn"))
        })
        .map(|source| {
            format!(
                "{}: move the rule into the operation it belongs to",
                source.path
            )
        })
        .collect()
}

/// Only the relay adds to streams and only the consumer acknowledges.
pub(super) fn only_the_stream_module_writes_streams(tree: &Tree) -> Vec<String> {
    let words = ["xadd", "xack"];
    tree.production()
        .filter(|source| !source.path.starts_with("shared/src/stream"))
        .flat_map(|source| {
            source
                .code()
                .map(|(number, line)| (&source.path, number, line))
        })
        .filter(|(_, _, line)| words.iter().any(|word| line.to_lowercase().contains(word)))
        .map(|(path, number, _)| {
            format!("{path}:{number}: send through the outbox, or move this to shared::stream")
        })
        .collect()
}

pub(super) fn files_are_short(tree: &Tree) -> Vec<String> {
    tree.rust()
        .map(|source| (&source.path, source.text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(path, lines)| format!("{path}: split it; {lines} lines are over {MOST_LINES}"))
        .collect()
}

pub(super) fn files_say_what_they_are(tree: &Tree) -> Vec<String> {
    tree.rust()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| {
            format!(
                "{}: start with a `//!` sentence on what is inside",
                source.path
            )
        })
        .collect()
}

pub(super) fn names_say_what_is_inside(tree: &Tree) -> Vec<String> {
    let names_nothing = |path: &str| {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        EMPTY_NAMES.contains(&name)
            || name.ends_with("_manager.rs")
            || folders.split('/').any(|folder| LAYERS.contains(&folder))
    };
    tree.rust()
        .filter(|source| names_nothing(&source.path))
        .map(|source| format!("{}: name it after what it holds", source.path))
        .collect()
}

/// The identifiers after each `sea_orm::`, to the end of its statement.
fn names_of_sea_orm(source: &Source) -> Vec<String> {
    let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
    let code = code.join("\n");
    code.split("sea_orm::")
        .skip(1)
        .flat_map(|rest| {
            let list = if rest.starts_with('{') {
                rest.split('}').next()
            } else {
                rest.split(|c: char| !c.is_alphanumeric() && !"_:".contains(c))
                    .next()
            };
            let words = list
                .unwrap_or_default()
                .split(|c: char| !c.is_alphanumeric() && c != '_');
            words
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_in_a_route_is_found_and_a_handle_is_not() {
        let tree = Tree::of(&[
            (
                "a/src/routes/good.rs",
                "use sea_orm::{DatabaseConnection, prelude::Foo};\n",
            ),
            ("a/src/consumers/bad.rs", "use sea_orm::EntityTrait;\n"),
            ("a/src/orders.rs", "use sea_orm::EntityTrait;\n"),
        ]);

        let problems = entry_points_hold_no_query(&tree);

        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("Foo") && problems[1].contains("EntityTrait"));
    }

    #[test]
    fn a_rule_in_an_entity_is_found() {
        let tree = Tree::of(&[("a/src/entity/order.rs", "async fn settle() {}\n")]);

        assert_eq!(entities_hold_no_rule(&tree).len(), 1);
    }

    #[test]
    fn a_stream_written_past_the_outbox_is_found() {
        let tree = Tree::of(&[
            ("a/src/orders.rs", "redis.xadd(stream);\n"),
            ("shared/src/stream/relay.rs", "cmd(\"XADD\")\n"),
            ("a/src/routes.rs", "// never XADD here\n"),
        ]);

        let problems = only_the_stream_module_writes_streams(&tree);

        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("a/src/orders.rs:1:"));
    }

    #[test]
    fn long_nameless_and_silent_files_are_found() {
        let long = "//! Long.\n".repeat(MOST_LINES + 1);
        let tree = Tree::of(&[
            ("a/src/long.rs", &long),
            ("a/src/util.rs", "//! Things.\n"),
            ("a/src/models/order.rs", "//! An order.\n"),
            ("a/src/silent.rs", "fn silent() {}\n"),
        ]);

        assert_eq!(files_are_short(&tree).len(), 1);
        assert_eq!(names_say_what_is_inside(&tree).len(), 2);
        assert_eq!(files_say_what_they_are(&tree).len(), 1);
    }
}
