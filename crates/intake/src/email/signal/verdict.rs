//! Verdict: what other products said. Missing unless a task asks for it.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme};
use crate::email::facts::Facts;

pub(in crate::email) const THEME: Theme = Theme {
    name: "verdict",
    together: &[],
    privacy: Privacy::Plain,
    cost_minutes: 30.0,
    signals: &[
        Signal::count(
            "verdict_headers",
            "of the number of headers with other products' verdicts",
            |facts| verdicts(facts).count() as f32,
        ),
        Signal::count(
            "verdict_says_bad",
            "other products say that it is bad",
            |facts| {
                count(
                    facts,
                    &[
                        "yes", "spam", "true", "fail", "softfail", "infected", "phish", "reject",
                    ],
                )
            },
        ),
        Signal::count(
            "verdict_says_good",
            "other products say that it is good",
            |facts| count(facts, &["no", "ham", "false", "pass", "clean", "ok"]),
        ),
        Signal::count(
            "verdict_stars",
            "of the longest row of stars that another product gave it",
            |facts| {
                let stars = |value: &str| value.bytes().filter(|byte| *byte == b'*').count();
                verdicts(facts)
                    .map(|(_, value)| stars(value))
                    .max()
                    .unwrap_or(0) as f32
            },
        ),
    ],
};

fn verdicts<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    facts.mail.head.verdicts()
}

/// Returns how many verdicts hold one of `words`.
fn count(facts: &Facts<'_>, words: &[&str]) -> f32 {
    let says = |value: &str| {
        value
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .any(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known)))
    };
    verdicts(facts).filter(|(_, value)| says(value)).count() as f32
}
