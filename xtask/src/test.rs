//! `test`: everything a change must pass, cheapest first. `ci` is the same.
//!
//! The tests that read real data find it through the environment variable `RINGTRUE_DATA`. Where
//! that is unset, a folder `../shared/data` beside the checkout is taken; where there is none
//! either, those tests pass without looking, and this says so. The conformance suite's cases are made here first,
//! so that it always runs.

use std::ffi::OsString;

use anyhow::Result;

use crate::process::{Project, answers, say, step, succeed};
use crate::{conformance, layers, tidy};

const DATA_VARIABLE: &str = "RINGTRUE_DATA";
const DATA_BESIDE: &str = "../shared/data";

/// How much of the chore is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Everything,
    TestsOnly,
}

/// Runs the checks and the tests.
pub(crate) fn run(project: &Project, extent: Extent) -> Result<()> {
    step("all", || {
        if extent == Extent::Everything {
            check_text(project)?;
            clippy(project)?;
        }
        run_tests(project)?;
        if extent == Extent::Everything {
            document(project)?;
        }
        Ok(())
    })
}

fn check_text(project: &Project) -> Result<()> {
    if has(project, "fmt") {
        step("format", || {
            succeed(project.cargo(&["fmt", "--all", "--check"]))
        })?;
    }
    step("tidy", || tidy::run(project))?;
    step("layers", || layers::run(project))
}

fn clippy(project: &Project) -> Result<()> {
    if !has(project, "clippy") {
        return Ok(());
    }
    let words = [
        "clippy",
        "--release",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ];
    step("clippy", || succeed(project.cargo(&words)))
}

fn run_tests(project: &Project) -> Result<()> {
    let data = data_folder(project);
    match &data {
        Some(folder) => say(&format!("real data: {}", folder.to_string_lossy())),
        None => say(&format!(
            "no real data: {DATA_VARIABLE} is not set and {DATA_BESIDE} is absent, so the tests \
             on real data look at nothing"
        )),
    }
    let mut cases = None;
    step("conformance cases", || {
        cases = Some(conformance::cases(project)?);
        Ok(())
    })?;
    let with_data = |words: &[&str]| {
        let mut command = project.cargo(words);
        if let Some(folder) = &cases {
            command.env(conformance::VARIABLE, folder);
        }
        if let Some(folder) = &data {
            command.env(DATA_VARIABLE, folder);
        }
        succeed(command)
    };
    if answers(project.cargo(&["nextest", "--version"])) {
        let words = [
            "nextest",
            "run",
            "--release",
            "--workspace",
            "--no-tests=pass",
        ];
        step("tests", || with_data(&words))?;
    } else {
        let words = [
            "test",
            "--release",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
        ];
        step("tests", || with_data(&words))?;
    }
    step("doc tests", || {
        with_data(&["test", "--release", "--workspace", "--doc"])
    })
}

fn document(project: &Project) -> Result<()> {
    step("documents", || {
        let mut command =
            project.cargo(&["doc", "--release", "--workspace", "--no-deps", "--quiet"]);
        command.env("RUSTDOCFLAGS", "-D warnings");
        succeed(command)
    })
}

/// Where the real data is, as an absolute path.
fn data_folder(project: &Project) -> Option<OsString> {
    if let Some(folder) = std::env::var_os(DATA_VARIABLE) {
        return Some(folder);
    }
    let beside = project.root().join(DATA_BESIDE).canonicalize().ok()?;
    beside.is_dir().then(|| beside.into_os_string())
}

/// Whether the toolchain has a component; says so if not, since the check is then left out.
fn has(project: &Project, component: &str) -> bool {
    let found = answers(project.cargo(&[component, "--version"]));
    if !found {
        say(&format!(
            "left out: this Rust toolchain has no `cargo {component}`"
        ));
    }
    found
}
