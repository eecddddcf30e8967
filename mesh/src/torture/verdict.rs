//! The verdict, as a person reads it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Display, Formatter},
    path::PathBuf,
};

use super::{Course, Invariant};
use crate::customer::books::{Breach, Finding};

/// What a torture found.
pub struct Verdict {
    pub(super) course: Course,
    pub(super) faults: BTreeMap<&'static str, u32>,
    pub(super) accepted: usize,
    pub(super) completed: usize,
    pub(super) failed: usize,
    pub(super) findings: Vec<Finding>,
    /// The promises that were not kept, as far as the findings tell.
    pub broken: BTreeSet<Invariant>,
    /// The folder with the logs and the evidence, if there is something to look for.
    pub(super) kept: Option<PathBuf>,
}

impl Verdict {
    /// Whether every order, unit and message is where it should be.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    fn count(&self, breach: Breach) -> u64 {
        let found = self.findings.iter().filter(|found| found.breach == breach);
        found.map(|found| found.count).sum()
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let faults = self.faults.iter();
        let faults: Vec<_> = faults
            .map(|(kind, count)| format!("{kind} {count}"))
            .collect();
        if !faults.is_empty() {
            writeln!(f, "faults: {}", faults.join(", "))?;
        }
        let (accepted, completed, failed) = (self.accepted, self.completed, self.failed);
        writeln!(
            f,
            "orders: {accepted} accepted, {completed} completed, {failed} failed"
        )?;
        for finding in &self.findings {
            writeln!(f, "{}", finding.text)?;
        }
        for invariant in &self.broken {
            writeln!(f, "broken: {invariant}")?;
        }
        write!(
            f,
            "lost {} · doubled {} · oversold {} · stuck {}",
            self.count(Breach::Lost),
            self.count(Breach::Doubled),
            self.count(Breach::Oversold),
            self.count(Breach::Stuck)
        )?;
        let Some(kept) = &self.kept else {
            return Ok(());
        };
        write!(f, "\nlogs and evidence: {}", kept.display())?;
        // Faults that somebody else caused cannot be drawn again.
        if self.faults.is_empty() {
            return Ok(());
        }
        let Course {
            length,
            seed,
            plant,
        } = self.course;
        let minutes = length.as_secs().div_ceil(60);
        write!(
            f,
            "\nagain: cargo mesh torture --minutes {minutes} --seed {seed}"
        )?;
        match plant {
            Some(plant) => write!(f, " --plant {}", plant.name()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn verdict(findings: Vec<Finding>, kept: Option<PathBuf>) -> Verdict {
        Verdict {
            course: Course {
                length: Duration::from_mins(2),
                seed: 7,
                plant: None,
            },
            broken: BTreeSet::new(),
            faults: BTreeMap::from([("cut", 1), ("kill", 2)]),
            accepted: 9,
            completed: 5,
            failed: 4,
            findings,
            kept,
        }
    }

    #[test]
    fn a_clean_verdict_ends_with_the_four_zeros() {
        assert_eq!(
            verdict(Vec::new(), None).to_string(),
            "faults: cut 1, kill 2\norders: 9 accepted, 5 completed, 4 failed\n\
             lost 0 · doubled 0 · oversold 0 · stuck 0"
        );
    }

    #[test]
    fn findings_are_told_with_the_way_to_find_them_again() {
        let finding = |breach, count, text: &str| Finding::new(breach, count, text.to_owned());
        let findings = vec![
            finding(Breach::Lost, 1, "an order is gone"),
            finding(Breach::Stuck, 2, "two wait"),
        ];

        let text = verdict(findings, Some("/tmp/x".into())).to_string();

        assert!(
            text.ends_with(
                "an order is gone\ntwo wait\nlost 1 · doubled 0 · oversold 0 · stuck 2\n\
                 logs and evidence: /tmp/x\nagain: cargo mesh torture --minutes 2 --seed 7"
            ),
            "{text}"
        );
    }
}
