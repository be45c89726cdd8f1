//! Every crate takes the workspace's lints. The one that wraps a C library must allow `unsafe`,
//! so it repeats them; this compares the two lists.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use crate::sources::Source;

/// The crate that has a list of its own.
const WITH_UNSAFE: &str = "crates/lightgbm/Cargo.toml";

/// The lint that it leaves out.
const LEFT_OUT: &str = "unsafe_code";

/// Lists the crates that escape the workspace's lints.
pub(super) fn check(sources: &[Source]) -> Result<Vec<String>> {
    let root = sources.iter().find(|source| source.path == "Cargo.toml");
    let root = root.context("no Cargo.toml at the root")?;
    let wanted = lints(&root.text, "[workspace.lints.");
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| is_member(&source.path)) {
        if source.path == WITH_UNSAFE {
            let own = lints(&source.text, "[lints.");
            for lint in wanted.iter().filter(|lint| !lint.starts_with(LEFT_OUT)) {
                if !own.contains(lint) {
                    found.push(format!(
                        "{}: the workspace's lint is missing: {lint}",
                        source.path
                    ));
                }
            }
        } else if !source.text.contains("\n[lints]\nworkspace = true\n") {
            found.push(format!(
                "{}: the crate does not take the workspace's lints",
                source.path
            ));
        }
    }
    Ok(found)
}

fn is_member(path: &str) -> bool {
    path == "xtask/Cargo.toml"
        || (path.starts_with("crates/") && path.ends_with("/Cargo.toml") && depth(path) == 2)
}

fn depth(path: &str) -> usize {
    path.matches('/').count()
}

/// The lines `lint = level` of the sections whose headings start with `heading`.
fn lints<'a>(manifest: &'a str, heading: &str) -> BTreeSet<&'a str> {
    let mut inside = false;
    let mut lints = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.starts_with(heading);
        } else if inside && line.contains('=') && !line.starts_with('#') {
            lints.insert(line.trim());
        }
    }
    lints
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\nmissing_docs = \"warn\"\n\
        [workspace.lints.clippy]\npanic = \"warn\"\n[other]\na = 1\n";

    fn check_with(path: &str, manifest: &str) -> Vec<String> {
        let source = |path: &str, text: &str| Source {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&[source("Cargo.toml", ROOT), source(path, manifest)]).unwrap()
    }

    #[test]
    fn a_crate_takes_the_workspaces_lints() {
        let path = "crates/core/Cargo.toml";
        assert!(check_with(path, "[package]\n\n[lints]\nworkspace = true\n").is_empty());
        assert_eq!(check_with(path, "[package]\n").len(), 1);
        assert!(check_with("fuzz/Cargo.toml", "[package]\n").is_empty());
    }

    #[test]
    fn the_crate_with_unsafe_repeats_all_other_lints() {
        let all = "[lints.rust]\nmissing_docs = \"warn\"\n[lints.clippy]\npanic = \"warn\"\n";
        assert!(check_with(WITH_UNSAFE, all).is_empty());
        let weaker = "[lints.rust]\nmissing_docs = \"warn\"\n[lints.clippy]\npanic = \"allow\"\n";
        assert_eq!(check_with(WITH_UNSAFE, weaker).len(), 1);
    }
}
