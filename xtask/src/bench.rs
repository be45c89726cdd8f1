//! `bench`: builds the bench programs, which are a workspace of their own, and says how to run what needs data.

use anyhow::Result;

use crate::process::{Project, say, step, succeed};

const MANIFEST: &str = "bench/forest/Cargo.toml";

/// Builds the bench programs.
pub(crate) fn run(project: &Project) -> Result<()> {
    step("bench", || {
        succeed(project.cargo(&["build", "--release", "--manifest-path", MANIFEST]))
    })?;
    say("built; what to run on which data stands in docs/benchmarks.md");
    Ok(())
}
