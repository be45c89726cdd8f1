//! Random: parts that look as if a program had rolled dice for them.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme};
use crate::url::randomness::likelihood;

pub(in crate::url) const THEME: Theme = Theme {
    name: "random",
    together: &["length", "host", "path"],
    privacy: Privacy::Derived,
    cost_minutes: 1.0,
    signals: &[
        Signal::bits(
            "domain_likelihood",
            "of how much the registered name's letters look like words",
            |facts| likelihood(facts.parts.registrable_label(), LETTERS_MIN),
        )
        .costs(15.0),
        Signal::bits(
            "subdomain_likelihood",
            "of how much the subdomain's letters look like words",
            |facts| likelihood(facts.subdomain, LETTERS_MIN),
        ),
        Signal::bits(
            "path_likelihood",
            "of how much the path's letters look like words",
            |facts| likelihood(facts.parts.lower_path(), LETTERS_MIN),
        ),
        Signal::count(
            "domain_consonants",
            "of the longest run of consonants in the registered name",
            |facts| facts.label.consonant_run as f32,
        )
        .costs(15.0),
        Signal::count(
            "path_consonants",
            "of the longest run of consonants in the path",
            |facts| facts.path.consonant_run as f32,
        ),
        Signal::count(
            "digit_run",
            "of the longest number behind the host",
            |facts| facts.longest(|tally| tally.digit_run),
        ),
        Signal::count(
            "hex_run",
            "of the longest hexadecimal number behind the host",
            |facts| facts.longest(|tally| tally.hex_run),
        ),
        Signal::count(
            "case_switches",
            "of how often one word changes between capitals, small letters and digits",
            |facts| facts.longest(|tally| tally.case_switches),
        ),
    ],
};

/// Fewer letters say nothing of chance.
const LETTERS_MIN: usize = 4;
