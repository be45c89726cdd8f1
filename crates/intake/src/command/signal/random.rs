//! Random: names that look as if a program had rolled dice for them, and text that is no words.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, share};

pub(super) const THEME: Theme = Theme {
    name: "random",
    together: &["structure", "names"],
    privacy: Privacy::Derived,
    cost_minutes: 1.0,
    signals: &[
        Signal::bits(
            "name_likelihood",
            "of how little its least wordlike name looks like words",
            |facts| facts.names.likelihood,
        ),
        Signal::bits(
            "program_likelihood",
            "of how little an unknown program's name looks like words",
            |facts| facts.names.program_likelihood,
        ),
        Signal::count(
            "name_consonants",
            "of the longest run of consonants in a name",
            |facts| facts.names.consonants as f32,
        ),
        Signal::count(
            "case_switches",
            "letters and digits alternate in a name",
            |facts| facts.names.longest_mixed as f32,
        ),
        Signal::bits(
            "command_entropy",
            "of the variety of its letters",
            |facts| facts.raw.entropy,
        ),
        Signal::share("digit_share", "of the share of digits", |facts| {
            share(facts.raw.digits as f32, facts.raw.bytes as f32)
        }),
        Signal::share("upper_share", "of the share of capitals", |facts| {
            share(facts.raw.upper as f32, facts.raw.bytes as f32)
        }),
        Signal::count(
            "longest_hexadecimal",
            "of the longest run of hexadecimal digits",
            |facts| facts.raw.hex_run as f32,
        ),
        Signal::count("longest_digits", "of the longest run of digits", |facts| {
            facts.raw.digit_run as f32
        }),
    ],
};
