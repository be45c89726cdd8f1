//! The cases of the conformance suite: models that other libraries train, and those libraries' own margins.
//!
//! ```text
//!   requirements.txt ──venv──► target/tools/conformance ──make.py──► target/conformance ──► the model crate's tests
//! ```
//!
//! Both are made once and again when the file that they come from changes. Where they cannot be made the tests fail:
//! a suite that was left out must not look like one that passed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::{Project, say, succeed};

/// The environment variable by which the tests find the cases.
pub(crate) const VARIABLE: &str = "RINGTRUE_CONFORMANCE";

const SOURCES: &str = "crates/model/tests/conformance";

/// The copy, in a folder that was made, of what it was made from.
const STAMP: &str = "made-from.txt";

/// Returns the folder of the cases, which it makes if they are not there or are outdated.
pub(crate) fn cases(project: &Project) -> Result<PathBuf> {
    let sources = project.root().join(SOURCES);
    let read = |name: &str| {
        let path = sources.join(name);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let requirements = read("requirements.txt")?;
    let environment = project.root().join("target/tools/conformance");
    let python = environment.join("bin/python");
    once(&environment, &requirements, || {
        say("    installing the libraries of the conformance suite");
        succeed(with(project, "python3", &["-m", "venv"], &environment))?;
        let words = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--requirement",
        ];
        let list = sources.join("requirements.txt");
        succeed(with(project, python.as_os_str(), &words, &list))
    })?;
    let folder = project.root().join("target/conformance");
    once(&folder, &(requirements + &read("make.py")?), || {
        say("    training the models of the conformance suite");
        let script = sources.join("make.py");
        let mut command = with(project, python.as_os_str(), &[], &script);
        command.arg(&folder);
        succeed(command)
    })?;
    Ok(folder)
}

fn with(
    project: &Project,
    program: impl Into<std::ffi::OsString>,
    words: &[&str],
    path: &Path,
) -> std::process::Command {
    let mut command = project.command(program);
    command.args(words).arg(path);
    command
}

/// Makes a folder anew, unless it was made whole from the same text.
fn once(folder: &Path, text: &str, make: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = folder.join(STAMP);
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == text) {
        return Ok(());
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    make()?;
    std::fs::write(&stamp, text).with_context(|| format!("cannot write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_again_only_when_its_source_changed_or_it_is_not_whole() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("made");
        let mut count = 0;
        for text in ["one", "one", "two"] {
            once(&folder, text, || {
                count += 1;
                Ok(std::fs::create_dir(&folder)?)
            })
            .unwrap();
        }
        assert_eq!(count, 2);
        let failed = once(&folder, "three", || {
            std::fs::create_dir(&folder)?;
            anyhow::bail!("cut short")
        });
        assert!(failed.is_err());
        once(&folder, "three", || {
            count += 1;
            Ok(std::fs::create_dir(&folder)?)
        })
        .unwrap();
        assert_eq!(count, 3);
    }
}
