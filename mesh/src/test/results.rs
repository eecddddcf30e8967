//! The sum of what cargo's test programs report.

use std::{fmt, process::ExitCode};

/// Tests that passed and failed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Results {
    passed: usize,
    failed: usize,
}

impl Results {
    /// A run that a person ended.
    pub(super) fn interrupted() -> Self {
        Self {
            passed: 0,
            failed: 1,
        }
    }

    /// Adds a line of output, if it is the last one of a test program:
    /// `test result: ok. 22 passed; 0 failed; 0 ignored; …`.
    pub(super) fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else {
            return;
        };
        let count = |what: &str| -> usize {
            let before = counts.split(what).next().unwrap_or_default();
            before
                .rsplit([' ', ';'])
                .next()
                .and_then(|n| n.parse().ok())
                .unwrap_or(0)
        };
        self.passed += count(" passed");
        self.failed += count(" failed");
    }

    /// Adds passed and failed tests of a program that counts them itself.
    pub(super) fn add_counts(&mut self, [passed, failed]: [usize; 2], success: bool) {
        self.passed += passed;
        // A program that fails and counts no failure has not got that far.
        self.failed += if success { failed } else { failed.max(1) };
    }

    /// Ends the run. A build that failed and a test program that crashed print no counts.
    pub(super) fn end(&mut self, success: bool) {
        if !success && self.failed == 0 {
            self.failed = 1;
        }
    }

    /// How the command ends.
    pub(super) fn code(self) -> ExitCode {
        if self.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_all_test_programs_are_summed() {
        let mut results = Results::default();

        for line in [
            "running 24 tests",
            "test result: ok. 22 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "test other ... FAILED",
            "test result: FAILED. 3 passed; 12 failed; 1 ignored; 0 measured; 0 filtered out",
        ] {
            results.add(line);
        }
        results.end(false);

        assert_eq!(results.to_string(), "25 passed, 12 failed");
    }

    #[test]
    fn a_program_that_fails_and_counts_nothing_is_a_failure() {
        let mut results = Results::default();

        results.add_counts([3, 0], true);
        results.add_counts([0, 0], false);

        assert_eq!(results.to_string(), "3 passed, 1 failed");
    }

    #[test]
    fn a_build_that_fails_counts_as_a_failure() {
        let mut results = Results::default();

        results.end(false);

        assert_eq!(results.to_string(), "0 passed, 1 failed");
    }
}
