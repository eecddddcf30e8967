//! Templates of paths, such as `/api/orders/{id}`.

/// Whether a path is of this template: `{…}` stands for any one segment, and a slash at the end of
/// the path does not count.
pub(crate) fn covers(template: &str, path: &str) -> bool {
    let mut path = path.strip_suffix('/').unwrap_or(path).as_bytes();
    let mut wanted = template.as_bytes();
    loop {
        (wanted, path) = match (wanted, path) {
            ([], []) => return true,
            ([b'{', ..], [first, ..]) if *first != b'/' => (rest(wanted), rest(path)),
            ([one, wanted @ ..], [other, path @ ..]) if one == other => (wanted, path),
            _ => return false,
        };
    }
}

/// What follows the segment that these bytes begin in.
fn rest(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == b'/');
    bytes.split_at(end.unwrap_or(bytes.len())).1
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
