//! The load and the books on a mesh that somebody else runs, and breaks.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::time::{Instant, sleep};

use super::{
    Course,
    backstage::Backstage,
    course::{self, Stage, Torment},
    evidence,
    ledger::Ledger,
    quiet::Queues,
};
use crate::{
    customer::site::Site,
    folder::Scratch,
    operate::Target,
    say::{self, Say},
};

/// Puts the load on the mesh at `at`; the exit code is 1 when the verdict is not clean.
pub(super) async fn run(at: &str, target: &Target, length: Duration) -> Result<ExitCode> {
    let stage = Stage {
        site: Arc::new(Site::parse(at)?),
        backstage: Backstage::at(target.urls()?)?,
        course: Course {
            length,
            seed: rand::random::<u32>().into(),
            plant: None,
        },
        say: Say::Aloud,
    };
    require_clean_books(&stage.backstage).await?;
    let torment = async |_| {
        sleep(length).await;
        Torment {
            faults: BTreeMap::new(),
            doses: Vec::new(),
            healed: Ok(()),
        }
    };
    let mut verdict = course::run(&stage, torment).await?;
    if !verdict.is_clean() {
        verdict.kept = Some(keep(&stage).await?);
    }
    say::line(format_args!("\n{verdict}"));
    Ok(ExitCode::from(u8::from(!verdict.is_clean())))
}

/// What is found in the end shall be what happened under this load.
async fn require_clean_books(backstage: &Backstage) -> Result<()> {
    let ledger = Ledger {
        queues: Queues::when_quiet(backstage, &[], Instant::now()).await?,
        ..Ledger::default()
    };
    let found = ledger.findings();
    let found: Vec<_> = found.iter().map(|found| found.text.as_str()).collect();
    ensure!(
        found.is_empty(),
        "this mesh is not at rest, or was hurt before: {}",
        found.join("; ")
    );
    Ok(())
}

async fn keep(stage: &Stage) -> Result<PathBuf> {
    let scratch = Scratch::new()?;
    evidence::collect(
        &stage.backstage,
        &scratch.path().join("evidence"),
        stage.say,
    )
    .await;
    scratch
        .keep_as("torture-foreign")
        .context("the evidence cannot be kept")
}
