//! `bench`: runs the benches, which are a workspace of their own in `bench/`.

use anyhow::Result;

use crate::process::{Project, say, step, succeed};

const MANIFEST: &str = "bench/Cargo.toml";

/// Runs every bench, or says that there is none.
pub(crate) fn run(project: &Project) -> Result<()> {
    if !project.root().join(MANIFEST).is_file() {
        say(&format!("no benches: {MANIFEST} is absent"));
        return Ok(());
    }
    step("bench", || {
        succeed(project.cargo(&["bench", "--manifest-path", MANIFEST]))
    })
}
