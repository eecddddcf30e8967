//! What a listener is to those who come through it.

use std::{net::SocketAddr, sync::Arc};

use http::{HeaderValue, Request, Response, StatusCode, header, uri::Authority};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tracing::warn;

use crate::{body::Body, config::ListenerSettings, health, tls::Tls};

/// One listener.
#[derive(Clone)]
pub(crate) struct Entrance {
    /// Its TLS, if it has any.
    pub(crate) tls: Option<Tls>,
    /// The port of HTTPS, if everybody is sent there.
    https_port: Option<u16>,
}

/// The listeners, as configured and as they are.
pub(crate) struct Taken {
    settings: Vec<ListenerSettings>,
    bound: Vec<SocketAddr>,
}

impl Taken {
    /// Listeners with these settings that are bound to these addresses.
    pub(crate) fn new(settings: Vec<ListenerSettings>, bound: Vec<SocketAddr>) -> Self {
        Self { settings, bound }
    }

    /// Takes over what other settings say of the addresses that were taken.
    pub(crate) fn adopt(&mut self, new: Vec<ListenerSettings>) {
        let same = new.iter().map(|it| it.address);
        if same.eq(self.settings.iter().map(|it| it.address)) {
            self.settings = new;
            return;
        }
        warn!("other addresses to listen on need a restart");
        for old in &mut self.settings {
            if let Some(new) = new.iter().find(|new| new.address == old.address) {
                *old = new.clone();
            }
        }
    }

    /// What they are to clients.
    pub(crate) fn entrances(&self) -> Vec<Arc<Entrance>> {
        let mut both = self.settings.iter().zip(&self.bound);
        let https = both.find(|(settings, _)| settings.tls.is_some());
        let https_port = https.map(|(_, bound)| bound.port());
        self.settings
            .iter()
            .map(|settings| Entrance {
                tls: settings.tls.clone(),
                https_port: https_port.filter(|_| settings.redirect_to_https),
            })
            .map(Arc::new)
            .collect()
    }

    /// Looks whether certificates were renewed.
    pub(crate) fn refresh_certificates(&self) {
        for tls in self.settings.iter().filter_map(|it| it.tls.as_ref()) {
            tls.refresh();
        }
    }
}

impl Entrance {
    /// The answer that sends a client to HTTPS, if this entrance does that. Whoever asks whether
    /// the process lives is no browser and may stay.
    pub(crate) fn redirect(&self, request: &Request<Incoming>) -> Option<Response<Body>> {
        let port = self.https_port?;
        if request.uri().path() == "/health" {
            return Some(health::live());
        }
        let mut response = Response::new(Either::Right(Full::default()));
        match location(request, port) {
            Some(location) => {
                *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
                response.headers_mut().insert(header::LOCATION, location);
            }
            None => *response.status_mut() = StatusCode::BAD_REQUEST,
        }
        Some(response)
    }
}

/// The same at HTTPS; none for a request that does not say of which host.
fn location(request: &Request<Incoming>, port: u16) -> Option<HeaderValue> {
    let named = request.headers().get(header::HOST);
    let host = match request.uri().authority() {
        Some(authority) => authority.clone(),
        None => named?.to_str().ok()?.parse::<Authority>().ok()?,
    };
    let path = request.uri().path_and_query()?.as_str();
    let (host, path) = (host.host(), path.starts_with('/').then_some(path)?);
    let location = match port {
        443 => format!("https://{host}{path}"),
        _ => format!("https://{host}:{port}{path}"),
    };
    HeaderValue::try_from(location).ok()
}
