//! Which metrics the dashboards and alerts in `observability/` ask for.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

/// How names begin that exporters tell, and not our services.
const OF_OTHERS: [&str; 4] = ["node_", "pg_", "probe_", "redis_"];

/// What looks like a metric: words of the query language, and what Prometheus itself knows.
const WORDS: [&str; 6] = ["and", "bool", "or", "unless", "offset", "up"];

/// After these come labels in brackets.
const LISTS: [&str; 6] = [
    "by",
    "group_left",
    "group_right",
    "ignoring",
    "on",
    "without",
];

/// The metrics of services that a dashboard or an alert names.
pub(crate) fn asked_for() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../observability");
    let rules = fs::read_to_string(folder.join("prometheus/alerts.yml")).unwrap();
    let mut questions = conditions(&rules);
    for entry in fs::read_dir(folder.join("grafana/dashboards")).unwrap() {
        let board = fs::read_to_string(entry.unwrap().path()).unwrap();
        questions.extend(panels(&serde_json::from_str(&board).unwrap()));
    }
    let names = questions.iter().flat_map(|question| metrics_in(question));
    let ours = names.filter(|name| !OF_OTHERS.iter().any(|prefix| name.starts_with(prefix)));
    ours.map(str::to_owned).collect()
}

/// The queries of a file of rules: what is behind `expr:`, or below it and further in.
fn conditions(rules: &str) -> Vec<String> {
    let mut conditions = Vec::new();
    let mut lines = rules.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((indent, first)) = line.split_once("expr:") else {
            continue;
        };
        let mut condition = first.replace('|', "");
        let is_below = |line: &&str| line.len() - line.trim_start().len() > indent.len();
        while let Some(more) = lines.next_if(is_below) {
            condition.push_str(more);
        }
        conditions.push(condition);
    }
    conditions
}

/// The queries of a dashboard.
fn panels(board: &Value) -> Vec<String> {
    let panels = board["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect()
}

/// The names in a query that are neither labels nor functions nor words of the language.
fn metrics_in(question: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut rest = question;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => through(rest, '"'),
            '{' => through(rest, '}'),
            '[' => through(rest, ']'),
            _ => rest
                .find(|it| !is_of_name(it))
                .unwrap_or(rest.len())
                .max(first.len_utf8()),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        if !is_of_name(first) || first.is_ascii_digit() {
            continue;
        }
        let next = after.trim_start();
        // As in `sum (…)`, `sum by (…) (…)`.
        let is_function = ["(", "by", "without"].iter().any(|it| next.starts_with(it));
        if LISTS.contains(&token) {
            rest = after.split_at(through(after, ')')).1;
        } else if !is_function && !WORDS.contains(&token) {
            names.insert(token);
        }
    }
    names
}

/// How far it is to the end of what begins here and ends with `end`.
fn through(text: &str, end: char) -> usize {
    let mut behind_first = text.char_indices().skip(1);
    let found = behind_first.find(|(_, it)| *it == end);
    found.map_or(text.len(), |(at, it)| at + it.len_utf8())
}

fn is_of_name(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_' || it == ':'
}

#[test]
fn every_alert_has_a_runbook() {
    let rules = include_str!("../../../observability/prometheus/alerts.yml");
    let papers = include_str!("../../../docs/OPERATIONS.md");

    let names = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    let lacking: Vec<_> = names
        .filter(|name| !papers.contains(&format!("\n### {name}\n")))
        .collect();

    assert!(lacking.is_empty(), "{lacking:?}");
}

#[test]
fn a_query_names_metrics_beside_labels_and_functions() {
    let question = r#"histogram_quantile(0.95, sum by (job, le) (rate(a_bucket{route="x"}[5m])))
        > 1e3 or absent(up{job="b"}) == 0 unless on (job) c / 2"#;

    assert_eq!(metrics_in(question), BTreeSet::from(["a_bucket", "c"]));
}

#[test]
fn a_condition_is_on_one_line_or_on_those_below() {
    let rules = "  - alert: A
    expr: a > 0
    for: 1m
  - alert: B
    expr: |
      b
        > c
    for: 1m
";

    let conditions = conditions(rules);

    let names: Vec<_> = conditions.iter().map(|it| metrics_in(it)).collect();
    assert_eq!(names, [BTreeSet::from(["a"]), BTreeSet::from(["b", "c"])]);
}
