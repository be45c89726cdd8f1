//! Words: what the URL promises or asks for.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme};

pub(in crate::url) const THEME: Theme = Theme {
    name: "words",
    together: &["length", "host", "path"],
    privacy: Privacy::Derived,
    cost_minutes: 0.5,
    signals: &[
        Signal::count(
            "lures_in_subdomain",
            "the subdomain asks for a secret, money or haste",
            |facts| facts.marks.subdomain_lures as f32,
        )
        .costs(1.0),
        Signal::count(
            "lures_in_domain",
            "the registered name asks for a secret, money or haste",
            |facts| facts.marks.label_lures as f32,
        )
        .costs(15.0),
        Signal::count(
            "lures_in_path",
            "the path asks for a secret, money or haste",
            |facts| facts.marks.path_lures as f32,
        ),
        Signal::count(
            "reading_words",
            "the URL holds words of pages that people read",
            |facts| facts.marks.reading as f32,
        ),
    ],
};
