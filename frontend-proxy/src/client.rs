//! Sends a request to a service and gets the head of its answer: the one seam to whatever
//! speaks HTTP to the services. Each worker has its own client, with its own connections.

use http::{Method, Request, Response};
use hyper::{body::Body as _, client::conn::TrySendError};
use tracing::debug;

use crate::{
    body::{Download, Upload},
    error::Failure,
    pool::{Lease, Pool},
    upstream::{Address, Upstream, Upstreams},
};

/// The connections of one worker to all services.
pub(crate) struct Client {
    /// By the number of the address.
    pools: Vec<Pool>,
}

/// A request that got no answer.
struct Unanswered {
    failure: Failure,
    /// The request, when nothing of it was sent.
    unsent: Option<Box<Request<Upload>>>,
}

impl Client {
    /// A client without connections.
    pub(crate) fn new(upstreams: &Upstreams) -> Self {
        Self {
            // One by one: clones of a pool would share their connections.
            pools: (0..upstreams.address_count)
                .map(|_| Pool::default())
                .collect(),
        }
    }

    /// Sends the request to the address whose turn it is; to another one when that one does not
    /// accept a connection, which is safe for every method: nothing was sent yet.
    pub(crate) async fn send(
        &self,
        upstream: &Upstream,
        request: Request<Upload>,
    ) -> Result<Response<Download>, Failure> {
        let address = upstream.pick(None);
        let address = address.ok_or(Failure::NoUpstream(upstream.name))?;
        let failed = match self.send_to(address, request).await {
            Ok(response) => return Ok(response),
            Err(failed) => failed,
        };
        let Some(request) = failed.unsent else {
            return Err(failed.failure);
        };
        let Some(other) = upstream.pick(Some(address)) else {
            return Err(failed.failure);
        };
        debug!(error = %failed.failure, "trying {} instead", other.name);
        let answer = self.send_to(other, *request).await;
        answer.map_err(|failed| failed.failure)
    }

    /// Sends the request to this address and no other.
    pub(crate) async fn ask(
        &self,
        address: &Address,
        request: Request<Upload>,
    ) -> Result<Response<Download>, Failure> {
        let answer = self.send_to(address, request).await;
        answer.map_err(|failed| failed.failure)
    }

    /// Sends over an idle connection if there is one, else over a new one.
    async fn send_to(
        &self,
        address: &Address,
        mut request: Request<Upload>,
    ) -> Result<Response<Download>, Unanswered> {
        let Some(pool) = self.pools.get(address.number) else {
            return Err(Failure::NoUpstream("the service").into());
        };
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
                return Err(Failure::broken(&address.name, error.into_error()).into());
            };
            debug!(error = %error.error(), "asking {} again over a new connection", address.name);
            request = copy;
            break;
        }
        let lease = match pool.connect(&address.name).await {
            Ok(lease) => lease,
            Err(source) => return Err(unreachable(address, source, request)),
        };
        let answer = exchange(lease, request).await;
        answer.map_err(|error| Failure::broken(&address.name, error.into_error()).into())
    }
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            unsent: None,
        }
    }
}

fn unreachable(address: &Address, source: std::io::Error, request: Request<Upload>) -> Unanswered {
    address.avoid();
    let failure = Failure::Unreachable {
        address: address.name.clone(),
        source,
    };
    Unanswered {
        failure,
        unsent: Some(Box::new(request)),
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
