//! `cargo mesh dead-letters`: messages that were given up, and what becomes of them.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use sea_orm::prelude::Uuid;
use serde_json::{Value, json};
use shared::stream::replay::{DeadMessage, Decision, Selection, dead_messages, decide};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::Target;
use crate::say;

/// Lists, shows, replays and discards messages that were given up.
#[derive(Args)]
pub struct DeadLetters {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    target: Target,
    /// Print one JSON object a line.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// A line for each.
    List(Which),
    /// Everything that is known of one.
    Show {
        /// The id, as `list` prints it.
        message_id: Uuid,
    },
    /// Sends them again to the group that had given up; each is applied once, however often.
    Replay(Chosen),
    /// Lets them rest: they are listed no more and never applied.
    Discard(Chosen),
}

/// Which dead letters.
#[derive(Args)]
struct Which {
    /// Those that died of this cause.
    #[arg(long)]
    fingerprint: Option<String>,
    /// Those of this class: decode, permanent, exhausted or `crash_loop`.
    #[arg(long)]
    class: Option<String>,
}

/// Dead letters that something is done to, named aloud.
#[derive(Args)]
struct Chosen {
    /// This one.
    message_id: Option<Uuid>,
    #[command(flatten)]
    which: Which,
    /// All of them.
    #[arg(long)]
    all: bool,
    /// Only say which ones it would be.
    #[arg(long)]
    dry_run: bool,
    /// Who decides; recorded with the decision.
    #[arg(long, env = "USER", default_value = "operator")]
    by: String,
}

/// Does what was asked; the exit code is 1 when no dead letter was meant.
///
/// # Errors
/// A database is down, or nothing says where the mesh is.
pub async fn run(dead_letters: DeadLetters) -> Result<ExitCode> {
    let found = match &dead_letters.command {
        Command::List(which) => dead_letters.look(&which.selection()).await?,
        Command::Show { message_id } => {
            let found = dead_letters.look(&one(*message_id)).await?;
            for dead in &found {
                dead_letters.show(dead);
            }
            return Ok(ExitCode::from(u8::from(found.is_empty())));
        }
        Command::Replay(chosen) => dead_letters.decide(chosen, Decision::Replay).await?,
        Command::Discard(chosen) => dead_letters.decide(chosen, Decision::Discard).await?,
    };
    for dead in &found {
        dead_letters.print(dead);
    }
    if !dead_letters.json {
        say::line(format_args!("{} dead letters", found.len()));
    }
    Ok(ExitCode::SUCCESS)
}

impl DeadLetters {
    async fn look(&self, selection: &Selection) -> Result<Vec<DeadMessage>> {
        let mut found = Vec::new();
        for database in self.target.parts()?.databases {
            let db = database.connect().await?;
            if super::databases::has_table(&db, "failures").await? {
                found.extend(dead_messages(&db, selection).await?);
            }
        }
        Ok(found)
    }

    async fn decide(&self, chosen: &Chosen, decision: Decision) -> Result<Vec<DeadMessage>> {
        let selection = chosen.selection()?;
        if chosen.dry_run {
            return self.look(&selection).await;
        }
        let mut decided = Vec::new();
        for database in self.target.parts()?.databases {
            let db = database.connect().await?;
            decided.extend(decide(&db, &selection, decision, &chosen.by).await?);
        }
        Ok(decided)
    }

    fn print(&self, dead: &DeadMessage) {
        if self.json {
            return say::line(as_json(dead));
        }
        let error: String = dead.error.chars().take(60).collect();
        say::line(format_args!(
            "{}  {}  {:<10} {:<12} {:<18} {error}",
            dead.message_id,
            shown(dead.last_at),
            dead.class,
            dead.fingerprint,
            dead.consumer_group
        ));
    }

    fn show(&self, dead: &DeadMessage) {
        if self.json {
            return say::line(as_json(dead));
        }
        let lines = [
            ("message", dead.message_id.to_string()),
            ("group", dead.consumer_group.clone()),
            ("stream", format!("{} {}", dead.stream, dead.entry_id)),
            ("class", dead.class.clone()),
            ("error", dead.error.clone()),
            ("fingerprint", dead.fingerprint.clone()),
            ("attempts", dead.attempts.to_string()),
            ("first failed", shown(dead.first_at)),
            ("given up", shown(dead.last_at)),
            ("entry", dead.entry.clone()),
        ];
        for (name, value) in lines {
            say::line(format_args!("{name:<14}{value}"));
        }
    }
}

impl Which {
    fn selection(&self) -> Selection {
        Selection {
            message_id: None,
            fingerprint: self.fingerprint.clone(),
            class: self.class.clone(),
        }
    }
}

impl Chosen {
    fn selection(&self) -> Result<Selection> {
        let selection = Selection {
            message_id: self.message_id,
            ..self.which.selection()
        };
        let names_some = selection.message_id.is_some()
            || selection.fingerprint.is_some()
            || selection.class.is_some();
        if !names_some && !self.all {
            bail!("name a message id, --fingerprint, --class or --all");
        }
        Ok(selection)
    }
}

fn one(message_id: Uuid) -> Selection {
    Selection {
        message_id: Some(message_id),
        ..Selection::default()
    }
}

/// A moment to the second, as RFC 3339 has it.
fn shown(at: OffsetDateTime) -> String {
    let second = at.replace_nanosecond(0).unwrap_or(at);
    second.format(&Rfc3339).unwrap_or_default()
}

fn as_json(dead: &DeadMessage) -> Value {
    let entry: Value = serde_json::from_str(&dead.entry).unwrap_or_default();
    json!({
        "message_id": dead.message_id, "group": dead.consumer_group, "stream": dead.stream,
        "entry_id": dead.entry_id, "class": dead.class, "error": dead.error,
        "fingerprint": dead.fingerprint, "attempts": dead.attempts,
        "first_at": shown(dead.first_at), "last_at": shown(dead.last_at), "entry": entry,
    })
}
