//! Where the project stands, and how a chore runs a program, names its steps and times them.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the chores talk to a terminal"
)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The checkout that `cargo xtask` was called in.
pub(crate) struct Project {
    root: PathBuf,
    cargo: OsString,
}

impl Project {
    /// Finds the checkout through what cargo tells a program that it runs.
    pub(crate) fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .context("not started by cargo: run `./x` or `cargo xtask`")?;
        let root = Path::new(&manifest)
            .parent()
            .context("the xtask crate has no parent folder")?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        Ok(Self {
            root: root.to_owned(),
            cargo,
        })
    }

    /// The folder of the workspace's manifest.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A program to be run in the checkout, with LightGBM's waiting threads asleep.
    pub(crate) fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(&self.root).stdin(Stdio::null());
        if std::env::var_os("OMP_WAIT_POLICY").is_none() {
            command.env("OMP_WAIT_POLICY", "passive");
        }
        command
    }

    /// Cargo with the given words.
    pub(crate) fn cargo(&self, words: &[&str]) -> Command {
        let mut command = self.command(&self.cargo);
        command.args(words);
        command
    }

    /// What `cargo metadata` says of the workspace's own crates.
    pub(crate) fn metadata(&self) -> Result<serde_json::Value> {
        let output = self
            .cargo(&["metadata", "--format-version", "1", "--no-deps"])
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run `cargo metadata`")?;
        if !output.status.success() {
            bail!("`cargo metadata` failed: {}", output.status);
        }
        serde_json::from_slice(&output.stdout).context("cannot read what `cargo metadata` printed")
    }
}

/// Runs a program to its end.
pub(crate) fn succeed(mut command: Command) -> Result<()> {
    let shown = show(&command);
    let status = command
        .status()
        .with_context(|| format!("cannot run `{shown}`"))?;
    if status.success() {
        return Ok(());
    }
    bail!("`{shown}` failed: {status}")
}

/// Whether a program can be run and answers with success; its output is not shown.
pub(crate) fn answers(mut command: Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The command as one would type it.
pub(crate) fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy();
    let mut line = name.into_owned();
    for word in command.get_args() {
        line.push(' ');
        line.push_str(&word.to_string_lossy());
    }
    line
}

/// Names a step, does it, and says how long it took.
pub(crate) fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    say(&format!("==> {name}"));
    #[expect(
        clippy::disallowed_methods,
        reason = "the chores run at the rim and time themselves"
    )]
    let started = Instant::now();
    let result = work();
    let seconds = started.elapsed().as_secs_f64();
    let outcome = if result.is_ok() { "done" } else { "FAILED" };
    say(&format!("    {name}: {outcome} in {seconds:.1} s"));
    result.with_context(|| format!("step `{name}`"))
}

/// Prints a line to standard output.
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// Prints a line to standard error.
pub(crate) fn complain(line: &str) {
    eprintln!("{line}");
}

/// Fails with the list of everything found, or says that nothing was.
pub(crate) fn refuse(found: &[String]) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    for line in found {
        complain(line);
    }
    bail!("{} found", found.len())
}
