//! The signals as a whole: declarations hold, any bytes give a row, golden messages give theirs.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use ringtrue_core::Limits;
use serde::Deserialize;

use super::*;
use crate::declare::testing::{Problems, bits, check_schema, check_values, names_of};
use crate::email::text::tokens;
use crate::text::TextParameters;

fn row_of(raw: &[u8], options: &EmailOptions) -> Vec<f32> {
    let (mail, _) = Mail::parse(raw, &Limits::default());
    let mut row = vec![7.0];
    signals_of(&mail, options, &mut row);
    row
}

fn tokens_of(raw: &[u8], options: &EmailOptions) -> Vec<u32> {
    let (mail, _) = Mail::parse(raw, &Limits::default());
    let mut out = Vec::new();
    tokens(&mail, options, &TextParameters::default(), &mut out);
    out
}

#[test]
fn declarations_are_complete() {
    assert!(schema().signals.len() >= 150);
    assert_eq!(schema().themes().len(), 16);
    check_schema(schema(), "email/1 15e9612e705a");
}

fn all_options() -> [EmailOptions; 3] {
    [
        EmailOptions::default(),
        EmailOptions {
            trusted_hosts: vec!["mx.example.net".to_owned()],
            verdict_headers: true,
            ..EmailOptions::default()
        },
        EmailOptions {
            header_shape: false,
            ..EmailOptions::default()
        },
    ]
}

/// Checks what holds for the row of any bytes.
fn check_row(raw: &[u8]) -> Result<(), TestCaseError> {
    for options in all_options() {
        let row = row_of(raw, &options);
        check_values(schema(), &row, &[("likelihood", -64.0)])?;
        prop_assert_eq!(bits(&row), bits(&row_of(raw, &options)));
    }
    Ok(())
}

/// Pieces that messages are made of and broken with.
const PIECES: &[&str] = &[
    "From: ",
    "From: \"a\" <b@c.example>\n",
    "To: b@c.example\n",
    "Subject: =?utf-8?q?=C3?=\n",
    "Subject: =?x?b?",
    "Received: from a ([10.0.0.1]) by b; Mon, 1 Jan 2024 00:00:00 +9999\n",
    "Date: Mon, 99 Xyz 9999 99:99:99 +9999\n",
    "Message-ID: <a@b>\n",
    "Return-Path: <>\n",
    "MIME-Version: 1.0\n",
    "Content-Type: multipart/mixed; boundary=q\n",
    "Content-Type: multipart/alternative; boundary=\"r\"\n",
    "Content-Type: text/html; charset=utf-16\n",
    "Content-Type: text/plain; name*0*=x'y'%zz\n",
    "Content-Type: message/rfc822\n",
    "Content-Type: application/zip; name=a.b.exe\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "Content-Disposition: attachment; filename=\"=?utf-8?q?a?=\n",
    "Authentication-Results: mx.example.net; spf=pass; dkim\n",
    "X-Spam-Level: ****\n",
    "\n",
    "\n\n",
    "\r\n",
    "--q\n",
    "--q--\n",
    "--r\n",
    "--r--",
    " ",
    "\t;",
    "UEsDBBQ=\n",
    "PK\u{1}\u{2}",
    "=3D=",
    "<a href='http://x.example/'>",
    "</a>",
    "<div style='display:none;color:#fff'>",
    "<!--",
    "-->",
    "<script>",
    "&#x110000;",
    "&amp",
    "\u{202e}",
    "\u{200b}é",
    "http://user@192.0.2.1:99/%zz",
    "\0",
    "viagra password wrote:",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_bytes_give_a_row(raw in prop::collection::vec(any::<u8>(), 0..300)) {
        check_row(&raw)?;
    }

    #[test]
    fn any_broken_message_gives_a_row(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30)) {
        check_row(pieces.concat().as_bytes())?;
    }

    #[test]
    fn verdicts_of_others_change_nothing(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..20),
        value in "[ -~é]{0,40}",
        raw_byte in any::<bool>(),
        name in prop::sample::select(vec!["X-Spam-Status", "X-MS-Exchange-Organization-SCL", "X-Bogosity", "Authentication-Results",
            "ARC-Seal", "X-Forefront-Antispam-Report", "Received-SPF", "x-rspamd-server"]),
    ) {
        let body = pieces.concat();
        let mut with = format!("Subject: a\n{name}: {value}").into_bytes();
        if raw_byte {
            with.push(0xe9);
        }
        with.extend(format!("\nX-A: b\n{body}").bytes());
        let without = format!("Subject: a\nX-A: b\n{body}");
        let options = EmailOptions::default();
        // The length of the message counts its bytes, whatever they are.
        let length = schema().position("message_length").expect("a signal");
        let kept = |raw: &[u8]| {
            let mut row = bits(&row_of(raw, &options));
            row.remove(length);
            row
        };
        prop_assert_eq!(kept(&with), kept(without.as_bytes()));
        prop_assert_eq!(tokens_of(&with, &options), tokens_of(without.as_bytes(), &options));
    }
}

