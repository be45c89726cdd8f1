//! Length: how long the parts are, and what kinds of characters fill them.
//!
//! Lengths count every byte of the text, beyond the limit too; shares and counts look at what was
//! read. Symbols are counted over the whole URL behind the scheme and user-info.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme, share};

pub(in crate::url) const THEME: Theme = Theme {
    name: "length",
    together: &["path", "query", "random"],
    privacy: Privacy::Derived,
    cost_minutes: 0.1,
    signals: &[
        Signal::bytes("url_length", "of the URL's length", |facts| {
            facts.parts.bytes() as f32
        }),
        Signal::bytes("host_length", "of the host's length", |facts| {
            facts.host.bytes as f32
        })
        .costs(15.0),
        Signal::bytes("path_length", "of the path's length", |facts| {
            facts.path.bytes as f32
        }),
        Signal::bytes("query_length", "of the query's length", |facts| {
            facts.query.bytes as f32
        }),
        Signal::bytes("fragment_length", "of the fragment's length", |facts| {
            facts.fragment.bytes as f32
        }),
        Signal::share(
            "letter_share",
            "of the share of letters behind the host",
            |facts| {
                share(
                    facts.tail(|tally| tally.letters),
                    facts.tail(|tally| tally.bytes),
                )
            },
        ),
        Signal::share(
            "digit_share",
            "of the share of digits in the URL",
            |facts| {
                share(
                    facts.total(|tally| tally.digits),
                    facts.total(|tally| tally.bytes),
                )
            },
        ),
        Signal::count(
            "path_digits",
            "of the number of digits in the path",
            |facts| facts.path.digits as f32,
        ),
        Signal::count(
            "path_capitals",
            "of the capital letters in the path",
            |facts| facts.path.upper as f32,
        ),
        Signal::count(
            "query_capitals",
            "of the capital letters in the query",
            |facts| facts.query.upper as f32,
        ),
        Signal::count(
            "non_ascii",
            "the URL holds letters beyond plain ASCII",
            |facts| facts.total(|tally| tally.non_ascii),
        )
        .movable(Movable::Up),
        Signal::count("dots", "of the number of dots in the URL", |facts| {
            facts.total(|tally| tally.dots)
        }),
        Signal::count("hyphens", "of the number of hyphens in the URL", |facts| {
            facts.total(|tally| tally.hyphens)
        }),
        Signal::count(
            "underscores",
            "of the number of underscores in the URL",
            |facts| facts.total(|tally| tally.underscores),
        ),
        Signal::count(
            "slashes",
            "of the number of slashes behind the host",
            |facts| facts.tail(|tally| tally.slashes),
        ),
        Signal::count(
            "equal_signs",
            "of the number of equal signs behind the host",
            |facts| facts.tail(|tally| tally.equals),
        ),
        Signal::count(
            "ampersands",
            "of the number of ampersands behind the host",
            |facts| facts.tail(|tally| tally.ampersands),
        ),
    ],
};
