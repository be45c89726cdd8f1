//! The signals as a whole: declarations hold, any text gives a row, golden URLs give theirs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use ringtrue_core::signal::SignalType;
use serde::Deserialize;

use super::*;
use crate::url::ParseIssue;

fn row_of(text: &str) -> Vec<f32> {
    let mut row = vec![7.0];
    signals(text, &Limits::default(), &mut row);
    row
}

fn bits(row: &[f32]) -> Vec<u32> {
    row.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn declarations_are_complete() {
    let schema = schema();
    let names: BTreeSet<_> = schema.signals.iter().map(|signal| &signal.name).collect();
    assert_eq!(names.len(), schema.signals.len(), "names are unique");
    assert!(schema.signals.len() >= 45);
    let themes = schema.themes();
    for signal in &schema.signals {
        let name = &signal.name;
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{name}"
        );
        assert!(
            !signal.meaning.ends_with('.') && signal.meaning.len() > 10,
            "{name}"
        );
        assert!(signal.attacker.cost_minutes >= 0.0, "{name}");
        for other in &signal.attacker.together {
            assert!(themes.contains(&other.as_str()), "{name}: {other}");
        }
    }
}

#[test]
fn each_theme_gives_as_many_values_as_declarations() {
    let declared = schema().signals.len();
    for text in ["", "http://h.example/", "data:x", "http://[::1]/"] {
        assert_eq!(row_of(text).len(), declared, "{text}");
    }
}

#[test]
fn digest_of_the_schema_is_known() {
    // A changed digest refuses every detector trained before: change the code's version with it.
    let found = format!("{} {}", schema().code, schema().digest().short());
    assert_eq!(found, "url/1 7060961c9e74");
}

/// Checks what holds for the row of any text.
fn check_row(text: &str) -> Result<(), TestCaseError> {
    let row = row_of(text);
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
            SignalType::Flag => prop_assert!(
                [0.0_f32, 1.0].map(f32::to_bits).contains(&value.to_bits()),
                "{}",
                signal.name
            ),
            SignalType::Category => prop_assert!(value.fract() == 0.0, "{}", signal.name),
            SignalType::Number if signal.unit == "share" => {
                prop_assert!(*value <= 1.0, "{}: {}", signal.name, value);
            }
            SignalType::Number => {}
        }
    }
    prop_assert_eq!(bits(&row), bits(&row_of(text)));
    Ok(())
}

/// Pieces that URLs are made of and broken with.
const PIECES: &[&str] = &[
    "http://",
    "https:",
    "HTTP:\\\\",
    "javascript:",
    "data:,",
    "//",
    "/",
    "\\",
    "?",
    "#",
    "@",
    ":",
    ":80",
    ":99999",
    "[::1]",
    "[",
    "]",
    "xn--",
    "xn--pypal-4ve",
    "paypal",
    "login",
    ".com",
    ".co.uk",
    ".github.io",
    "127.0.0.1",
    "0x7f",
    "%",
    "%25",
    "%00",
    "%ff",
    "&amp;",
    "&",
    "=",
    ";",
    "é",
    "\u{202e}",
    "\t",
    "\n",
    " ",
    "\0",
    ".",
    "..",
    "-",
    "~",
    "2019/05",
    "🦀",
    "а",
    "utm_source=",
];

proptest! {
    #[test]
    fn any_text_gives_a_row(text in any::<String>()) {
        check_row(&text)?;
    }

    #[test]
    fn any_broken_url_gives_a_row(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        check_row(&pieces.concat())?;
    }

    #[test]
    fn a_limit_inside_a_letter_gives_a_row(limit in 0_usize..40, text in "[a-zé🦀:/@.%]{0,40}") {
        let limits = Limits { url_bytes_max: limit, ..Limits::default() };
        let mut row = Vec::new();
        signals(&text, &limits, &mut row);
        prop_assert_eq!(row.len(), schema().signals.len());
    }
}

/// One golden URL: its parts as browsers read them, and signals that must have these values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case is about.
    what: String,
    url: String,
    /// Repeats `url` this often, for long ones.
    #[serde(default)]
    repeat: Option<usize>,
    host: String,
    #[serde(default)]
    domain: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    userinfo: Option<String>,
    #[serde(default)]
    issues: Vec<String>,
    #[serde(default)]
    signals: BTreeMap<String, f32>,
    /// Signals that must be NaN.
    #[serde(default)]
    missing: Vec<String>,
}

#[derive(Deserialize)]
struct Corpus {
    case: Vec<Case>,
}

#[test]
fn golden_urls() {
    let corpus: Corpus =
        toml::from_str(include_str!("../../../../../corpora/url/cases.toml")).expect("corpus");
    assert!(corpus.case.len() >= 40);
    let problems: Vec<String> = corpus.case.iter().flat_map(problems_of).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Returns what of a case does not hold.
fn problems_of(case: &Case) -> Vec<String> {
    let text = case.url.repeat(case.repeat.unwrap_or(1));
    let (parts, issues) = UrlParts::parse(&text, &Limits::default());
    let issues: Vec<String> = issues.iter().map(name_of).collect();
    let mut problems = Vec::new();
    let mut compare = |name: &str, expected: &str, found: &str| {
        if expected != found {
            problems.push(format!(
                "{}: {name} is `{found}`, not `{expected}`",
                case.what
            ));
        }
    };
    compare("issues", &case.issues.join(" "), &issues.join(" "));
    compare("host", &case.host, parts.host());
    let optional = [
        ("domain", &case.domain, parts.registrable_domain()),
        ("path", &case.path, parts.written_path()),
        ("query", &case.query, parts.written_query()),
        ("userinfo", &case.userinfo, parts.written_userinfo()),
    ];
    for (name, expected, found) in optional {
        compare(name, expected.as_deref().unwrap_or(found), found);
    }
    let row = row_of(&text);
    let value = |name: &str| {
        let column = schema().position(name).expect(name);
        row.get(column).copied().expect("as wide as the schema")
    };
    for (name, expected) in &case.signals {
        compare(name, &expected.to_string(), &value(name).to_string());
    }
    for name in &case.missing {
        compare(name, "NaN", &value(name).to_string());
    }
    problems
}

/// Returns the name of an issue's variant.
fn name_of(issue: &ParseIssue) -> String {
    let shown = format!("{issue:?}");
    let end = shown.find([' ', '(']).unwrap_or(shown.len());
    shown.get(..end).unwrap_or("").to_owned()
}
