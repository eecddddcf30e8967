//! `cargo mesh torture`: everything goes wrong that can, and then the books are read.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use clap::Args;

pub use shared::plant::Plant;

use self::{backstage::Backstage, course::Stage, faults::Tormentor, gate::Gate, plan::INSTANCES};
pub use self::{invariants::Invariant, verdict::Verdict};
use crate::{
    customer::site::Site,
    folder::Scratch,
    leftover,
    operate::Target,
    say::{self, Say},
    system::{Mesh, Options},
    up::{self, Signals},
};

mod backstage;
mod board;
mod buyer;
mod course;
mod evidence;
mod faults;
mod foreign;
mod gate;
mod invariants;
mod ledger;
mod plan;
mod quiet;
mod seller;
mod streams;
mod tables;
mod verdict;

/// Tries to break a mesh of its own under load, and prints whether an order was lost, doubled or
/// oversold, or a message got stuck.
#[derive(Args)]
pub struct Torture {
    /// Length of the load.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=1440))]
    minutes: u64,

    /// What the faults and their moments are drawn from [default: a random one].
    #[arg(long)]
    seed: Option<u64>,

    /// Put a bug into the services that the torture has to find.
    #[arg(long, value_enum)]
    plant: Option<Plant>,

    /// Put the load on a mesh that runs already, and read its books; whatever goes wrong meanwhile
    /// is up to you. Several addresses with commas between them are doors to the same mesh.
    #[arg(long, value_name = "URL", conflicts_with_all = ["seed", "plant"])]
    at: Option<String>,
    #[command(flatten)]
    target: Target,
}

/// What a torture is made of.
#[derive(Clone, Copy)]
pub struct Course {
    /// How long buyers buy.
    pub length: Duration,
    /// What faults and carts are drawn from.
    pub seed: u64,
    /// The bug to find, if one is planted.
    pub plant: Option<Plant>,
}

/// Runs a torture; the exit code is 1 when the verdict is not clean.
///
/// # Errors
/// The mesh does not start, or the load cannot be put on it.
pub async fn run(torture: Torture) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    if let Some(at) = &torture.at {
        let length = Duration::from_mins(torture.minutes);
        return tokio::select! {
            code = foreign::run(at, &torture.target, length) => code,
            () = signals.received() => Ok(ExitCode::FAILURE),
        };
    }
    leftover::sweep().await;
    let seed = torture.seed.unwrap_or_else(|| rand::random::<u32>().into());
    say::line(format_args!("{} min, seed {seed}", torture.minutes));
    let course = Course {
        length: Duration::from_mins(torture.minutes),
        seed,
        plant: torture.plant,
    };
    let scene = Scene::prepare(course, Say::Aloud).await?;
    let outcome = tokio::select! {
        outcome = scene.perform() => outcome,
        () = signals.received() => {
            scene.mesh.resume();
            up::stop(&scene.mesh, &mut signals).await;
            return Ok(ExitCode::FAILURE);
        }
    };
    let verdict = scene.close(outcome).await?;
    say::line(format_args!("\n{verdict}"));
    Ok(ExitCode::from(u8::from(!verdict.is_clean())))
}

/// Runs a torture in silence, for tests.
///
/// # Errors
/// The mesh does not start, or the load cannot be put on it.
pub async fn torture(course: Course) -> Result<Verdict> {
    let scene = Scene::prepare(course, Say::Nothing).await?;
    let outcome = scene.perform().await;
    scene.close(outcome).await
}

/// A mesh that nobody else uses, with a gate before its Redis.
struct Scene {
    mesh: Arc<Mesh>,
    gate: Arc<Gate>,
    course: Course,
    say: Say,
    /// Dropped last, after everything that writes into it.
    scratch: Scratch,
}

impl Scene {
    /// Takes a folder and the ports; starts nothing yet.
    async fn prepare(course: Course, say: Say) -> Result<Self> {
        let scratch = Scratch::new()?;
        let (mut gate, listener) = Gate::new().await?;
        let mesh = Mesh::prepare(Options {
            data: Some(scratch.path().to_owned()),
            instances: INSTANCES,
            redis_door: Some(gate.address()),
            plant: course.plant,
            log_format: "json".to_owned(),
            say,
            ..Options::default()
        });
        let mesh = Arc::new(mesh.await?);
        gate.lead(listener, Arc::clone(&mesh));
        Ok(Self {
            mesh,
            gate: Arc::new(gate),
            course,
            say,
            scratch,
        })
    }

    /// Starts the mesh, torments it and reads the books.
    async fn perform(&self) -> Result<Verdict> {
        self.mesh.bring_up().await?;
        let Course { seed, length, .. } = self.course;
        let stage = Stage {
            site: Arc::new(Site::parse(self.mesh.url())?),
            backstage: self.backstage()?,
            course: self.course,
            say: self.say,
        };
        let backstage = self.backstage()?;
        let torment = async |log| {
            let parts = (Arc::clone(&self.mesh), Arc::clone(&self.gate));
            let tormentor = Arc::new(Tormentor::new(parts, backstage, log));
            tormentor.run(plan::draw(seed, length)).await
        };
        course::run(&stage, torment).await
    }

    fn backstage(&self) -> Result<Backstage> {
        Backstage::at(self.mesh.state().urls())
    }

    /// Stops everything; what is needed to find out what was wrong, if anything was, is kept.
    async fn close(self, outcome: Result<Verdict>) -> Result<Verdict> {
        let is_clean = outcome.as_ref().is_ok_and(Verdict::is_clean);
        if !is_clean {
            let folder = self.scratch.path().join("evidence");
            match self.backstage() {
                Ok(backstage) => evidence::collect(&backstage, &folder, self.say).await,
                Err(error) => self.say.line(format_args!("no evidence: {error:#}")),
            }
        }
        self.mesh.resume();
        self.mesh.stop().await;
        if is_clean {
            return outcome;
        }
        let kept: PathBuf = self
            .scratch
            .keep_as(&format!("torture-{}", self.course.seed))?;
        let outcome = outcome.with_context(|| format!("the logs are in {}", kept.display()));
        Ok(Verdict {
            kept: Some(kept),
            ..outcome?
        })
    }
}
