//! One message tried alone: it succeeds, is tried again later, or goes to the dead letters.

use sea_orm::DbErr;
use tokio::time::Instant;
use tracing::{error, warn};

use super::{
    Consumer, HandleError, Handler, SessionError,
    counting::{self, Outcome},
    delivery::Delivery,
};
use crate::{
    db,
    id::MessageId,
    plant::Plant,
    stream::{
        Entry,
        dead_letter::DeadLetterClass,
        failures::{Attempt, MAX_ATTEMPTS},
        group::GroupReader,
    },
};

impl<H: Handler> Consumer<H> {
    /// Tries one message. Says when to try again if it failed.
    pub(super) async fn attempt(
        &self,
        reader: &GroupReader,
        mut delivery: Delivery<H::Message>,
    ) -> Result<Option<Instant>, SessionError> {
        delivery.begin(H::GROUP);
        let Delivery {
            entry,
            received,
            work,
            ..
        } = &mut delivery;
        let id = received.id;
        if Plant::DropOnRetry.is_planted() {
            reader.acknowledge(&[&entry.id]).await?;
            return Ok(None);
        }
        let Some(attempt) = self.failures.begin(id, entry).await? else {
            reader.acknowledge(&[&entry.id]).await?;
            return Ok(None);
        };
        if attempt.attempts > 0 {
            counting::count_retry::<H>();
        }
        let outcome = if attempt.attempts >= MAX_ATTEMPTS {
            Err(gone_while_handling(attempt.last_error.as_deref()))
        } else {
            self.commit(vec![received], Some(attempt.attempts)).await
        };
        if outcome.is_err() {
            work.fail("not applied");
        }
        match outcome {
            Ok(()) => counting::count::<H>(Outcome::Applied, 1),
            Err(HandleError::Database(error)) if db::is_unavailable(&error) => {
                return Err(error.into());
            }
            Err(error) => {
                let retry_at = self.note_failure((id, entry), &attempt, &error).await?;
                if retry_at.is_some() {
                    return Ok(retry_at);
                }
            }
        }
        reader.acknowledge(&[&entry.id]).await?;
        Ok(None)
    }

    /// Notes a failed attempt. Says when to try again; without that the message is dead.
    async fn note_failure(
        &self,
        (id, entry): (MessageId, &Entry),
        attempt: &Attempt,
        error: &HandleError,
    ) -> Result<Option<Instant>, SessionError> {
        let failed = attempt.attempts.saturating_add(1);
        let text = error.to_string();
        let Some(class) = death(error, attempt, failed) else {
            counting::count::<H>(Outcome::Failed, 1);
            error!(
                group = H::GROUP,
                stream.entry = entry.id,
                failed,
                error = text,
                "message failed, trying again later"
            );
            let wait = self.failures.fail(id, failed, &text).await?;
            return Ok(Some(Instant::now() + wait));
        };
        let attempts = failed.min(MAX_ATTEMPTS);
        self.bury((id, entry), (class, attempts, &text)).await?;
        Ok(None)
    }

    /// Gives a message up.
    pub(super) async fn bury(
        &self,
        (id, entry): (MessageId, &Entry),
        (class, attempts, error): (DeadLetterClass, i32, &str),
    ) -> Result<(), DbErr> {
        counting::count::<H>(Outcome::Dead, 1);
        warn!(
            group = H::GROUP,
            stream.entry = entry.id,
            ?class,
            error,
            "message goes to the dead letters"
        );
        self.failures
            .bury(id, entry, (class, attempts, error))
            .await?;
        self.outbox.wake();
        Ok(())
    }
}

/// What a message has failed with whose last attempt nobody told the outcome of.
fn gone_while_handling(last_error: Option<&str>) -> HandleError {
    let text = last_error.unwrap_or("the process that handled it ended while it did");
    HandleError::Database(DbErr::Custom(text.to_owned()))
}

/// How a message dies of an error, unless it may be tried again.
fn death(error: &HandleError, attempt: &Attempt, failed: i32) -> Option<DeadLetterClass> {
    match error {
        HandleError::Refused(_) => Some(DeadLetterClass::Permanent),
        HandleError::Database(error) if db::is_permanent(error) => Some(DeadLetterClass::Permanent),
        _ if failed < MAX_ATTEMPTS => None,
        _ if attempt.attempts >= MAX_ATTEMPTS && attempt.last_error.is_none() => {
            Some(DeadLetterClass::CrashLoop)
        }
        _ => Some(DeadLetterClass::Exhausted),
    }
}
