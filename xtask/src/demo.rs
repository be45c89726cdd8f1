//! `demo`: the whole journey on generated data, from no file at all to a report to read.
//!
//! ```text
//!   ringtrue simulate ──► demo/events.csv ──► ringtrue run ──► demo/run/report.html
//! ```

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{Project, say, show, step, succeed};

const FOLDER: &str = "demo";
const EVENTS: &str = "demo/events.csv";
const RUN: &str = "demo/run";
const TASK: &str = "examples/demo-task.toml";

/// Chooses the whole workspace, so that the dependencies' features, and with them their builds,
/// are the same as in the tests.
const BUILD: [&str; 5] = ["build", "--release", "--workspace", "--bin", "ringtrue"];

/// The exit status by which `ringtrue run` says that it finished and that a finding blocks the
/// detector's promotion.
const ANSWER_IS_NO: i32 = 1;

/// Builds the program, generates events, trains and judges on them.
pub(crate) fn run(project: &Project) -> Result<()> {
    say("The first build takes minutes: LightGBM and the columnar libraries are compiled.");
    step("build", || succeed(project.cargo(&BUILD)))?;
    let program = program(&project.metadata()?)?;
    let folder = project.root().join(FOLDER);
    clear(&folder)?;
    step("simulate", || {
        let mut command = project.command(&program);
        command.args([
            "simulate", "url", "--months", "9", "--events", "200000", "--seed", "1",
        ]);
        command.args(["--out", EVENTS]);
        announce(&command);
        succeed(command)
    })?;
    step("run", || {
        let mut command = project.command(&program);
        command.args(["run", "--task", TASK, "--out", RUN, EVENTS]);
        announce(&command);
        finish(command)
    })?;
    let report = project.root().join(RUN).join("report.html");
    if !report.is_file() {
        bail!("the run left no report: {}", report.display());
    }
    say(&format!(
        "\nThe report is a page for your browser: {}",
        report.display()
    ));
    Ok(())
}

/// Starts anew: the folder is the demo's own, and git ignores it.
fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn announce(command: &Command) {
    say(&format!("    $ {}", show(command)));
}

fn finish(mut command: Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot run `{}`", show(&command)))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(ANSWER_IS_NO) => {
            say("    The run is complete, and a finding speaks against using its detector.");
            Ok(())
        }
        _ => bail!("`{}` failed: {status}", show(&command)),
    }
}

/// Where cargo puts the built program.
fn program(metadata: &serde_json::Value) -> Result<std::path::PathBuf> {
    let target = metadata
        .get("target_directory")
        .and_then(serde_json::Value::as_str);
    let target = target.context("`cargo metadata` names no target folder")?;
    Ok(Path::new(target).join("release").join("ringtrue"))
}
