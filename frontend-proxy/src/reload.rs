//! Reads the configuration again when the process is told to, by SIGHUP.

use std::{io, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::{
    config::{DoorConfig, Site},
    proxy::Door,
};

/// How often certificates are looked at: they are renewed days before they end.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// The SIGHUPs of this process, none of which ends it any more.
pub struct Hangups(Signal);

impl Hangups {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the signal handler cannot be installed.
    pub fn begin() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }
}

/// Renews the door at every SIGHUP until `stop`; a configuration with a fault is told of and
/// changes nothing.
pub async fn reload_on(
    mut hangups: Hangups,
    flags: DoorConfig,
    mut door: Door,
    stop: CancellationToken,
) {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some(()) = hangups.0.recv() => reload(&flags, &mut door).await,
            _ = looks.tick() => door.refresh_certificates(),
            () = stop.cancelled() => return,
        }
    }
}

async fn reload(flags: &DoorConfig, door: &mut Door) {
    let flags = flags.clone();
    // Elsewhere: it reads whole folders, and this thread accepts connections.
    let read = tokio::task::spawn_blocking(move || Site::read(&flags)).await;
    match read {
        Ok(Ok(site)) => {
            door.renew(site).await;
            info!("the configuration was read again");
        }
        Ok(Err(error)) => error!(%error, "the old configuration stays"),
        Err(error) => error!(%error, "the old configuration stays: reading it failed"),
    }
}
