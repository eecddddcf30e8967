//! The list that every visitor asks for: requests that arrive together share one query.
//!
//! This is no cache. A request is answered by a query that began after it arrived, so a seller
//! sees their own change at once; but while one query runs, those that wait for the next one wait
//! together.

use std::sync::Arc;

use axum::body::Bytes;
use sea_orm::{DatabaseConnection, DbErr};
use shared::panic;
use tokio::sync::{mpsc, oneshot};

use super::products::ProductView;
use crate::{error::Error, products};

/// Requests that may wait; beyond it the answer is 503.
const MAX_WAITING: usize = 4096;

/// The list as JSON, or why it could not be read.
type List = Result<Bytes, Arc<DbErr>>;

/// Requests on their way to [`serve_showcase`].
pub struct ShowcaseQueue(mpsc::Receiver<oneshot::Sender<List>>);

/// Where handlers ask for the list.
#[derive(Clone)]
pub struct Showcase(mpsc::Sender<oneshot::Sender<List>>);

impl Showcase {
    /// A queue and its two ends.
    pub fn new() -> (Self, ShowcaseQueue) {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        (Self(sender), ShowcaseQueue(receiver))
    }

    /// Every product on sale as a JSON array, as it is now.
    pub(crate) async fn read(&self) -> Result<Bytes, Error> {
        let (answer, list) = oneshot::channel();
        self.0.try_send(answer).map_err(|_| Error::Busy)?;
        let list = list.await.map_err(|_| Error::Busy)?;
        list.map_err(Error::NotRead)
    }
}

/// Answers requests for the list until every sender is gone.
pub async fn serve_showcase(mut queue: ShowcaseQueue, db: DatabaseConnection) {
    let mut waiting = Vec::new();
    while queue.0.recv_many(&mut waiting, MAX_WAITING).await > 0 {
        // A panic must not end the only task that reads the list.
        let list = match panic::catch(read(&db)).await {
            Ok(list) => list.map_err(Arc::new),
            Err(panic) => Err(Arc::new(DbErr::Custom(panic.to_string()))),
        };
        for answer in waiting.drain(..) {
            // The visitor may have gone.
            drop(answer.send(list.clone()));
        }
    }
}

async fn read(db: &DatabaseConnection) -> Result<Bytes, DbErr> {
    let products = products::list(db).await?;
    let views: Vec<_> = products.into_iter().map(ProductView::from).collect();
    let json = serde_json::to_vec(&views).map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(json.into())
}
