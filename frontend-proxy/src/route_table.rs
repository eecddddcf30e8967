//! Which path belongs to which service, and who may ask: the one place.

use crate::other_names;

/// A service behind the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Accounts and sessions.
    Auth,
    /// Catalogue and stock.
    Products,
    /// Orders.
    Orders,
}

/// Who may pass to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody; the service decides what a guest may do.
    Anyone,
    /// Bearers of a valid session; others are refused without asking the service.
    SignedIn,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Route {
    /// What its paths begin with.
    pub(crate) prefix: &'static str,
    /// The service that answers.
    pub(crate) service: Service,
    /// Who may ask it.
    pub(crate) access: Access,
}

/// What a path asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// A service.
    Service(&'static Route),
    /// The API, but nothing that exists in it.
    Nothing,
    /// Whether the proxy lives.
    Health,
    /// Whether every service is ready.
    HealthOfAll,
    /// A file or a page of the browser app.
    Page,
}

static ROUTES: [Route; 4] = [
    Route {
        prefix: "/api/auth",
        service: Service::Auth,
        access: Access::Anyone,
    },
    Route {
        prefix: "/api/products",
        service: Service::Products,
        access: Access::Anyone,
    },
    Route {
        prefix: "/api/orders",
        service: Service::Orders,
        access: Access::SignedIn,
    },
    Route {
        prefix: "/api/orders/openapi.json",
        service: Service::Orders,
        access: Access::Anyone,
    },
];

/// What this path asks for: the longest prefix wins, and a prefix ends where a segment ends.
pub(crate) fn target(path: &str) -> Target {
    match path {
        "/health" => return Target::Health,
        "/health/all" => return Target::HealthOfAll,
        // Each process tells its own, to whoever can reach its own port.
        "/metrics" => return Target::Nothing,
        // The description of the whole API, and the page that shows it, are built with the app.
        "/api/openapi.json" | "/api/docs" | "/api/docs/" => return Target::Page,
        _ => {}
    }
    let route = ROUTES
        .iter()
        .filter(|route| rest_after(route.prefix, path).is_some())
        .max_by_key(|route| route.prefix.len());
    match route {
        Some(route) => Target::Service(route),
        None if rest_after("/api", path).is_some() => Target::Nothing,
        None => Target::Page,
    }
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
