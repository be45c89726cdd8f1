//! Remedies that are written into a task: lines under a heading, and everything else as it stood.

use std::path::Path;

use ringtrue_core::Task;
use ringtrue_store::atomic_write;
use ringtrue_vet::{Derived, lines};

use crate::commands::ingest::store_failure;
use crate::failure::{Failure, OrFail, Outcome};

/// Writes derived columns into the task in `path`, and returns how many.
pub(crate) fn write_derived(path: &Path, columns: &[Derived]) -> Outcome<usize> {
    if columns.is_empty() {
        return Ok(0);
    }
    let cannot = || format!("cannot write into the task `{}`", path.display());
    let text = std::fs::read_to_string(path).or_fail(cannot)?;
    let named = columns
        .iter()
        .map(|it| (it.name.as_str(), it.expression.as_str()));
    let applied = with_derived(&text, &lines::derived(named));
    // What does not hold is not written.
    if let Err(error) = Task::parse(&applied) {
        let mut failure = Failure::new(cannot());
        failure
            .causes
            .extend(error.problems.iter().map(ToString::to_string));
        return Err(failure.hint("copy the lines of the finding into the task by hand"));
    }
    atomic_write(path, applied.as_bytes()).map_err(|error| store_failure(&cannot(), &error))?;
    Ok(columns.len())
}

const HEADING: &str = "[derived]";

/// Returns the text of a task with more derived columns, `lines` under their heading: behind those that stand there, or else at the end.
fn with_derived(text: &str, lines: &str) -> String {
    let more = lines.strip_prefix(HEADING).unwrap_or(lines).trim_start();
    let all: Vec<&str> = text.lines().collect();
    let Some(heading) = all.iter().position(|line| line.trim() == HEADING) else {
        return format!("{}\n\n{lines}\n", text.trim_end());
    };
    let rest = all.iter().enumerate().skip(heading + 1);
    let statements = rest
        .take_while(|(_, line)| !line.trim_start().starts_with('['))
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let last = statements.last().map_or(heading, |(place, _)| place);
    let (before, after) = all.split_at(last + 1);
    let parts = before
        .iter()
        .copied()
        .chain([more])
        .chain(after.iter().copied());
    parts.collect::<Vec<&str>>().join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "[derived]\nratio = 'a / b'";

    #[test]
    fn columns_stand_behind_those_that_were_there() {
        let text = "kind = \"table\"\n\n[derived]\n# sums\nsum = 'a + b'\n\n# who\n[slices]\nx = 'a > 1'\n";
        let applied = with_derived(text, LINES);
        assert_eq!(
            applied,
            "kind = \"table\"\n\n[derived]\n# sums\nsum = 'a + b'\nratio = 'a / b'\n\n# who\n[slices]\nx = 'a > 1'\n"
        );
    }

    #[test]
    fn a_task_without_the_heading_gets_it() {
        assert_eq!(
            with_derived("kind = \"table\"\n", LINES),
            "kind = \"table\"\n\n[derived]\nratio = 'a / b'\n"
        );
        assert_eq!(
            with_derived("[derived]", LINES),
            "[derived]\nratio = 'a / b'\n"
        );
    }
}
