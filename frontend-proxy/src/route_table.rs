//! Which path belongs to which service, and who may ask: the one place.

use std::cmp::Reverse;

use serde::Deserialize;

use crate::{config::Settings, kept::kept, other_names};

/// A service behind the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Accounts and sessions.
    Auth,
    /// Catalogue and stock.
    Products,
    /// Orders.
    Orders,
    /// One that the configuration adds, by its place among these.
    Other(usize),
}

/// Who may pass to a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Everybody; the service decides what a guest may do.
    Anyone,
    /// Bearers of a valid session; others are refused without asking the service.
    #[default]
    SignedIn,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// What its paths begin with.
    pub(crate) prefix: &'static str,
    /// The service that answers.
    pub(crate) service: Service,
    /// The name of its upstream.
    pub(crate) upstream: &'static str,
    /// What its paths count for that no template covers.
    pub(crate) series: &'static str,
    /// Who may ask it.
    pub(crate) access: Access,
}

/// What a path asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// A service.
    Service(Route),
    /// The API, but nothing that exists in it.
    Nothing,
    /// Whether the proxy lives.
    Health,
    /// Whether every service is ready.
    HealthOfAll,
    /// A file or a page of the browser app.
    Page,
}

const AUTH: Route = Route {
    prefix: "/api/auth",
    service: Service::Auth,
    upstream: "auth",
    series: "/api/auth/*",
    access: Access::Anyone,
};

const PRODUCTS: Route = Route {
    prefix: "/api/products",
    service: Service::Products,
    upstream: "products",
    series: "/api/products/*",
    access: Access::Anyone,
};

const ORDERS: Route = Route {
    prefix: "/api/orders",
    service: Service::Orders,
    upstream: "orders",
    series: "/api/orders/*",
    access: Access::SignedIn,
};

const DOCUMENT_OF_ORDERS: Route = Route {
    prefix: "/api/orders/openapi.json",
    access: Access::Anyone,
    ..ORDERS
};

/// Which path belongs to whom.
pub(crate) struct RouteTable(Vec<Route>);

impl RouteTable {
    /// The paths of the three services, and those that the configuration adds or gives to another.
    pub(crate) fn new(settings: &Settings) -> Self {
        let added = settings.locations.iter().map(|location| {
            let service = match &*location.upstream {
                "auth" => Service::Auth,
                "products" => Service::Products,
                "orders" => Service::Orders,
                other => {
                    let mut names = settings.upstreams.others.keys();
                    Service::Other(names.position(|it| it == other).unwrap_or_default())
                }
            };
            let prefix = location.prefix.as_str();
            Route {
                prefix: kept(prefix),
                service,
                upstream: kept(&location.upstream),
                series: kept(&format!("{prefix}/*")),
                access: location.access,
            }
        });
        let own = [AUTH, PRODUCTS, ORDERS, DOCUMENT_OF_ORDERS];
        // The first of two that are equally long counts.
        let mut all: Vec<_> = added.chain(own).collect();
        all.sort_by_key(|route| Reverse(route.prefix.len()));
        Self(all)
    }

    /// What this path asks for: the longest prefix wins, and a prefix ends where a segment ends.
    pub(crate) fn target(&self, path: &str) -> Target {
        match path {
            "/health" => return Target::Health,
            "/health/all" => return Target::HealthOfAll,
            // Each process tells its own, to whoever can reach its own port.
            "/metrics" => return Target::Nothing,
            // The description of the whole API, and the page that shows it, are built with the app.
            "/api/openapi.json" | "/api/docs" | "/api/docs/" => return Target::Page,
            _ => {}
        }
        let mut routes = self.0.iter();
        match routes.find(|route| rest_after(route.prefix, path).is_some()) {
            Some(route) => Target::Service(*route),
            None if rest_after("/api", path).is_some() => Target::Nothing,
            None => Target::Page,
        }
    }
}

/// What this path asks for where the configuration adds nothing.
#[cfg(test)]
pub(crate) fn target(path: &str) -> Target {
    RouteTable::new(&Settings::default()).target(path)
}

/// Largest body that any service takes (bytes); the services check again.
const MAX_UPLOAD: u64 = 1024 * 1024;

/// Largest picture of a product (bytes).
const MAX_PICTURE: u64 = 5 * 1024 * 1024;

/// How long the body of a request for this path may be (bytes).
pub(crate) fn max_upload(path: &str) -> u64 {
    if is_picture(path) {
        return MAX_PICTURE;
    }
    MAX_UPLOAD
}

/// Whether this is the path of a product's picture.
pub(crate) fn is_picture(path: &str) -> bool {
    let rest = path.strip_prefix("/api/products/").unwrap_or_default();
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(rest, "/picture" | "/picture/")
}

/// Whether failures under this path are JSON for programs (else text for people).
pub(crate) fn is_api(path: &str) -> bool {
    rest_after("/api", path).is_some() || other_names::is_other_name(path)
}

fn rest_after<'a>(prefix: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service_of(path: &str) -> Option<Service> {
        match target(path) {
            Target::Service(route) => Some(route.service),
            _ => None,
        }
    }

    #[test]
    fn a_prefix_ends_where_a_segment_ends() {
        assert_eq!(service_of("/api/products"), Some(Service::Products));
        assert_eq!(service_of("/api/products/7"), Some(Service::Products));
        assert_eq!(service_of("/api/auth/demo"), Some(Service::Auth));
        assert!(matches!(target("/api/productsXYZ"), Target::Nothing));
        assert!(matches!(target("/authentic"), Target::Page));
        assert!(matches!(target("/apish"), Target::Page));
    }

    #[test]
    fn what_the_api_does_not_have_is_not_a_page() {
        assert!(matches!(target("/metrics"), Target::Nothing));
        assert!(matches!(target("/api"), Target::Nothing));
        assert!(matches!(target("/api/docs/x"), Target::Nothing));
        assert!(matches!(target("/api/%6frders"), Target::Nothing));
        assert!(matches!(target("/api//orders"), Target::Nothing));
    }

    #[test]
    fn only_pictures_may_be_large() {
        assert_eq!(max_upload("/api/products/12/picture"), MAX_PICTURE);
        assert_eq!(max_upload("/api/products/12/picture/"), MAX_PICTURE);
        for path in [
            "/api/products",
            "/api/products/12",
            "/api/orders/12/picture",
        ] {
            assert_eq!(max_upload(path), MAX_UPLOAD, "{path}");
        }
    }
}
