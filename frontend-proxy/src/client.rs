//! Sends a request to a service and gets the head of its answer: the one seam to whatever
//! speaks HTTP to the services. Each worker has its own client, with its own connections.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use http::{Method, Request, Response};
use hyper::{body::Body as _, client::conn::TrySendError};
use tracing::debug;

use crate::{
    body::{Download, Upload},
    error::Failure,
    instance::Instance,
    pool::{Lease, Pool},
    upstream::Upstream,
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
    /// Send it to one other instance: it asks for something and changes nothing.
    Once(Box<Request<Upload>>),
    /// Send it to any other instance: nothing of it was sent.
    Anywhere(Box<Request<Upload>>),
}

impl Client {
    /// Sends the request to the instance whose turn it is, and to another one when that is safe.
    pub(crate) async fn send(
        &self,
        upstream: &Upstream,
        mut request: Request<Upload>,
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
            request = match unanswered.again {
                Again::Anywhere(unsent) => *unsent,
                Again::Once(copy) if may_repeat => {
                    may_repeat = false;
                    *copy
                }
                Again::Once(_) | Again::Never => return Err(unanswered.failure),
            };
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
        instance: &Arc<Instance>,
        mut request: Request<Upload>,
    ) -> Result<Response<Download>, Unanswered> {
        let _waiting = instance.wait();
        let pool = self.pool(instance.address);
        while let Some(lease) = pool.idle() {
            // The service may close an idle connection at the very moment it is used again.
            let copy = repeatable(&request);
            let mut error = match exchange(lease, request).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if let Some(unsent) = error.take_message() {
                request = unsent;
                continue;
            }
            let Some(copy) = copy else {
                return Err(broken(instance, error, None));
            };
            debug!(error = %error.error(), "asking {} again over a new connection", instance.name);
            request = copy;
            break;
        }
        let connected = pool.connect(instance.address, upstream.connect_deadline);
        let lease = match connected.await {
            Ok(lease) => lease,
            Err(source) => {
                let address = instance.name.clone();
                return Err(Unanswered {
                    failure: Failure::Unreachable { address, source },
                    again: Again::Anywhere(Box::new(request)),
                });
            }
        };
        let copy = repeatable(&request);
        let answer = exchange(lease, request).await;
        answer.map_err(|error| broken(instance, error, copy))
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

fn broken(
    instance: &Instance,
    error: TrySendError<Request<Upload>>,
    copy: Option<Request<Upload>>,
) -> Unanswered {
    Unanswered {
        failure: Failure::broken(&instance.name, error.into_error()),
        again: copy.map_or(Again::Never, |copy| Again::Once(Box::new(copy))),
    }
}

async fn exchange(
    mut lease: Lease,
    request: Request<Upload>,
) -> Result<Response<Download>, TrySendError<Request<Upload>>> {
    let response = lease.connection.try_send_request(request).await?;
    Ok(response.map(|body| Download::new(body, lease)))
}

/// A copy of a request that may be sent twice: one that asks for something and changes nothing.
fn repeatable(request: &Request<Upload>) -> Option<Request<Upload>> {
    let is_safe = *request.method() == Method::GET || *request.method() == Method::HEAD;
    if !is_safe || !request.body().is_end_stream() {
        return None;
    }
    let mut copy = Request::new(Upload::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}
