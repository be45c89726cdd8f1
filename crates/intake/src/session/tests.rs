//! Sessions as a whole: golden sessions give theirs, any text gives a row, limits hold.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use ringtrue_core::Limits;
use serde::Deserialize;

use super::*;
use crate::declare::testing::{check_schema, check_values, value_of};
use crate::text::TextParameters;

/// What a test knows of a command: its first word, and what the case says.
struct Known<'a> {
    programs: Vec<&'a str>,
    stages: Stages,
}

/// Returns the row and the tokens of a session whose commands serve these stages.
fn read(session: &Session<'_>, stages: &[Vec<String>]) -> (Vec<f32>, Vec<u32>) {
    let known: Vec<Known<'_>> = session
        .lines
        .iter()
        .enumerate()
        .map(|(place, line)| Known {
            programs: line.text.split_whitespace().take(1).collect(),
            stages: stages
                .get(place)
                .into_iter()
                .flatten()
                .map(|word| stage(word))
                .collect(),
        })
        .collect();
    let steps: Vec<Step<'_>> = session
        .lines
        .iter()
        .zip(&known)
        .map(|(line, known)| Step {
            text: &line.text,
            programs: &known.programs,
            stages: known.stages,
            time: line.time,
        })
        .collect();
    let (mut row, mut tokens) = (Vec::new(), Vec::new());
    append_signals(&steps, &mut row);
    text::tokens(&steps, &TextParameters::default(), &mut tokens);
    (row, tokens)
}

fn stage(word: &str) -> Stage {
    let found = Stage::ALL.into_iter().find(|stage| stage.word() == word);
    found.expect("a stage's word")
}

#[derive(Deserialize)]
struct Corpus {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    text: String,
    form: String,
    lines: Vec<String>,
    #[serde(default)]
    timed: usize,
    #[serde(default)]
    issues: Vec<String>,
    #[serde(default)]
    stages: Vec<Vec<String>>,
    #[serde(default)]
    signals: BTreeMap<String, f32>,
    #[serde(default)]
    missing: Vec<String>,
}

#[test]
fn golden_sessions() {
    let corpus: Corpus =
        toml::from_str(include_str!("../../../../corpora/session/cases.toml")).expect("corpus");
    assert!(corpus.case.len() >= 15);
    for case in &corpus.case {
        let (session, issues) = Session::parse(&case.text, &Limits::default());
        let lines: Vec<&str> = session.lines.iter().map(|line| &*line.text).collect();
        assert_eq!(lines, case.lines, "{}", case.what);
        assert_eq!(format!("{:?}", session.form), case.form, "{}", case.what);
        let timed = session
            .lines
            .iter()
            .filter(|line| line.time.is_some())
            .count();
        assert_eq!(timed, case.timed, "{}", case.what);
        let issues: Vec<String> = issues.iter().map(|issue| format!("{issue:?}")).collect();
        assert_eq!(issues, case.issues, "{}", case.what);
        let (row, _) = read(&session, &case.stages);
        let value = |name: &str| value_of(schema(), &row, name);
        for (name, expected) in &case.signals {
            let found = value(name);
            assert!(
                (found - expected).abs() < 1e-6,
                "{}: {name} is {found}",
                case.what
            );
        }
        for name in &case.missing {
            assert!(value(name).is_nan(), "{}: {name}", case.what);
        }
    }
}

#[test]
fn declarations_are_complete() {
    let mut signals = schema().signals.iter();
    assert!(signals.all(|signal| signal.name.starts_with("session_")));
    check_schema(schema(), "session/2 d92fae9dc7f2");
}

#[test]
fn commands_beyond_the_limit_are_counted() {
    let limits = Limits {
        session_commands_max: 2,
        ..Limits::default()
    };
    for text in ["a\nb\n\nc\nd", r#"["a", "b", "c", {"cmd": "d"}]"#] {
        let (session, issues) = Session::parse(text, &limits);
        assert_eq!(session.lines.len(), 2, "{text}");
        assert_eq!(issues, [SessionIssue::TooManyCommands(2)], "{text}");
    }
}

#[test]
fn deep_and_endless_lists_are_read_in_bounds() {
    let deep = "[".repeat(100_000);
    let endless = format!("[{}1]", "1,".repeat(1_000_000));
    let long = format!("[\"{}\"]", "x".repeat(1 << 20));
    let (session, _) = Session::parse(&deep, &Limits::default());
    assert_eq!((session.form, session.lines.len()), (Form::Lines, 1));
    let (session, issues) = Session::parse(&endless, &Limits::default());
    assert_eq!((session.form, session.lines.len()), (Form::List, 0));
    assert_eq!(issues, [SessionIssue::NotCommands(1_000_001)]);
    let (session, _) = Session::parse(&long, &Limits::default());
    assert_eq!(read(&session, &[]).0.len(), schema().signals.len());
}

#[test]
fn order_is_in_the_tokens() {
    let tokens = |text| read(&Session::parse(text, &Limits::default()).0, &[]).1;
    let (one, other) = (tokens("id\nls\nw"), tokens("w\nls\nid"));
    let set = |tokens: &[u32]| tokens.iter().copied().collect::<BTreeSet<_>>();
    // Three names, four pairs, four triples; the names are the same, what is between them is not.
    assert_eq!((one.len(), other.len()), (11, 11));
    assert_eq!(set(&one).intersection(&set(&other)).count(), 3);
    assert!(
        one.iter().all(|token| token & 1 == 1),
        "on the entity's side"
    );
    assert_ne!(tokens("ab\nc"), tokens("a\nbc"));
    assert_eq!(tokens("").len(), 2, "start and end");
}

proptest! {
    #[test]
    fn any_text_gives_a_row(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "[", "]", "{", "}", ",", ":", "\"", "\\", "\n", " ", "id", "ls -l", "; ", "&&", "/bin/x", "\"cmd\":",
                "\"time\":", "1714557600", "\"2024-05-01\"", "null", "é", "\u{2}", "-1e400",
            ]),
            0..40,
        ),
        places in prop::collection::vec(0..8_usize, 0..20),
    ) {
        let text = pieces.concat();
        let (session, _) = Session::parse(&text, &Limits::default());
        let stages: Vec<Vec<String>> = places
            .iter()
            .map(|place| vec![Stage::ALL.get(*place).expect("a stage").word().to_owned()])
            .collect();
        let (row, tokens) = read(&session, &stages);
        check_values(schema(), &row, &[])?;
        prop_assert!(tokens.len() >= 2);
    }
}
