//! The checkout as the checks see it: paths and texts.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// Folders that hold nothing a person wrote here.
const SKIPPED: [&str; 5] = ["target", "node_modules", "dist", ".git", ".mesh"];

/// Kinds of files that a check looks into.
const READ: [&str; 7] = [
    ".rs",
    ".toml",
    ".md",
    ".env.example",
    ".ts",
    "docker-compose.yml",
    "docker-compose.swarm.yml",
];

/// One file of the checkout.
pub(super) struct Source {
    /// From the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

/// All files that a check looks into.
pub(super) struct Tree(Vec<Source>);

impl Tree {
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut sources = Vec::new();
        collect(root, "", &mut sources)?;
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self(sources))
    }

    /// A small checkout for a test.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let source = |(path, text): &(&str, &str)| Source {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Self(files.iter().map(source).collect())
    }

    /// The text of the file `path`; empty when there is none.
    pub(super) fn text(&self, path: &str) -> &str {
        self.0
            .iter()
            .find(|source| source.path == path)
            .map_or("", |source| &source.text)
    }

    /// Every path.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|source| source.path.as_str())
    }

    /// Every Rust file.
    pub(super) fn rust(&self) -> impl Iterator<Item = &Source> {
        self.0
            .iter()
            .filter(|source| has_extension(&source.path, "rs"))
    }

    /// Every Rust file that runs in production: in `src`, but neither ours nor for tests.
    pub(super) fn production(&self) -> impl Iterator<Item = &Source> {
        self.rust().filter(|source| {
            source.path.contains("/src/")
                && !source.path.starts_with("mesh/")
                && !source.path.starts_with("shared/testing/")
        })
    }
}

impl Source {
    /// Lines of code up to the unit tests, each with its number; comments left out.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .map(|(index, line)| (index + 1, line))
    }

    /// The string literals of the code, attributes left out; those over several lines in pieces.
    pub(super) fn literals(&self) -> impl Iterator<Item = &str> {
        self.code()
            .filter(|(_, line)| !line.trim_start().starts_with("#["))
            .flat_map(|(_, line)| line.split('"').skip(1).step_by(2))
    }
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

fn collect(folder: &Path, path: &str, sources: &mut Vec<Source>) -> Result<()> {
    let reading = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(reading)? {
        let entry = entry.with_context(reading)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}/{name}")
        };
        if entry.file_type().with_context(reading)?.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                collect(&entry.path(), &path, sources)?;
            }
        } else if READ.iter().any(|end| name.ends_with(end)) {
            let text =
                fs::read_to_string(entry.path()).with_context(|| format!("{path} is not text"))?;
            sources.push(Source { path, text });
        }
    }
    Ok(())
}
