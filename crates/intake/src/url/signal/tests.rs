//! The signals as a whole: declarations hold, any text gives a row, golden URLs give theirs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

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
    assert_eq!(found, "url/1 SCHEMADIGEST");
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
    for case in &corpus.case {
        check_case(case);
    }
}

fn check_case(case: &Case) {
    let text = case.url.repeat(case.repeat.unwrap_or(1));
    let what = &case.what;
    let (parts, issues) = UrlParts::parse(&text, &Limits::default());
    let issues: Vec<String> = issues
        .iter()
        .map(|issue| {
            format!("{issue:?}")
                .split([' ', '{', '('])
                .next()
                .unwrap_or("")
                .to_owned()
        })
        .collect();
    assert_eq!(issues, case.issues, "{what}: issues");
    assert_eq!(parts.host(), case.host, "{what}: host");
    let check = |name: &str, expected: &Option<String>, found: &str| {
        if let Some(expected) = expected {
            assert_eq!(found, expected, "{what}: {name}");
        }
    };
    check("domain", &case.domain, parts.registrable_domain());
    check("path", &case.path, parts.written_path());
    check("query", &case.query, parts.written_query());
    check("userinfo", &case.userinfo, parts.written_userinfo());
    let row = row_of(&text);
    let value = |name: &str| {
        let column = schema()
            .position(name)
            .unwrap_or_else(|| panic!("{what}: no signal {name}"));
        row.get(column).copied().expect("as wide as the schema")
    };
    for (name, expected) in &case.signals {
        let found = value(name);
        assert!(
            (found - expected).abs() < 1e-3,
            "{what}: {name} is {found}, not {expected}"
        );
    }
    for name in &case.missing {
        assert!(value(name).is_nan(), "{what}: {name} is {}", value(name));
    }
}
