//! What the outages cost, for people; as JSON, for programs.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

/// What a bench of outages found.
#[derive(Serialize)]
pub(in crate::bench) struct OutageReport {
    /// Orders accepted in a second with every part up.
    pub(super) normal_per_second: f64,
    pub(super) outages: [Outage; 2],
    /// The most memory that each service has had at the end.
    pub(super) peaks: Vec<Peak>,
    /// A sentence for everything that does not add up.
    pub(super) differences: Vec<String>,
}

/// One part that was down under load.
#[derive(Serialize)]
pub(super) struct Outage {
    pub(super) part: &'static str,
    pub(super) accepted_per_second: f64,
    /// By how much the peak of the service that grew most has grown meanwhile.
    pub(super) growth_mib: f64,
    /// Processors that all services kept busy, the part still down and no load.
    pub(super) idle_cpu: f64,
    /// Orders that waited when the part came back.
    pub(super) backlog: u64,
    pub(super) start_seconds: f64,
    /// From the start of the part until no order waited.
    pub(super) catch_up_seconds: f64,
    pub(super) caught_up_per_second: f64,
}

/// The most memory that a service has had since its start.
#[derive(Serialize)]
pub(super) struct Peak {
    pub(super) name: String,
    pub(super) mib: Option<f64>,
}

impl OutageReport {
    pub(in crate::bench) fn is_balanced(&self) -> bool {
        self.differences.is_empty()
    }
}

impl Peak {
    /// The growth of the service that grew most.
    pub(super) fn growth(before: &[Self], after: &[Self]) -> f64 {
        let of = |peaks: &[Self], name: &str| {
            peaks
                .iter()
                .find(|it| it.name == name)
                .and_then(|it| it.mib)
        };
        let growth = |it: &Self| Some(it.mib? - of(before, &it.name)?);
        after.iter().filter_map(growth).fold(0.0, f64::max)
    }
}

impl Display for OutageReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let normal = self.normal_per_second;
        writeln!(f, "accepted with every part up {normal:>10.1} /s\n")?;
        for outage in &self.outages {
            let Outage { part, backlog, .. } = outage;
            let share = 100.0 * outage.accepted_per_second / normal;
            writeln!(f, "without {part}")?;
            write!(f, "  accepted {:>28.1} /s", outage.accepted_per_second)?;
            writeln!(f, ", {share:.0} % of normal")?;
            writeln!(f, "  memory grew by {:>22.1} MiB", outage.growth_mib)?;
            writeln!(f, "  CPU of all services at rest {:>9.3}", outage.idle_cpu)?;
            write!(f, "  backlog {backlog:>29}, settled in ")?;
            writeln!(f, "{:.1} s", outage.catch_up_seconds)?;
            write!(f, "  caught up {:>27.1} /s", outage.caught_up_per_second)?;
            writeln!(f, " ({:.1} s of it to start)\n", outage.start_seconds)?;
        }
        for Peak { name, mib } in &self.peaks {
            let mib = mib.unwrap_or(f64::NAN);
            writeln!(f, "most memory of {name:<18}{mib:>8.1} MiB")?;
        }
        if self.differences.is_empty() {
            return write!(f, "\nbooks: balanced");
        }
        write!(f, "\nbooks: do not balance")?;
        for difference in &self.differences {
            write!(f, "\n  {difference}")?;
        }
        Ok(())
    }
}
