//! The plan comes true, one fault after the other.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    task::JoinSet,
    time::{sleep, sleep_until, timeout},
};

use super::{
    backstage::Backstage,
    course::{Log, Torment},
    gate::Gate,
    plan::{Fault, INSTANCES, Planned, Stream, Venom},
    streams::Streams,
    tables,
};
use crate::{process::Signal, services::SERVICES, system::Mesh};

/// How long a fault may take beyond its own time, such as a roll that meets stopped processes.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long one that needs Redis waits for it.
const REDIS_WITHIN: Duration = Duration::from_secs(15);

/// How far a service is behind when Redis forgets what it has not read.
const BEHIND: Duration = Duration::from_secs(1);

/// Poison that was put into a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dose {
    /// Who reads it.
    pub(super) group: &'static str,
    /// Redis may have forgotten it before anybody read it.
    pub(super) is_in_doubt: bool,
}

/// Whoever does all this.
pub(super) struct Tormentor {
    mesh: Arc<Mesh>,
    gate: Arc<Gate>,
    backstage: Backstage,
    /// Poison is numbered by its place in this list.
    doses: Mutex<Vec<Dose>>,
    log: Log,
}

impl Tormentor {
    pub(super) fn new(
        (mesh, gate): (Arc<Mesh>, Arc<Gate>),
        backstage: Backstage,
        log: Log,
    ) -> Self {
        Self {
            mesh,
            gate,
            backstage,
            doses: Mutex::default(),
            log,
        }
    }

    /// Does what is planned and undoes it.
    pub(super) async fn run(self: &Arc<Self>, plan: Vec<Planned>) -> Torment {
        let faults = self.carry_out(plan).await;
        Torment {
            faults,
            healed: self.relent().await,
            doses: self.locked().clone(),
        }
    }

    /// Waits until the last fault is over, and counts them by kind.
    async fn carry_out(self: &Arc<Self>, plan: Vec<Planned>) -> BTreeMap<&'static str, u32> {
        let mut under_way = JoinSet::new();
        let mut counts = BTreeMap::new();
        for Planned { at, fault } in plan {
            sleep_until(self.log.began + at).await;
            self.log.tell(&fault.to_string());
            *counts.entry(fault.kind()).or_default() += 1;
            let tormentor = Arc::clone(self);
            under_way.spawn(async move { tormentor.cause(fault).await });
        }
        let over = async { while under_way.join_next().await.is_some() {} };
        // What is still stopped then is resumed by who heals the mesh.
        timeout(PATIENCE, over).await.ok();
        counts
    }

    /// Undoes what lasts: nothing is stopped or held back any more.
    async fn relent(&self) -> Result<()> {
        self.gate.stall(false);
        self.mesh.heal().await
    }

    /// One fault from its beginning to its end. It may well fail: others are under way.
    async fn cause(&self, fault: Fault) {
        if let Err(error) = self.try_to_cause(fault).await {
            self.log.tell(&format!("{fault}: {error:#}"));
        }
    }

    async fn try_to_cause(&self, fault: Fault) -> Result<()> {
        match fault {
            Fault::Kill(part) => self.mesh.kill(part.name, part.instance).await,
            Fault::Stop(part, time) => {
                self.mesh.signal(part.name, part.instance, Signal::STOP)?;
                sleep(time).await;
                self.mesh.signal(part.name, part.instance, Signal::CONT)
            }
            Fault::Restart(part) => self.mesh.restart(part.name, part.instance).await,
            Fault::Roll => self.roll().await,
            Fault::Flush(stream) => self.flush_behind(stream.group).await,
            Fault::Cut => {
                self.gate.cut();
                Ok(())
            }
            Fault::Stall(time) => {
                self.gate.stall(true);
                sleep(time).await;
                self.gate.stall(false);
                Ok(())
            }
            Fault::Repeat(stream, count) => self.streams().await?.repeat(stream, count).await,
            Fault::Poison(stream, venom) => self.poison(stream, venom).await,
        }
    }

    async fn roll(&self) -> Result<()> {
        for name in SERVICES {
            for instance in 0..INSTANCES {
                self.mesh.restart(name, instance).await?;
            }
        }
        Ok(())
    }

    async fn poison(&self, stream: Stream, venom: Venom) -> Result<()> {
        let mut streams = self.streams().await?;
        let number = {
            let mut doses = self.locked();
            doses.push(Dose {
                group: stream.group,
                is_in_doubt: true,
            });
            doses.len() - 1
        };
        streams.poison(stream, venom, number).await?;
        self.doubt(number, false);
        Ok(())
    }

    /// Flushes when there are entries for sure that nobody has read.
    async fn flush_behind(&self, service: &str) -> Result<()> {
        let signal = |signal| {
            (0..INSTANCES).try_for_each(|instance| self.mesh.signal(service, instance, signal))
        };
        signal(Signal::STOP)?;
        sleep(BEHIND).await;
        let flushed = self.flush().await;
        signal(Signal::CONT)?;
        flushed
    }

    /// Poison that nobody has read yet goes too, so that it may or may not be found later.
    async fn flush(&self) -> Result<()> {
        let mut streams = self.streams().await?;
        let buried = tables::dead_letters(&self.backstage).await?;
        let numbers = 0..self.locked().len();
        for number in numbers {
            if !buried.iter().any(|letter| letter.poison == Some(number)) {
                self.doubt(number, true);
            }
        }
        streams.flush().await
    }

    fn doubt(&self, number: usize, is_in_doubt: bool) {
        if let Some(dose) = self.locked().get_mut(number) {
            dose.is_in_doubt = is_in_doubt;
        }
    }

    /// A connection to Redis, which may just be starting again.
    async fn streams(&self) -> Result<Streams> {
        let connected = async {
            loop {
                if let Ok(streams) = Streams::connect(&self.backstage.redis_url).await {
                    return streams;
                }
                sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(REDIS_WITHIN, connected)
            .await
            .context("Redis is away")
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Dose>> {
        self.doses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
