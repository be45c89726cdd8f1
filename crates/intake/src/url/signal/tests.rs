//! The signals as a whole: declarations hold, any text gives a row, golden URLs give theirs.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::declare::testing::{Problems, bits, check_schema, check_values, names_of};

fn row_of(text: &str) -> Vec<f32> {
    let mut row = vec![7.0];
    signals(text, &Limits::default(), &mut row);
    row
}

#[test]
fn declarations_are_complete() {
    assert!(schema().signals.len() >= 45);
    check_schema(schema(), "url/1 7060961c9e74");
}

#[test]
fn each_theme_gives_as_many_values_as_declarations() {
    let declared = schema().signals.len();
    for text in ["", "http://h.example/", "data:x", "http://[::1]/"] {
        assert_eq!(row_of(text).len(), declared, "{text}");
    }
}

/// Checks what holds for the row of any text.
fn check_row(text: &str) -> Result<(), TestCaseError> {
    let row = row_of(text);
    check_values(schema(), &row, &[("likelihood", -64.0)])?;
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
    let mut problems = Problems::of(&case.what);
    problems.compare("issues", &case.issues.join(" "), &names_of(&issues));
    problems.compare("host", &case.host, parts.host());
    let optional = [
        ("domain", &case.domain, parts.registrable_domain()),
        ("path", &case.path, parts.written_path()),
        ("query", &case.query, parts.written_query()),
        ("userinfo", &case.userinfo, parts.written_userinfo()),
    ];
    for (name, expected, found) in optional {
        problems.compare(name, expected.as_deref().unwrap_or(found), found);
    }
    let row = row_of(&text);
    problems.compare_signals(schema(), &row, (&case.signals, &case.missing));
    problems.into_found()
}
