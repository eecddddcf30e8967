//! Templates of paths, such as `/api/orders/{id}`.

/// Whether a path is of this template: `{…}` stands for any one segment, and a slash at the end of
/// the path does not count.
pub(crate) fn covers(template: &str, path: &str) -> bool {
    let mut segments = path.strip_suffix('/').unwrap_or(path).split('/');
    let mut wanted = template.split('/');
    loop {
        match (wanted.next(), segments.next()) {
            (None, None) => return true,
            (Some(wanted), Some(segment)) if wanted == segment => {}
            (Some(wanted), Some(segment)) if wanted.starts_with('{') && !segment.is_empty() => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_covers_paths_of_its_form() {
        assert!(covers("/api/orders", "/api/orders/"));
        assert!(covers(
            "/api/products/{id}/picture",
            "/api/products/7/picture"
        ));
        for path in [
            "/api/orders/7",
            "/api/orders//",
            "/api",
            "/api/ordersX",
            "/",
        ] {
            assert!(!covers("/api/orders", path), "{path}");
        }
        assert!(!covers("/api/orders/{id}", "/api/orders/"));
    }
}
