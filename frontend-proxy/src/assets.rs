//! The files of the browser app, read into memory at start: a look-up is exact, so no path can
//! lead out of the folder.

mod file;
mod large;
mod load;
mod negotiate;

use std::{collections::HashMap, path::Path, sync::Arc};

use percent_encoding::percent_decode_str;

pub(crate) use self::{
    file::Asset,
    large::{LargeFiles, send_before},
    negotiate::accepts,
};
use crate::{error::Failure, start_error::StartError};

/// Files with a hash of their content in their name live below this path.
const HASHED: &str = "/assets/";

/// The style of the built-in page may come from here and nothing else from anywhere.
const PLAIN_POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
                            form-action 'none'; frame-ancestors 'none'";

/// What the pages of the browser app may load: files and data of this site, and pictures that they
/// make themselves. Nothing inline, nothing from anywhere else.
const APP_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                          img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; \
                          manifest-src 'self'; base-uri 'none'; form-action 'self'; \
                          frame-ancestors 'none'";

/// All files, by path.
pub struct Assets {
    files: HashMap<String, Asset>,
    /// The page that shows every address of the browser app.
    index: Asset,
    /// Those whose bytes the kernel should not have to copy.
    pub(crate) large: Arc<LargeFiles>,
}

impl Assets {
    /// The files of this folder.
    ///
    /// # Errors
    /// When the folder cannot be read, has no `index.html` or holds more than 64 MiB.
    pub fn load(folder: &Path) -> Result<Self, StartError> {
        let mut files = load::files_of(folder)?;
        let index = files.remove("/index.html");
        let index = index.ok_or_else(|| StartError::NoIndex(folder.to_owned()))?;
        let index = index.into_page(APP_POLICY);
        files.insert("/index.html".to_owned(), index.clone());
        if let Some(docs) = files.remove("/api/docs/index.html") {
            let docs = docs.into_page(APP_POLICY);
            files.insert("/api/docs".to_owned(), docs.clone());
            files.insert("/api/docs/".to_owned(), docs);
        }
        let copies = files.values().flat_map(Asset::copies);
        let large = LargeFiles::of(copies).map_err(StartError::Memory)?;
        Ok(Self {
            index,
            large: Arc::new(large),
            files,
        })
    }

    /// One page that says in plain words what this is, for a mesh without a browser app.
    pub fn plain() -> Self {
        let page = include_bytes!("plain.html");
        let style = include_bytes!("plain.css");
        let files = HashMap::from([(
            "/plain.css".to_owned(),
            Asset::new("plain.css", style.as_slice().into()),
        )]);
        let index = Asset::new("plain.html", page.as_slice().into()).into_page(PLAIN_POLICY);
        Self {
            files,
            index,
            large: Arc::default(),
        }
    }

    /// The file at this path; the index for a path that looks like a page of the app.
    ///
    /// # Errors
    /// `Malformed` for a path that tries to climb, `NoSuchPath` for a file that is not there.
    pub(crate) fn find(&self, path: &str) -> Result<&Asset, Failure> {
        let path = percent_decode_str(path).decode_utf8();
        let path = path.map_err(|_| Failure::Malformed("the path is not UTF-8"))?;
        if path.contains(['\0', '\\']) || path.split('/').any(|segment| segment == "..") {
            return Err(Failure::Malformed("the path climbs"));
        }
        if let Some(asset) = self.files.get(path.as_ref()) {
            return Ok(asset);
        }
        if path.starts_with(HASHED) || names_a_file(&path) {
            return Err(Failure::NoSuchPath);
        }
        Ok(&self.index)
    }
}

/// Whether the last segment has an extension: an app's pages have none, and HTML in place of a
/// missing script only hides the mistake.
fn names_a_file(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_app_are_found_and_missing_files_are_not() {
        let assets = Assets::plain();

        assert!(assets.find("/").is_ok());
        assert!(assets.find("/cart").is_ok());
        assert!(assets.find("/plain.css").is_ok());
        assert!(matches!(
            assets.find("/assets/x.js"),
            Err(Failure::NoSuchPath)
        ));
        assert!(matches!(assets.find("/x.js"), Err(Failure::NoSuchPath)));
    }

    #[test]
    fn a_path_that_climbs_is_refused() {
        let assets = Assets::plain();

        for path in [
            "/../etc/passwd",
            "/..%2f..%2fetc/passwd",
            "/%2e%2e/x",
            "/a%00",
            "/%ff",
        ] {
            assert!(
                matches!(assets.find(path), Err(Failure::Malformed(_))),
                "{path}"
            );
        }
    }
}
