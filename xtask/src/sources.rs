//! The project's text files, and which of their lines are tests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Folders that hold what was built or generated, at the top of the checkout.
const GENERATED: [&str; 3] = [".git", "target", "demo"];

/// A text file of the project.
pub(crate) struct Source {
    /// Its path below the root, with `/` between the parts.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

impl Source {
    /// Whether the file is Rust code.
    pub(crate) fn is_rust(&self) -> bool {
        self.extension() == Some("rs")
    }

    /// The part of the name after its last full stop.
    pub(crate) fn extension(&self) -> Option<&str> {
        Path::new(&self.path).extension()?.to_str()
    }

    /// Whether the whole file is tests, by its name or a folder's.
    pub(crate) fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// The lines before the tests at the file's end, numbered from 1; none for a test file.
    pub(crate) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = if self.is_test() {
            0
        } else {
            product_length(&self.text)
        };
        self.text
            .lines()
            .take(end)
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }
}

/// Number of lines before the `#[cfg(test)]` module that closes a file.
fn product_length(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let starts_tests = |pair: &[&str]| {
        matches!(pair, [mark, module]
            if *mark == "#[cfg(test)]" && module.starts_with("mod ") && module.ends_with('{'))
    };
    lines
        .windows(2)
        .position(starts_tests)
        .unwrap_or(lines.len())
}

/// Reads every text file below `root`, in the order of their paths. What is not UTF-8 is no text.
pub(crate) fn read_all(root: &Path) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let relative = relative(root, &path);
            if path.is_symlink() || GENERATED.contains(&relative.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Some(text) = read_text(&path)? {
                found.push(Source {
                    path: relative,
                    text,
                });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in list {
        paths.push(
            entry
                .with_context(|| format!("cannot list {}", folder.display()))?
                .path(),
        );
    }
    // A nested workspace, such as the fuzz targets', keeps its own build folder.
    paths.retain(|path| !path.join("CACHEDIR.TAG").is_file());
    Ok(paths)
}

fn read_text(path: &Path) -> Result<Option<String>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8(bytes).ok())
}

fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(path: &str, text: &str) -> Vec<usize> {
        let source = Source {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        source.product_lines().map(|(number, _)| number).collect()
    }

    #[test]
    fn lines_before_the_test_module_are_product() {
        let text = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(product("crates/a/src/lib.rs", text), [1, 2]);
    }

    #[test]
    fn a_test_module_elsewhere_ends_nothing() {
        let text = "#[cfg(test)]\nmod tests;\n#[cfg(test)]\nfn only_tested() {}\nfn a() {}\n";
        assert_eq!(product("crates/a/src/lib.rs", text), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn files_of_tests_hold_no_product() {
        assert!(product("crates/a/src/b/tests.rs", "fn a() {}\n").is_empty());
        assert!(product("crates/a/tests/it/main.rs", "fn a() {}\n").is_empty());
        assert_eq!(product("crates/a/src/contests.rs", "fn a() {}\n"), [1]);
    }
}
