//! `ringtrue doctor`: would a server serve here, and what stands in its way?

use ringtrue_core::plural;
use ringtrue_report::visible;
use serde_json::json;

use crate::args::Serve;
use crate::commands::{print, print_json};
use crate::doctor::{Finding, State, examine};
use crate::failure::{Exit, Outcome};

/// Runs the verb: 0 a server would serve, 1 something stands in its way.
pub(crate) fn run(arguments: &Serve) -> Outcome {
    let findings = examine(arguments);
    let count = |state: State| findings.iter().filter(|it| it.state == state).count();
    let (problems, warnings) = (count(State::Problem), count(State::Warning));
    if arguments.json {
        print_json(&json!({ "format": 1, "well": problems == 0, "findings": findings }))?;
    } else {
        let lines: String = findings.iter().map(line).collect();
        let sum = format!(
            "{}, {}\n",
            plural(problems, "problem", "problems"),
            plural(warnings, "warning", "warnings")
        );
        print(&(lines + &sum))?;
    }
    Ok(if problems == 0 { Exit::Done } else { Exit::No })
}

fn line(finding: &Finding) -> String {
    let state = match finding.state {
        State::Good => "good",
        State::Warning => "warning",
        State::Problem => "problem",
    };
    let Finding {
        code, what, says, ..
    } = finding;
    let said = visible::line(&format!("{state:7}  {code}  {what}: {says}"));
    let hint = finding.hint.as_ref();
    let hint = hint.map_or_else(String::new, |hint| format!("               hint: {hint}\n"));
    format!("{said}\n{hint}")
}