/// One golden message: what is read of it, and signals that must have these values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case is about.
    what: String,
    #[serde(default)]
    raw: String,
    #[serde(default)]
    base64: Option<String>,
    /// Stands for `{repeat}` in the message, `repeat` times.
    #[serde(default)]
    piece: String,
    #[serde(default)]
    repeat: usize,
    #[serde(default)]
    trusted_hosts: Vec<String>,
    #[serde(default = "yes")]
    header_shape: bool,
    #[serde(default)]
    verdict_headers: bool,
    #[serde(default)]
    subject: Option<String>,
    /// What must stand in the body.
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    issues: Vec<String>,
    #[serde(default)]
    signals: BTreeMap<String, f32>,
    /// Signals that must be NaN.
    #[serde(default)]
    missing: Vec<String>,
}

const fn yes() -> bool {
    true
}

impl Case {
    fn message(&self) -> Vec<u8> {
        match &self.base64 {
            Some(text) => STANDARD.decode(text).expect("base64"),
            None => self
                .raw
                .replace("{repeat}", &self.piece.repeat(self.repeat))
                .into_bytes(),
        }
    }
}

#[derive(Deserialize)]
struct Corpus {
    case: Vec<Case>,
}

fn corpus() -> Vec<Case> {
    let text = include_str!("../../../../../corpora/email/cases.toml");
    toml::from_str::<Corpus>(text).expect("corpus").case
}

#[test]
fn golden_messages() {
    let cases = corpus();
    assert!(cases.len() >= 30);
    let problems: Vec<String> = cases.iter().flat_map(problems_of).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn golden_messages_show_every_theme() {
    let told: BTreeSet<String> = corpus()
        .into_iter()
        .flat_map(|case| case.signals.into_keys())
        .collect();
    for theme in schema().themes() {
        let mut signals = schema()
            .signals
            .iter()
            .filter(|signal| signal.theme == theme);
        assert!(signals.any(|signal| told.contains(&signal.name)), "{theme}");
    }
}

/// Returns what of a case does not hold.
fn problems_of(case: &Case) -> Vec<String> {
    let raw = case.message();
    let options = EmailOptions {
        trusted_hosts: case.trusted_hosts.clone(),
        header_shape: case.header_shape,
        verdict_headers: case.verdict_headers,
        ..EmailOptions::default()
    };
    let (mail, issues) = Mail::parse(&raw, &Limits::default());
    let mut problems = Problems::of(&case.what);
    problems.compare("issues", &case.issues.join(" "), &names_of(&issues));
    problems.compare(
        "subject",
        case.subject.as_deref().unwrap_or(mail.subject()),
        mail.subject(),
    );
    if let Some(body) = &case.body
        && !mail.body().contains(body)
    {
        problems.compare("body", body, mail.body());
    }
    let row = row_of(&raw, &options);
    problems.compare_signals(schema(), &row, (&case.signals, &case.missing));
    problems.into_found()
}
