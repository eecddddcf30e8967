//! The invariants of ARCHITECTURE.md that a program can check; each message is the fix.

mod code;
mod members;
mod papers;
mod tree;

use std::path::Path;

use anyhow::Result;

use self::tree::Tree;
use crate::say;

/// Finds breaches of one invariant; each is `file: what to do`.
type Check = fn(&Tree) -> Vec<String>;

/// Every check, in the order of the list of invariants.
const CHECKS: [Check; 15] = [
    members::services_depend_on_shared_only,
    members::a_service_has_one_database,
    members::the_proxy_has_no_database,
    members::a_dependency_has_a_reason,
    code::entry_points_hold_no_query,
    code::entities_hold_no_rule,
    code::only_the_stream_module_writes_streams,
    code::files_are_short,
    code::files_say_what_they_are,
    code::names_say_what_is_inside,
    papers::configuration_is_in_one_place,
    papers::every_variable_is_in_the_example,
    papers::messages_and_codes_are_documented,
    papers::decisions_are_in_the_index,
    papers::tests_of_security_exist,
];

/// Prints what is amiss in the checkout `root`; whether nothing is.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let tree = Tree::read(root)?;
    let problems: Vec<String> = CHECKS.iter().flat_map(|check| check(&tree)).collect();
    for problem in &problems {
        say::line(problem);
    }
    Ok(problems.is_empty())
}
