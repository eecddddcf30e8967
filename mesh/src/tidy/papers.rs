//! What must be written down, and where.

use std::collections::BTreeSet;

use super::tree::{Source, Tree};

const EXAMPLE: &str = ".env.example";
const COMPOSE: [&str; 2] = ["docker-compose.yml", "docker-compose.swarm.yml"];
const MESSAGES: &str = "docs/MESSAGES.md";
const API: &str = "docs/API.md";
const OPERATIONS: &str = "docs/OPERATIONS.md";
const SECURITY: &str = "docs/SECURITY.md";
const DECISIONS: &str = "docs/decisions/";

/// Only `config.rs` reads the environment, through clap.
pub(super) fn configuration_is_in_one_place(tree: &Tree) -> Vec<String> {
    tree.production()
        .filter(|source| !source.path.ends_with("/config.rs"))
        .flat_map(|source| {
            source
                .code()
                .map(|(number, line)| (&source.path, number, line))
        })
        .filter(|(_, _, line)| line.contains("env = \"") || line.contains("env::var"))
        .map(|(path, number, _)| format!("{path}:{number}: read the variable in config.rs"))
        .collect()
}

/// The example lists the variables of the configurations and of the containers, and no other.
pub(super) fn every_variable_is_in_the_example(tree: &Tree) -> Vec<String> {
    let read: BTreeSet<&str> = tree
        .production()
        .flat_map(Source::code)
        .filter_map(|(_, line)| line.split("env = \"").nth(1)?.split('"').next())
        .chain(
            COMPOSE
                .iter()
                .flat_map(|file| interpolated(tree.text(file))),
        )
        .collect();
    let shown: BTreeSet<&str> = tree
        .text(EXAMPLE)
        .lines()
        .map(|line| line.trim_start_matches(['#', ' ']))
        .filter_map(|line| line.split_once('=').map(|(name, _)| name))
        .filter(|name| !name.is_empty() && !name.contains(|c: char| !is_code_letter(c)))
        .collect();
    let absent = read
        .difference(&shown)
        .map(|name| format!("{EXAMPLE}: add {name}"));
    let unread = shown
        .difference(&read)
        .map(|name| format!("{EXAMPLE}: remove {name}, unread"));
    absent.chain(unread).collect()
}

/// Every message kind, every error code and every event of the log can be looked up.
pub(super) fn messages_and_codes_are_documented(tree: &Tree) -> Vec<String> {
    let mut problems = BTreeSet::new();
    for source in tree.production() {
        for literal in source.literals() {
            if is_kind(literal) && !tree.text(MESSAGES).contains(literal) {
                problems.insert(format!("{MESSAGES}: describe {literal} of {}", source.path));
            }
            let told = format!("`{literal}`");
            let is_told = [API, OPERATIONS].map(|paper| tree.text(paper).contains(&told));
            if is_error_code(literal) && !is_told.contains(&true) {
                problems.insert(format!("{API}: describe `{literal}` of {}", source.path));
            }
        }
    }
    problems.into_iter().collect()
}

/// A decision that is not in the index is not found.
pub(super) fn decisions_are_in_the_index(tree: &Tree) -> Vec<String> {
    let index = tree.text("docs/decisions/README.md");
    tree.paths()
        .filter_map(|path| path.strip_prefix(DECISIONS))
        .filter(|name| *name != "README.md" && !name.contains("template"))
        .filter(|name| !index.contains(&format!("({name})")))
        .map(|name| format!("{DECISIONS}README.md: add {name} to the index"))
        .collect()
}

/// What is said to be tested is.
pub(super) fn tests_of_security_exist(tree: &Tree) -> Vec<String> {
    let names = tree.text(SECURITY).split('`').skip(1).step_by(2);
    names
        .filter(|name| is_test_name(name))
        .filter(|name| {
            let header = format!("fn {name}(");
            !tree.rust().any(|source| source.text.contains(&header))
        })
        .map(|name| format!("{SECURITY}: there is no test {name}"))
        .collect()
}

