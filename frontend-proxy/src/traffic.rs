//! Counts what passes the door. Each worker has handles of its own, made once for each series; in
//! a process that does not tell its metrics, counting does nothing.

use std::{cell::RefCell, sync::LazyLock, time::Duration};

use http::StatusCode;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use crate::{
    path_template,
    route_table::{Service, Target},
};

/// The routes of auth-service that have a series of their own.
const AUTH: &[&str] = &[
    "/api/auth/addresses",
    "/api/auth/addresses/{id}",
    "/api/auth/checkIsAuth",
    "/api/auth/demo",
    "/api/auth/demo-login",
    "/api/auth/login",
    "/api/auth/logout",
    "/api/auth/me",
    "/api/auth/permissions",
    "/api/auth/refresh",
    "/api/auth/sessions",
    "/api/auth/sessions/{id}",
    "/api/auth/signup",
    "/api/auth/users",
    "/api/auth/users/{id}",
];

/// Those of products-service; words before ids.
const PRODUCTS: &[&str] = &[
    "/api/products",
    "/api/products/categories",
    "/api/products/my-home",
    "/api/products/public",
    "/api/products/ws",
    "/api/products/{id}",
    "/api/products/{id}/picture",
    "/api/products/{id}/restock",
];

/// Those of orders-service.
const ORDERS: &[&str] = &[
    "/api/orders",
    "/api/orders/sales",
    "/api/orders/ws",
    "/api/orders/{id}",
];

static IN_FLIGHT: LazyLock<Gauge> = LazyLock::new(|| gauge!("proxy_requests_in_flight"));
static CONNECTIONS: LazyLock<Gauge> = LazyLock::new(|| gauge!("proxy_connections"));

thread_local! {
    /// A few dozen at most: looking through them is quicker than hashing.
    static HANDLES: RefCell<Vec<Handles>> = RefCell::default();
}

/// The series of one route that this worker has counted for.
struct Handles {
    route: &'static str,
    duration: Histogram,
    requests: Vec<(StatusCode, Counter)>,
}
/// What a request counts for: never its path itself, of which there is no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Series {
    /// The service that answers, or `none`.
    pub(crate) upstream: &'static str,
    /// A template such as `/api/orders/{id}`.
    pub(crate) route: &'static str,
}

/// Something that is there until this is dropped.
pub(crate) struct Present(&'static Gauge);

impl Series {
    /// The series of this path, which asks for `target`.
    pub(crate) fn of(target: Target, path: &str) -> Self {
        let (upstream, routes, other) = match target {
            Target::Service(route) => {
                let templates = match route.service {
                    Service::Auth => AUTH,
                    Service::Products => PRODUCTS,
                    Service::Orders => ORDERS,
                    Service::Other(_) => &[],
                };
                (route.upstream, templates, route.series)
            }
            Target::Nothing => ("none", [].as_slice(), "/api/*"),
            Target::Health => ("none", [].as_slice(), "/health"),
            Target::HealthOfAll => ("none", [].as_slice(), "/health/all"),
            Target::Page => ("none", [].as_slice(), "/*"),
        };
        let mut covering = routes.iter().filter(|it| path_template::covers(it, path));
        Self {
            upstream,
            route: covering.next().copied().unwrap_or(other),
        }
    }

    /// Counts an answer that began after `took`.
    pub(crate) fn count(self, status: StatusCode, took: Duration) {
        HANDLES.with_borrow_mut(|all| {
            let known = all.iter().position(|it| it.route == self.route);
            let at = known.unwrap_or_else(|| {
                all.push(Handles::of(self));
                all.len() - 1
            });
            if let Some(handles) = all.get_mut(at) {
                handles.requests(self, status).increment(1);
                handles.duration.record(took);
            }
        });
    }
}

impl Handles {
    fn of(series: Series) -> Self {
        let Series { upstream, route } = series;
        let duration = histogram!(
            "proxy_request_duration_seconds", "upstream" => upstream, "route" => route
        );
        Self {
            route,
            duration,
            requests: Vec::new(),
        }
    }

    fn requests(&mut self, series: Series, status: StatusCode) -> &Counter {
        let Series { upstream, route } = series;
        let known = self.requests.iter().position(|(it, _)| *it == status);
        let at = known.unwrap_or_else(|| {
            let status_text = status.as_str().to_owned();
            let counter = counter!(
                "proxy_requests_total",
                "upstream" => upstream, "route" => route, "status" => status_text
            );
            self.requests.push((status, counter));
            self.requests.len() - 1
        });
        &self.requests[at].1
    }
}

impl Present {
    /// A request whose answer has not begun.
    pub(crate) fn request() -> Self {
        Self::of(&IN_FLIGHT)
    }

    /// An open connection of a client.
    pub(crate) fn connection() -> Self {
        Self::of(&CONNECTIONS)
    }

    fn of(gauge: &'static Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Makes the series that would otherwise begin with the first failure: who watches them sees that
/// there was none yet.
pub fn announce_metrics() {
    for upstream in ["auth", "products", "orders"] {
        for code in ["BAD_GATEWAY", "GATEWAY_TIMEOUT", "UNAVAILABLE"] {
            counter!("proxy_upstream_failures_total", "upstream" => upstream, "code" => code)
                .increment(0);
        }
    }
    counter!("proxy_rate_limited_total", "class" => "address").increment(0);
    counter!("access_log_dropped_total").increment(0);
}

/// Counts a request that needed a service and had no answer of it.
pub(crate) fn count_failure(upstream: &'static str, code: &'static str) {
    counter!("proxy_upstream_failures_total", "upstream" => upstream, "code" => code).increment(1);
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;

    use super::*;
    use crate::route_table::target;

    #[test]
    fn every_route_that_the_api_describes_has_its_series() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/web/public/api/openapi.json");
        let document: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();

        for path in document["paths"].as_object().unwrap().keys() {
            let route = Series::of(target(path), path).route;
            let is_description = path.ends_with("/openapi.json");
            assert!(route == path || is_description, "{path} counts for {route}");
        }
    }

    #[test]
    fn ids_and_inventions_are_one_series_each() {
        let series = |path: &str| Series::of(target(path), path);
        let route = |path: &str| series(path).route;

        assert_eq!(route("/api/products/public/"), "/api/products/public");
        assert_eq!(route("/api/products/7"), "/api/products/{id}");
        assert_eq!(
            route("/api/products/8/picture"),
            "/api/products/{id}/picture"
        );
        assert_eq!(route("/api/orders/1/2/3"), "/api/orders/*");
        assert_eq!(route("/api/invented"), "/api/*");
        assert_eq!(route("/cart"), "/*");
        assert_eq!(series("/api/auth/login").upstream, "auth");
    }
}
