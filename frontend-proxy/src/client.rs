//! Sends a request to a service and gets the head of its answer: the one seam to whatever
//! speaks HTTP to the services. Each worker has its own client, with its own connections.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use http::Response;
use tracing::debug;

use crate::{
    body::Download,
    error::Failure,
    instance::Instance,
    pool::{Lease, Pool},
    upstream::Upstream,
    wire::{Outgoing, WireError},
};

/// The connections of one worker to all services.
#[derive(Default)]
pub(crate) struct Client {
    /// Only this worker's thread takes the lock: it never waits.
    pools: Mutex<HashMap<SocketAddr, Pool>>,
}

/// A request that got no answer.
struct Unanswered {
    failure: Failure,
    again: Again,
}

/// What may still be done with a request that got no answer.
enum Again {
    /// Nothing: it may have changed something.
    Never,
    /// Send it to one other instance: it does no more the second time.
    Once,
    /// Send it to any other instance: nobody has got it.
    Anywhere,
}

impl Client {
    /// Sends the request to the instance whose turn it is, and to another one when that is safe.
    pub(crate) async fn send(
        &self,
        upstream: &Upstream,
        request: &mut Outgoing,
    ) -> Result<Response<Download>, Failure> {
        let mut tried = Vec::new();
        let mut failure = None;
        let mut may_repeat = true;
        while let Some(instance) = upstream.pick(&tried) {
            let unanswered = match self.send_to(upstream, &instance, request).await {
                Ok(response) => {
                    instance.answered();
                    return Ok(response);
                }
                Err(unanswered) => unanswered,
            };
            if unanswered.failure.is_of_service() {
                upstream.blame(&instance);
            }
            match unanswered.again {
                Again::Anywhere => {}
                Again::Once if may_repeat => may_repeat = false,
                Again::Once | Again::Never => return Err(unanswered.failure),
            }
            debug!(error = %unanswered.failure, "trying another instance of {}", upstream.name);
            tried.push(instance.address);
            failure = Some(unanswered.failure);
        }
        Err(failure.unwrap_or(Failure::Unknown(upstream.name)))
    }

    /// Sends over an idle connection if there is one, else over a new one.
    async fn send_to(
        &self,
        upstream: &Upstream,
        instance: &Instance,
        request: &mut Outgoing,
    ) -> Result<Response<Download>, Unanswered> {
        let _waiting = instance.wait();
        let pool = self.pool(instance.address);
        while let Some(lease) = pool.idle() {
            let error = match exchange(lease, request).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            // The service may close an idle connection at the very moment it is used again.
            if request.is_unsent() {
                continue;
            }
            if !request.is_repeatable() {
                return Err(broken(instance, error, request));
            }
            debug!(%error, "asking {} again over a new connection", instance.name);
            break;
        }
        // In a box, as it happens rarely: a future has room for all it may come to.
        let connected = Box::pin(pool.connect(instance.address, upstream.connect_deadline));
        let lease = match connected.await {
            Ok(lease) => lease,
            Err(source) => {
                let address = instance.name.clone();
                return Err(Unanswered {
                    failure: Failure::Unreachable { address, source },
                    again: Again::Anywhere,
                });
            }
        };
        let answer = exchange(lease, request).await;
        answer.map_err(|error| broken(instance, error, request))
    }

    fn pool(&self, address: SocketAddr) -> Pool {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&address) {
            return pool.clone();
        }
        // Instances come and go: what those that are gone have left ends here.
        pools.retain(|_, pool| pool.is_in_use());
        pools.entry(address).or_default().clone()
    }
}

fn broken(instance: &Instance, error: WireError, request: &Outgoing) -> Unanswered {
    Unanswered {
        failure: Failure::broken(&instance.name, error),
        again: match request {
            _ if request.is_unsent() => Again::Anywhere,
            _ if request.is_repeatable() => Again::Once,
            _ => Again::Never,
        },
    }
}

async fn exchange(
    mut lease: Lease,
    request: &mut Outgoing,
) -> Result<Response<Download>, WireError> {
    let answer = lease.wire.exchange(request).await?;
    lease.is_last = answer.is_last;
    let body = Download::new(lease, answer.framing);
    Ok(answer.head.map(|()| body))
}