/// Words in small letters, five or more: a sentence rather than the name of a thing.
fn is_test_name(name: &str) -> bool {
    name.matches('_').count() >= 4
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The variables that stand as `${NAME}` or `${NAME:-default}` in a text.
fn interpolated(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split("${").skip(1);
    after.filter_map(|rest| rest.split([':', '}']).next())
}

/// `noun.past_participle.vN`.
fn is_kind(literal: &str) -> bool {
    let mut words = literal.split('.');
    let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let version = |w: &str| {
        w.strip_prefix('v')
            .is_some_and(|n| n.parse::<u32>().is_ok())
    };
    words.next().is_some_and(word)
        && words.next().is_some_and(word)
        && words.next().is_some_and(version)
        && words.next().is_none()
}

/// `UPPER_SNAKE` of two words or more; a single word may be SQL or a command of Redis.
fn is_error_code(literal: &str) -> bool {
    literal.contains('_')
        // What cargo tells a build is no code.
        && !literal.starts_with("CARGO_")
        && literal.starts_with(|c: char| c.is_ascii_uppercase())
        && literal.chars().all(is_code_letter)
}

fn is_code_letter(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_security_rests_on_and_that_is_gone_is_found() {
        let paper = "`role_permissions`, `nobody_reads_the_orders_of_others`, \
                     `a_gone_test_is_named_here`";
        let tree = Tree::of(&[
            (SECURITY, paper),
            (
                "a/tests/it/x.rs",
                "async fn nobody_reads_the_orders_of_others() {}\n",
            ),
        ]);

        assert_eq!(
            tests_of_security_exist(&tree),
            ["docs/SECURITY.md: there is no test a_gone_test_is_named_here"]
        );
    }

    #[test]
    fn a_variable_that_is_read_elsewhere_is_found() {
        let tree = Tree::of(&[
            ("a/src/config.rs", "#[arg(env = \"LISTEN\")]\n"),
            ("a/src/orders.rs", "let x = std::env::var(\"LISTEN\");\n"),
        ]);

        assert_eq!(
            configuration_is_in_one_place(&tree),
            ["a/src/orders.rs:1: read the variable in config.rs"]
        );
    }

    #[test]
    fn the_example_has_every_variable_and_no_other() {
        let tree = Tree::of(&[
            (
                "a/src/config.rs",
                "#[arg(env = \"LISTEN\")]\n#[arg(env = \"ROLE\")]\n",
            ),
            (COMPOSE[0], "ports: [\"${PUBLISH:-8080}:8080\"]\n"),
            (COMPOSE[1], "x: ${TOKEN}\n"),
            (
                EXAMPLE,
                "# Where to listen.\nLISTEN=127.0.0.1:1\nPUBLISH=8080\nOLD=1\n",
            ),
        ]);

        assert_eq!(
            every_variable_is_in_the_example(&tree),
            [
                ".env.example: add ROLE",
                ".env.example: add TOKEN",
                ".env.example: remove OLD, unread"
            ]
        );
    }

    #[test]
    fn an_undocumented_kind_and_code_are_found() {
        let tree = Tree::of(&[
            (
                "a/src/a.rs",
                "f(\"order.created.v1\", \"EMPTY_CART\", \"stock.gone.v2\");\n",
            ),
            (MESSAGES, "`order.created.v1`\n"),
            (API, "`KEY_REUSED`\n"),
        ]);

        assert_eq!(
            messages_and_codes_are_documented(&tree),
            [
                "docs/API.md: describe `EMPTY_CART` of a/src/a.rs",
                "docs/MESSAGES.md: describe stock.gone.v2 of a/src/a.rs",
            ]
        );
    }

    #[test]
    fn a_decision_outside_the_index_is_found() {
        let tree = Tree::of(&[
            ("docs/decisions/README.md", "[1](0001-a.md)\n"),
            ("docs/decisions/0001-a.md", ""),
            ("docs/decisions/0002-b.md", ""),
        ]);

        assert_eq!(
            decisions_are_in_the_index(&tree),
            ["docs/decisions/README.md: add 0002-b.md to the index"]
        );
    }
}
